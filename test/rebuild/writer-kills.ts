import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { peel } from '../kit/program/peel-command.ts'

/** Part of an undisturbed run that the first kill comes after, and the last. */
const FIRST = 0.1
const LAST = 1.1

const layer = (name: string, size = 200_000) => layerFixture({ [name]: noise(size).toString('hex') })
const shared = layer('shared')
const kept = imageFixture([shared, layer('kept')])
const other = imageFixture([shared, layer('other')], { platform: { os: 'linux', architecture: 'arm64' } })
/** Large enough for a SOCI index (1 MiB). */
const large = layerFixture({ large: { content: noise(2 << 20) } })
const source = imageFixture([shared, layer('one'), layerFixture({ '.wh.one': '', two: '2' })])

/** Commands that write into a layout in which something is already; `PLACE` and `SOURCE` stand for the layouts. */
const WRITERS: readonly (readonly string[])[] = [
  ['build', '--from', 'SOURCE:src', '--add', 'FILES:/added', 'PLACE:new'],
  ['build', '--from', 'SOURCE:src', '--add', 'FILES:/added', 'PLACE:kept', '--force'],
  ['copy', 'SOURCE:src', 'PLACE:new'],
  ['copy', '--all', 'SOURCE', 'PLACE'],
  ['copy', 'SOURCE:src', 'PLACE:new', '--compress', 'zstd'],
  ['rebase', 'SOURCE:src', 'PLACE:new', '--old-base', 'SOURCE:base', '--new-base', 'SOURCE:newer'],
  ['index', 'create', 'PLACE:new', 'PLACE:kept', 'PLACE:other'],
  ['soci', 'SOURCE:large', 'PLACE:new'],
  ['prune', 'PLACE', '--match', 'old*', '--delete'],
]

/**
 * Kills every writer at so many moments of its run into a layout: `index.json` is as it was or as it would be, each image that it names
 * is whole, and another run does what the killed one did not and leaves nothing of it behind.
 */
export async function killWriters(directory: string, moments: number): Promise<void> {
  const at = (name: string) => join(directory, name)
  const base = imageFixture([shared])
  const newer = imageFixture([layer('newer')])
  writeLayout(at('source'), { src: source, base, newer, large: imageFixture([shared, large]) })
  writeLayout(at('before'), { kept, other, old1: imageFixture([layer('old1')]), old2: imageFixture([shared, layer('old2')]) })
  for (const name of ['files', 'tmp']) mkdirSync(at(name))
  writeFileSync(join(at('files'), 'f'), noise(300_000))
  const env = { TMPDIR: at('tmp'), SOURCE_DATE_EPOCH: '1700000000' }
  const place = at('place')
  const fresh = () => {
    rmSync(place, { recursive: true, force: true })
    cpSync(at('before'), place, { recursive: true })
  }
  const named = { PLACE: `oci:${place}`, SOURCE: `oci:${at('source')}`, FILES: at('files') }
  for (const writer of WRITERS) {
    const args = writer.map(word => word.replace(/^(PLACE|SOURCE|FILES)/, (_, key: keyof typeof named) => named[key]))
    const label = writer.join(' ')
    fresh()
    const before = readFileSync(join(place, 'index.json'), 'utf8')
    const start = performance.now()
    const undisturbed = await peel(args, { env })
    assert.equal(undisturbed.status, 0, `${label}: ${undisturbed.stderr}`)
    const took = performance.now() - start
    const after = readFileSync(join(place, 'index.json'), 'utf8')
    for (let moment = 0; moment < moments; moment++) {
      fresh()
      const delay = took * (FIRST + ((LAST - FIRST) * moment) / moments)
      await peel(args, { env, started: child => void setTimeout(() => child.kill('SIGKILL'), delay) })
      const said = `${label}, killed after ${delay} ms`
      const now = readFileSync(join(place, 'index.json'), 'utf8')
      // Tags are published one after the other: some of them may be there.
      assert.ok(now === before || now === after || writer.includes('--all'), said)
      for (const name of tagsOf(now)) assert.equal((await peel(['verify', `oci:${place}:${name}`])).status, 0, `${said}: ${name}`)
      const again = await peel(args, { env })
      assert.equal(again.status, 0, `${said}, again: ${again.stderr}`)
      assert.equal(readFileSync(join(place, 'index.json'), 'utf8'), after, said)
      assert.deepEqual([place, directory, at('tmp')].flatMap(leftovers), [], said)
    }
  }
}

function tagsOf(index: string): readonly string[] {
  const { manifests } = JSON.parse(index) as { manifests: { annotations?: Record<string, string> }[] }
  return manifests.flatMap(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? [])
}

function leftovers(directory: string): readonly string[] {
  return readdirSync(directory).filter(name => name.startsWith('.peel-'))
}
