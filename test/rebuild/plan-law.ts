import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dockerArchive, ociArchive } from '../kit/image/archive-fixture.ts'
import {
  type ImageFixture,
  imageFixture,
  indexFixture,
  type LayerFixture,
  layerFixture,
  writeLayout,
} from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { peel } from '../kit/program/peel-command.ts'
import { checkSaid, type PlaceContents, placeContents, repositoryContents } from '../kit/registry/place-contents.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { fc } from '../kit/seeded-check.ts'

type Case = {
  readonly layers: readonly LayerFixture[]
  readonly shape: 'image' | 'index'
  readonly source: (typeof SOURCES)[number]
  readonly destination: (typeof DESTINATIONS)[number]
  readonly command: 'squash' | 'copy'
  readonly edits: readonly (readonly string[])[]
}

const SOURCES = ['layout', 'oci-archive', 'docker-archive', 'registry'] as const
const DESTINATIONS = [
  'layout',
  'full layout',
  'tar',
  'tar.gz',
  'tar.zst',
  'oci-archive',
  'docker-archive',
  'dir',
  'registry',
] as const

const name = fc.constantFrom('a', 'b', 'd/c')
const layer = fc
  .tuple(
    fc.dictionary(name, fc.integer({ min: 0, max: 4000 }), { minKeys: 1 }),
    fc.subarray(['.wh.a', '.wh.b', 'd/.wh..wh..opq'], { maxLength: 1 }),
    fc.constantFrom('gzip' as const, 'zstd' as const, 'none' as const),
  )
  .map(([files, gone, compression]) => {
    const contents = Object.entries(files).map(([path, size]) => [path, noise(size).toString('hex')] as const)
    const hidden = gone.filter(each => !Object.hasOwn(files, each.replace('.wh.', '')))
    return layerFixture(Object.fromEntries([...contents, ...hidden.map(each => [each, ''] as const)]), { compression })
  })
const edit = fc.constantFrom(
  ['--layers', '1..2'],
  ['--layers', '1..1'],
  ['--drop-layer', '1'],
  ['--remove', '/a'],
  ['--set', 'env.A=B'],
  ['--set', 'annotation.a=b'],
  ['--compress', 'zstd'],
  ['--compress', 'none'],
  ['--compress', 'gzip:1'],
  ['--format', 'docker'],
  ['--format', 'oci'],
  ['--clamp-times', '1'],
)
const anyCase: fc.Arbitrary<Case> = fc.record({
  layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
  shape: fc.constantFrom('image' as const, 'image' as const, 'index' as const),
  source: fc.constantFrom(...SOURCES),
  destination: fc.constantFrom(...DESTINATIONS),
  command: fc.constantFrom('squash' as const, 'squash' as const, 'copy' as const),
  edits: fc.uniqueArray(edit, { maxLength: 3, selector: ([option, value]) => (option === '--set' ? value : option) }),
})

/**
 * For so many images, places and edits at random: the digests and sizes that a report names are in the result, a dry run reports the very
 * same ones, and a refusal says why.
 */
export async function runPlanLaw(directory: string, runs: number): Promise<void> {
  const registry = await TestRegistry.start()
  const outcomes = new Map<string, number>()
  try {
    let count = 0
    await fc.assert(
      fc.asyncProperty(anyCase, async each => {
        const outcome = await check(each, join(directory, String(count++)), registry)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }),
      { numRuns: runs, endOnFailure: true },
    )
  } finally {
    await registry.close()
  }
  assert.ok((outcomes.get('written') ?? 0) > runs / 2, JSON.stringify([...outcomes]))
}

async function check(each: Case, directory: string, registry: TestRegistry): Promise<'written' | 'refused'> {
  mkdirSync(directory, { recursive: true })
  const source = await place(each, directory, registry)
  const [destination, contents] = target(each, directory, registry)
  // Squashing everything and copying take fewer options than edits do.
  const edits =
    each.command === 'copy' ? each.edits.filter(([option]) => option === '--compress' || option === '--format') : each.edits
  const args = [
    each.command,
    source,
    destination,
    ...edits.flat(),
    ...(each.command === 'copy' ? ['--all'] : []),
    '--insecure',
    '--json',
  ]
  const dry = each.command === 'squash' ? await peel([...args, '--dry-run']) : undefined
  const run = await peel(args)
  const label = args.join(' ')
  if (run.status !== 0) {
    assert.match(run.stderr, /Cannot .*: /, label)
    assert.notEqual(dry?.status, 0, `${label}: the dry run passes where writing does not`)
    return 'refused'
  }
  const said = JSON.parse(run.stdout)
  checkSaid(said, contents())
  if (dry !== undefined) {
    assert.equal(dry.status, 0, `${label}: ${dry.stderr}`)
    const { result, layers } = JSON.parse(dry.stdout)
    assert.deepEqual([result.digest, result.size, layers], [said.result.digest, said.result.size, said.layers], label)
  }
  rmSync(directory, { recursive: true })
  return 'written'
}

/** Writes the image to its source and gives the name of it. */
async function place({ layers, shape, source }: Case, directory: string, registry: TestRegistry): Promise<string> {
  const [amd64, arm64] = ['amd64', 'arm64'].map(architecture =>
    imageFixture(layers, { platform: { os: 'linux', architecture } }),
  ) as [ImageFixture, ImageFixture]
  const image = shape === 'index' && source !== 'docker-archive' ? indexFixture([amd64, arm64]) : amd64
  const at = (suffix: string) => join(directory, `source${suffix}`)
  if (source === 'oci-archive' || source === 'docker-archive') {
    writeFileSync(at('.tar'), source === 'oci-archive' ? ociArchive({ x: image }) : dockerArchive({ 'x:1': image }))
    return at('.tar')
  }
  const layout = `oci:${writeLayout(at(''), { x: image })}:x`
  if (source === 'layout') return layout
  const pushed = `${registry.host}/source:1`
  const { status, stderr } = await peel(['copy', '--all', layout, pushed, '--insecure', '--force'])
  assert.equal(status, 0, stderr)
  return pushed
}

/** The destination as it is typed, and how to look into it afterwards. */
function target({ destination }: Case, directory: string, registry: TestRegistry): readonly [string, () => PlaceContents] {
  const path = join(directory, 'result')
  if (destination === 'registry') {
    const repository = `team/r${directory.replace(/\W+/g, '').toLowerCase().slice(-20)}`
    return [`${registry.host}/${repository}:1`, () => repositoryContents(registry, repository)]
  }
  if (destination === 'full layout') writeLayout(path, { other: imageFixture([layerFixture({ other: 'o' })]) })
  if (destination === 'layout' || destination === 'full layout') return [`oci:${path}:r`, () => placeContents(path)]
  if (destination === 'dir') return [`dir:${path}`, () => placeContents(path)]
  if (destination === 'oci-archive') return [`oci-archive:${path}.tar:r`, () => placeContents(`${path}.tar`)]
  if (destination === 'docker-archive') return [`docker-archive:${path}.tar:r:1`, () => placeContents(`${path}.tar`)]
  return [`${path}.${destination}`, () => placeContents(`${path}.${destination}`)]
}
