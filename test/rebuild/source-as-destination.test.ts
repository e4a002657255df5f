import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { openSink } from '../../src/transport/sink.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ 'a/': '', 'a/one': '1' }), layerFixture({ 'a/': '', 'a/two': '2' })])
const REFUSED = /^peel: Cannot write [^\n]+\n[A-Z][^\n]+\n$/

type Entry = { digest: string; annotations?: Record<string, string> }

/** A layout of one image; undefined: without a tag. */
function layout(context: TestContext, name?: string): { directory: string; index: () => string; entries: () => Entry[] } {
  const directory = writeLayout(join(scratch(context), 'image'), { x: image })
  const file = join(directory, 'index.json')
  const annotations = name === undefined ? undefined : { 'org.opencontainers.image.ref.name': name }
  writeFileSync(file, JSON.stringify({ schemaVersion: 2, manifests: [{ ...image.descriptor, annotations }] }))
  const index = () => readFileSync(file, 'utf8')
  return { directory, index, entries: () => (JSON.parse(index()) as { manifests: Entry[] }).manifests }
}

const tagOf = ({ annotations }: Entry) => annotations?.['org.opencontainers.image.ref.name']

/** A squash is refused with one sentence and a hint, a copy of the very image is done; nothing changes below `watched`. */
async function refused(args: readonly string[], watched: string, cwd?: string, sameName = true): Promise<void> {
  const before = contents(watched)
  const run = (command: string) => peel([command, ...args], { ...(cwd !== undefined && { cwd }) })
  const [squashed, copied] = await Promise.all([run('squash'), run('copy')])
  assert.match(squashed.stderr, REFUSED, `squash ${args.join(' ')}`)
  assert.equal(squashed.status, 3)
  if (sameName) assert.match(copied.stdout, /^Already there: /, `copy ${args.join(' ')}`)
  assert.equal(copied.status, sameName ? 0 : 3)
  assert.deepEqual(contents(watched), before)
}

function contents(place: string): readonly string[] {
  if (statSync(place).isFile()) return [readFileSync(place, 'base64')]
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => `${path} ${statSync(path).isFile() ? readFileSync(path, 'base64') : ''}`)
    .sort()
}

describe('a destination that is the source', () => {
  test('a layout without a tag: refused by every spelling; with force the image gives way', async context => {
    const { directory, entries } = layout(context)
    const link = `${directory}-link`
    symlinkSync(directory, link)
    for (const path of [directory, `${directory}/`, `${directory}/../image`, link, relative(process.cwd(), directory)]) {
      for (const [source, target] of [
        [directory, path],
        [path, directory],
      ] as const) {
        const opened = openSink({ transport: 'oci', path: target, selector: {} }, { source })
        await assert.rejects(opened, { code: 'DESTINATION_EXISTS' }, path)
      }
    }
    await refused(['image', 'oci:./image'], directory, join(directory, '..'))
    const { status, stdout, stderr } = await peel(['squash', directory, directory, '--force', '--json'])
    assert.equal(status, 0, stderr)
    assert.deepEqual(
      entries().map(({ digest }) => digest),
      [JSON.parse(stdout).result.digest],
    )
    assert.equal((await peel(['verify', directory])).status, 0)
  })

  test('a layout with a tag: the tag is never taken unasked, another one is free', async context => {
    const { directory, entries } = layout(context, 'app')
    await refused([directory, directory], directory, undefined, false)
    await refused([`${directory}@${image.descriptor.digest}`, `${directory}:app`], directory)
    assert.equal((await peel(['squash', `${directory}:app`, `${directory}:small`])).status, 0)
    assert.deepEqual(entries().map(tagOf), ['app', 'small'])
    assert.equal((await peel(['squash', `${directory}:app`, directory, '--force'])).status, 0)
    assert.deepEqual(entries().map(tagOf), ['app', 'small', undefined])
    assert.equal(entries()[0]?.digest, image.descriptor.digest)
    assert.equal((await peel(['squash', `${directory}:app`, `${directory}:app`, '--force'])).status, 0)
    assert.deepEqual(entries().map(tagOf), ['app', 'small', undefined])
    assert.notEqual(entries()[0]?.digest, image.descriptor.digest)
  })

  test('a tag by which the source is found is taken, whatever its whole name is', async context => {
    const { directory, entries } = layout(context, 'docker.io/library/app:1')
    await refused([`${directory}:1`, `${directory}:1`], directory)
    await refused([`${directory}:app:1`, `${directory}:app:1`], directory)
    assert.equal(entries().length, 1)
  })

  for (const transport of ['oci-archive', 'docker-archive'] as const) {
    test(`an ${transport} over itself: refused, and replaced when it is said`, async context => {
      const directory = scratch(context)
      const file = join(directory, 'app.tar')
      const source = writeLayout(join(directory, 'source'), { x: image })
      assert.equal((await peel(['copy', source, `${transport}:${file}:app:1`])).status, 0)
      symlinkSync(file, join(directory, 'link.tar'))
      for (const name of ['link.tar', './app.tar:other']) {
        await refused([file, `${transport}:${name}`], file, directory, !name.endsWith(':other'))
      }
      const layers = await layerCount(file)
      assert.equal(layers, 2)
      const forced = await peel(['squash', file, `${transport}:${file}:app:1`, '--force'])
      assert.equal(forced.status, 0, forced.stderr)
      assert.equal(await layerCount(file), 1)
      assert.equal((await peel(['verify', file])).status, 0)
      assert.deepEqual(readdirSync(directory).sort(), ['app.tar', 'link.tar', 'source'])
    })
  }

  test('a registry’s tag: refused, replaced when it is said', async context => {
    const registry = await TestRegistry.start()
    context.after(() => registry.close())
    registry.store.add('team/app', '1', image)
    const env = { HOME: scratch(context), REGISTRY_AUTH_FILE: '', XDG_CACHE_HOME: scratch(context) }
    const name = `docker://${registry.host}/team/app:1`
    for (const command of ['squash', 'copy']) {
      const { status, stderr } = await peel([command, name, name], { env })
      assert.equal(status, command === 'copy' ? 0 : 3)
      if (command === 'squash') assert.match(stderr, /^peel: Cannot [^\n]+\n[A-Z][^\n]+\n$/)
    }
    assert.ok(!registry.log.some(line => /^(?:PUT|POST|PATCH|DELETE)/.test(line)))
    const { status, stdout, stderr } = await peel(['squash', name, name, '--force', '--json'], { env })
    assert.equal(status, 0, stderr)
    const listed = await peel(['inspect', name, '--json', '--no-cache'], { env })
    assert.equal(JSON.parse(listed.stdout).digest, JSON.parse(stdout).result.digest)
  })
})

async function layerCount(file: string): Promise<number> {
  const { stdout, stderr } = await peel(['inspect', file, '--json', '--layers'])
  assert.equal(stderr, '')
  return JSON.parse(stdout).layers.length
}
