import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { dockerArchive } from '../kit/image/archive-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

const LAYERS = [layerFixture({ 'etc/': '', 'etc/a': 'a' }), layerFixture({ 'etc/': '', 'etc/b': 'b'.repeat(3000) })]
const on = (architecture: string, os = 'linux') => imageFixture(LAYERS, { platform: { os, architecture } })
const [AMD, ARM, S390] = [on('amd64'), on('arm64'), on('s390x')]

type Document = {
  readonly manifests?: readonly (Descriptor & { readonly platform?: { readonly architecture: string } })[]
  readonly layers?: readonly Descriptor[]
  readonly config?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

const read = (layout: string, { digest }: { readonly digest: string }) =>
  JSON.parse(readFileSync(join(layout, 'blobs', digest.replace(':', '/')), 'utf8')) as Document
const listed = (layout: string) => JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as Document

/** The architectures of all images that a layout holds, and the digests that something in it names but it has not. */
function held(layout: string): { readonly platforms: readonly string[]; readonly missing: readonly string[] } {
  const [platforms, missing]: [string[], string[]] = [[], []]
  const pending: Document[] = [listed(layout)]
  for (let document = pending.pop(); document !== undefined; document = pending.pop()) {
    const { manifests = [], layers = [], config } = document
    for (const blob of [...manifests, ...layers, ...(config === undefined ? [] : [config])]) {
      if (!existsSync(join(layout, 'blobs', blob.digest.replace(':', '/')))) missing.push(blob.digest)
    }
    if (config !== undefined) platforms.push((read(layout, config) as unknown as { architecture: string }).architecture)
    pending.push(...manifests.filter(({ digest }) => !missing.includes(digest)).map(each => read(layout, each)))
  }
  return { platforms: platforms.sort(), missing }
}

function without(fixture: ImageFixture, ...gone: readonly ImageFixture[]): ImageFixture {
  const left = new Map(fixture.blobs)
  for (const { descriptor } of gone) left.delete(descriptor.digest)
  return { ...fixture, blobs: left }
}

const annotated = ({ descriptor, ...rest }: ImageFixture, annotations: Readonly<Record<string, string>>): ImageFixture => ({
  ...rest,
  descriptor: { ...descriptor, annotations },
})

async function done(...args: readonly string[]): Promise<string> {
  const { status, stderr } = await peel(args)
  assert.equal(status, 0, stderr)
  return stderr
}

describe('a layout whose index.json lists the platforms itself', () => {
  test('is copied with --all and squashed with all its platforms', async context => {
    const directory = scratch(context)
    const source = join(directory, 'flat')
    writeLayout(source, { '': AMD, app: ARM })
    // One name for all of them, and no index of their own.
    const annotations = { 'org.opencontainers.image.ref.name': 'app' }
    const manifests = [AMD, ARM].map(({ descriptor }) => ({ ...descriptor, annotations }))
    writeFileSync(join(source, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
    const [copy, squashed] = [join(directory, 'copy'), join(directory, 'squashed')]
    await done('copy', '--all', `oci:${source}:app`, `oci:${copy}:app`)
    assert.deepEqual(held(copy), { platforms: ['amd64', 'arm64'], missing: [] })
    await done('squash', `oci:${source}:app`, `oci:${squashed}:app`)
    assert.deepEqual(held(squashed), { platforms: ['amd64', 'arm64'], missing: [] })
  })

  test('has several names: all of them travel with copy --all', async context => {
    const directory = scratch(context)
    const source = writeLayout(join(directory, 'names'), { one: AMD, two: ARM })
    const copy = join(directory, 'copy')
    await done('copy', '--all', `oci:${source}`, `oci:${copy}`)
    assert.deepEqual(held(copy), { platforms: ['amd64', 'arm64'], missing: [] })
    const names = listed(copy).manifests?.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'])
    assert.deepEqual(names, ['one', 'two'])
  })

  test('has images that tags do not tell apart, or none has: a layout and an archive take all, twice; a registry refuses', async context => {
    const directory = scratch(context)
    const [clash, nameless] = [join(directory, 'clash.tar'), join(directory, 'nameless.tar')]
    writeFileSync(clash, dockerArchive({ 'app:1': AMD, 'web:1': ARM }))
    writeFileSync(nameless, dockerArchive({ 'app:1': AMD, '': ARM }))
    for (const [source, names] of [
      [clash, ['app:1', 'web:1']],
      [nameless, ['app:1', undefined]],
    ] as const) {
      for (const [typed, layout] of [
        [`oci:${source}-out`, `${source}-out`],
        [`${source}-out.tar`, undefined],
      ] as const) {
        await done('copy', '--all', source, typed)
        assert.match((await peel(['copy', '--all', source, typed])).stdout, /already there/i)
        if (layout === undefined) continue
        assert.deepEqual(
          listed(layout).manifests?.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name']),
          names,
        )
      }
      const { status, stderr } = await peel(['copy', '--all', source, 'docker://127.0.0.1:1/a/b'])
      assert.equal(status, 3)
      assert.match(stderr, source === clash ? /both have the tag "1"/ : /has no name/)
    }
    const other = await peel(['copy', '--all', clash, `${nameless}-out.tar`])
    assert.match(other.stderr, /exists already/, 'other images under other names are not the same archive')
  })

  test('of several images refuses options that would make each another one', async context => {
    const directory = scratch(context)
    const source = writeLayout(join(directory, 'names'), { one: AMD, two: ARM })
    for (const [option, value] of [
      ['--compress', 'zstd'],
      ['--format', 'docker'],
    ] as const)
      for (const typed of [`oci:${directory}/out`, `${directory}/out.tar`]) {
        const { status, stderr } = await peel(['copy', '--all', `oci:${source}`, typed, option, value])
        assert.equal(status, 2, stderr)
        assert.match(stderr, new RegExp(`Cannot combine ${option} with several images`))
      }
  })
})

describe('an index whose annotations name its own images and their layers', () => {
  test('keeps every image; names of what is replaced are dropped and told, others stay', async context => {
    const directory = scratch(context)
    const [layer] = AMD.layers
    const noted = {
      ...ARM,
      descriptor: {
        ...ARM.descriptor,
        annotations: { sibling: AMD.descriptor.digest, first: ARM.layers[0]?.digest ?? '', note: 'kept' },
      },
    }
    const index = indexFixture([AMD, noted], { annotations: { main: AMD.descriptor.digest, note: 'kept', layer: layer?.digest } })
    const source = `oci:${writeLayout(join(directory, 'in'), { app: index })}:app`
    const target = join(directory, 'out')
    const said = await done('squash', source, `oci:${target}:app`)
    assert.deepEqual(held(target), { platforms: ['amd64', 'arm64'], missing: [] })
    assert.match(said, /Annotations of the index spoke of bytes that were replaced and are dropped: sibling, first, main, layer/)
    assert.doesNotMatch(said, /attestation/)
    const root = read(target, (listed(target).manifests ?? [])[0] as Descriptor)
    assert.equal(root.annotations?.['main'], undefined)
    assert.equal(root.annotations?.['note'], 'kept')
    assert.deepEqual(
      root.manifests?.map(({ annotations }) => annotations),
      [undefined, { note: 'kept' }],
    )
    await done('squash', source, `oci:${target}:set`, '--set', 'user=1', '--platform', 'linux/amd64')
  })

  test('and so does a manifest', async context => {
    const directory = scratch(context)
    const [first, second] = AMD.layers
    const annotations = { first: first?.digest, second: second?.digest, note: 'kept' }
    const noted = imageFixture(LAYERS, { manifest: { annotations } })
    const source = `oci:${writeLayout(join(directory, 'in'), { app: noted })}:app`
    const target = join(directory, 'out')
    const said = await done('squash', source, `oci:${target}:app`, '--layers', '2..2')
    assert.match(said, /Annotations of the manifest named what was replaced and are dropped: second/)
    const manifest = read(target, (listed(target).manifests ?? [])[0] as Descriptor)
    assert.deepEqual(manifest.annotations, { first: first?.digest, note: 'kept' })
  })
})

describe('edits for which no layer is read', () => {
  test('say so of each layer, in the report, the JSON and the dry run; a layer that was compressed anew was read', async context => {
    const directory = scratch(context)
    const source = `oci:${writeLayout(join(directory, 'in'), { app: AMD })}:app`
    for (const more of [[], ['--dry-run']]) {
      const words = ['squash', source, `oci:${directory}/out:1`, '--set', 'user=1', '--force', ...more]
      assert.equal((await peel(words)).stdout.match(/ kept, not read$/gm)?.length, 2)
      const { layers } = JSON.parse((await peel([...words, '--json'])).stdout)
      assert.deepEqual(
        layers.map(({ action, read }: { action: string; read?: boolean }) => [action, read]),
        [
          ['kept', false],
          ['kept', false],
        ],
      )
    }
    const squashed = await peel(['squash', source, '--layers', '2..2', '--dry-run'])
    assert.match(squashed.stdout, / kept$/m)
    const { layers } = JSON.parse((await peel(['copy', source, `oci:${directory}/z:1`, '--compress', 'zstd', '--json'])).stdout)
    assert.ok(layers.every(({ read }: { read?: boolean }) => read === undefined))
  })
})

describe('an index that names platforms which are not here', () => {
  test('is squashed and copied to what names only what is there, and that is told', async context => {
    const directory = scratch(context)
    const sparse = without(indexFixture([AMD, ARM, S390]), S390)
    const source = `oci:${writeLayout(join(directory, 'sparse'), { app: sparse })}:app`
    const [all, one, copy] = ['all', 'one', 'copy'].map(name => join(directory, name)) as [string, string, string]
    const dry = await done('squash', source, `oci:${all}:app`, '--dry-run')
    assert.match(dry, /names what is not here, which is left out: linux\/s390x/)
    assert.match(await done('squash', source, `oci:${all}:app`), /names what is not here, which is left out: linux\/s390x/)
    assert.deepEqual(held(all), { platforms: ['amd64', 'arm64'], missing: [] })
    await done('squash', source, `oci:${one}:app`, '--platform', 'linux/arm64')
    assert.deepEqual(held(one), { platforms: ['arm64'], missing: [] })
    assert.match(await done('copy', '--all', source, `oci:${copy}:app`), /linux\/s390x/)
    assert.deepEqual(held(copy), { platforms: ['amd64', 'arm64'], missing: [] })
    const gone = await peel(['squash', source, `oci:${join(directory, 'gone')}:app`, '--platform', 'linux/s390x'])
    assert.equal(gone.status, 3, gone.stderr)
    assert.ok(!existsSync(join(directory, 'gone')))
  })
})

describe('an index whose manifests are here but not the layers of each', () => {
  test('is squashed to the platforms that are whole', async context => {
    const directory = scratch(context)
    const other = imageFixture([layerFixture({ only: 'arm' })], { platform: { os: 'linux', architecture: 'arm64' } })
    const index = indexFixture([AMD, other])
    const blobs = new Map([...index.blobs].filter(([digest]) => digest !== other.layers[0]?.digest))
    const source = `oci:${writeLayout(join(directory, 'saved'), { app: { ...index, blobs } })}:app`
    const target = join(directory, 'out')
    assert.match(await done('squash', source, `oci:${target}:app`), /left out: linux\/arm64/)
    assert.deepEqual(held(target), { platforms: ['amd64'], missing: [] })
  })
})

describe('an index with variants of one platform', () => {
  test('keeps their compressions and drops what its annotations said of the replaced bytes', async context => {
    const directory = scratch(context)
    const zstd = imageFixture(LAYERS.map(layer => ({ ...layer, compression: 'zstd' as const })))
    const soci = { 'com.amazon.soci.index-digest': `sha256:${'5'.repeat(64)}` }
    const compression = { 'io.github.containers.compression.zstd': 'true' }
    const index = indexFixture([annotated(AMD, soci), annotated(zstd, { ...compression, kept: 'yes' })])
    const source = `oci:${writeLayout(join(directory, 'variants'), { app: index })}:app`
    const target = join(directory, 'squashed')
    const told = await done('squash', source, `oci:${target}:app`)
    const [root] = listed(target).manifests ?? []
    assert.ok(root !== undefined)
    const { manifests = [] } = read(target, root)
    assert.deepEqual(
      manifests.map(each => read(target, each).layers?.map(({ mediaType }) => mediaType.replace(/^.*\+/, ''))),
      [['gzip'], ['zstd']],
    )
    assert.deepEqual(
      manifests.map(({ annotations }) => annotations),
      [undefined, { ...compression, kept: 'yes' }],
    )
    assert.match(told, /com\.amazon\.soci\.index-digest/)
    const plain = join(directory, 'plain')
    const words = await done('squash', source, `oci:${plain}:app`, '--compress', 'gzip')
    const [single] = listed(plain).manifests ?? []
    assert.ok(single !== undefined)
    const entries = read(plain, single).manifests ?? []
    assert.equal(new Set(entries.map(({ digest }) => digest)).size, entries.length)
    assert.ok(!entries.some(({ annotations }) => Object.keys(annotations ?? {}).some(name => name.endsWith('compression.zstd'))))
    assert.match(words, /compression\.zstd/)
  })
})

describe('a result that its readers could not use', () => {
  test('layers of a Windows image are merged by force only, its settings change without', async context => {
    const directory = scratch(context)
    const source = `oci:${writeLayout(join(directory, 'windows'), { app: on('amd64', 'windows') })}:app`
    const target = join(directory, 'out')
    const refused = await peel(['squash', source, `oci:${target}:app`])
    assert.equal(refused.status, 3)
    assert.match(refused.stderr, /^peel: Cannot .*Windows[\s\S]*--force/)
    assert.ok(!existsSync(target))
    for (const command of [['waste'], ['ls'], ['inspect', '--layers'], ['extract', '--force']])
      assert.match((await peel([...command, source, ...(command[0] === 'extract' ? ['/', '-'] : [])])).stderr, /is for Windows/)
    assert.equal((await peel(['squash', source, `oci:${target}:app`, '--dry-run'])).status, 3)
    assert.match(await done('squash', source, `oci:${target}:app`, '--force'), /Windows/)
    assert.equal((read(target, (listed(target).manifests ?? [])[0] as Descriptor).layers ?? []).length, 1)
    const plan = join(directory, 'plan.json')
    writeFileSync(plan, JSON.stringify({ peelPlan: 1, edits: [{ type: 'set', setting: 'env.A=1' }] }))
    await done('squash', source, `oci:${join(directory, 'set')}:app`, '--plan', plan)
  })

  test('an image that is for Windows where it is listed is one, whatever its config says; a layer is added to one by force only', async context => {
    const directory = scratch(context)
    const descriptor = { ...AMD.descriptor, platform: { os: 'windows', architecture: 'amd64' } }
    const layout = writeLayout(join(directory, 'windows'), { app: { ...AMD, descriptor } })
    const index = join(layout, 'index.json')
    const target = `oci:${join(directory, 'out')}:app`
    for (const command of [
      ['squash', `oci:${layout}:app`, target],
      ['build', target, '--from', `oci:${layout}:app`, '--add', index],
    ]) {
      const refused = await peel(command)
      assert.equal(refused.status, 3)
      assert.match(refused.stderr, /^peel: Cannot .*Windows[\s\S]*--force/)
      assert.match(await done(...command, '--force', '--dry-run'), /The result may not start/)
    }
    await done('build', target, '--from', `oci:${layout}:app`, '--set', 'env.A=1')
  })

  test('--format docker goes into a layout by force only', async context => {
    const directory = scratch(context)
    const source = `oci:${writeLayout(join(directory, 'source'), { app: AMD })}:app`
    for (const command of ['squash', 'copy']) {
      const target = join(directory, command)
      const args = [command, source, `oci:${target}:app`, '--format', 'docker']
      const refused = await peel(args)
      assert.equal(refused.status, 3, refused.stderr)
      assert.match(refused.stderr, /^peel: Cannot [\s\S]*(?:skopeo|umoci)[\s\S]*--force/)
      assert.ok(!existsSync(target))
      await done(...args, '--force')
      assert.match((listed(target).manifests ?? [])[0]?.mediaType ?? '', /docker/)
    }
  })
})
