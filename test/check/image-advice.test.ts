import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageCandidates } from '../../src/check/advice/image-candidates.ts'
import type { InstalledPackage } from '../../src/check/ownership.ts'
import type { Layers } from '../../src/check/rule.ts'

const MEGABYTE = 1_000_000
const OCI_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'

type Fake = {
  readonly sizes?: readonly number[]
  readonly layerType?: string
  readonly manifestType?: string
  readonly baseLayers?: number
  readonly newerBase?: { readonly name: string; readonly now: string }
  readonly commands?: readonly (readonly [layer: number | undefined, createdBy: string])[]
  readonly packages?: readonly InstalledPackage[]
}

/** The advice, by its id, about an image of which only documents and packages are known. */
function advice({ sizes = [1], commands = [], packages = [], baseLayers = 0, ...more }: Fake) {
  const { layerType = OCI_GZIP, manifestType = 'application/vnd.oci.image.manifest.v1+json', newerBase } = more
  const layers = {
    image: {
      layers: sizes.map((size, position) => ({ position, blob: { size, mediaType: layerType } })),
      manifest: { value: { mediaType: manifestType } },
      config: undefined,
      steps: commands.map(([layer, createdBy]) => ({ layer, history: { createdBy } })),
    },
    ownership: { packages },
    baseLayers,
    newerBase,
    snapshot: { find: () => undefined },
  }
  return new Map(imageCandidates(layers as unknown as Layers).map(each => [each.id, each]))
}

test('layers above the base are merged into one, where there are two', () => {
  assert.deepEqual([...advice({ sizes: [1] }).keys()], ['A10'])
  assert.equal(advice({ sizes: [1, 1], baseLayers: 1 }).get('A3'), undefined)
  const merged = advice({ sizes: [1, 1, 1], baseLayers: 1 }).get('A3')
  assert.equal(merged?.title, 'Merge layers 2 to 3')
  assert.deepEqual([merged.layers, merged.edits, merged.chosen], [[1, 2], [{ type: 'squash', from: 1, to: 2 }], false])
})

test('zstd is for layers of gzip, and not for images of docker, which cannot have it', () => {
  const found = advice({ sizes: [1, 1] }).get('A10')
  assert.deepEqual([found?.layers, found?.edits], [[0, 1], [{ type: 'compress', compression: 'zstd', every: true }]])
  assert.equal(advice({ layerType: OCI_GZIP.replace('gzip', 'zstd') }).get('A10'), undefined)
  assert.equal(advice({ manifestType: 'application/vnd.docker.distribution.manifest.v2+json' }).get('A10'), undefined)
})

test('one layer is waited for alone from 100 MB and two fifths of the image on', () => {
  const largest = (...sizes: readonly number[]) => advice({ sizes: sizes.map(size => size * MEGABYTE) }).get('A16')
  assert.match(largest(30, 150, 20)?.title ?? '', /^Layer 2 is 75 % of the image/)
  assert.deepEqual(largest(30, 150, 20)?.layers, [1])
  assert.equal(largest(150), undefined)
  assert.equal(largest(99, 1), undefined)
  assert.notEqual(largest(100, 1), undefined)
  assert.equal(largest(400, 300, 300), undefined)
  assert.notEqual(largest(401, 300, 300), undefined)
})

test('more than a hundred layers are too many', () => {
  const many = (count: number) => advice({ sizes: Array.from({ length: count }, () => 1) }).get('A16')
  assert.equal(many(100), undefined)
  assert.equal(many(101)?.title, '101 layers are more than docker stacks with ease')
  assert.deepEqual(many(101)?.layers, [])
})

test('an argument that changes with every build is found by its name, in the steps that made a layer', () => {
  const run = (name: string) => `RUN |1 ${name}=2026 /bin/sh -c make # buildkit`
  const names =
    'BUILD_DATE BUILDDATE BUILD_TIME BUILD_NUMBER BUILD_ID DATE TIMESTAMP CACHE_BUST CACHEBUST GIT_COMMIT GIT_SHA COMMIT COMMIT_SHA ' +
    'VCS_REF CI_JOB_ID build_date'
  for (const name of names.split(' ')) assert.deepEqual(advice({ commands: [[0, run(name)]] }).get('A17')?.layers, [0], name)
  for (const name of ['VERSION', 'UPDATE', 'NODE_COMMITTER'])
    assert.equal(advice({ commands: [[0, run(name)]] }).get('A17'), undefined)
  const steps = [
    [0, 'RUN /bin/sh -c DATE=1 make'],
    [undefined, run('DATE')],
    [1, run('VERSION')],
    [2, `|2 A=1 ${run('DATE').slice(7)}`],
  ] as const
  assert.deepEqual(advice({ sizes: [1, 1, 1], commands: steps }).get('A17')?.layers, [2])
})

test('another image under the name of the base is a reason to rebase its layers', () => {
  const newerBase = { name: 'debian:12\u001b', now: 'sha256:1234' }
  const found = advice({ sizes: [1, 1, 1], baseLayers: 2, newerBase }).get('A18')
  assert.deepEqual(found?.layers, [0, 1])
  assert.match(found.dockerfile, /^FROM debian:12\\e@sha256:1234; or peel rebase IMAGE DEST --new-base debian:12\\e,/)
  assert.ok(!`${found.title}${found.dockerfile}`.includes('\u001b'))
  assert.equal(advice({ sizes: [1, 1], newerBase }).get('A18'), undefined)
  assert.equal(advice({ sizes: [1, 1], baseLayers: 1 }).get('A18'), undefined)
})

test('recommended packages are told from 5 MB on, the ten largest by name, without those of the base', () => {
  const deb = (name: string, more: Partial<InstalledPackage>): InstalledPackage => ({
    type: 'deb',
    name,
    version: '1',
    layer: 1,
    bytes: MEGABYTE,
    files: [],
    automatic: true,
    ...more,
  })
  const told = (count: number, bytes: number) => {
    const names = Array.from({ length: count }, (_, index) => `r${index}`)
    const extra = names.map((name, index) => deb(name, { bytes: bytes + index, layer: 1 + (index % 2) }))
    const app = deb('app', { automatic: false, recommends: [...names, 'below'] })
    return advice({
      sizes: [1, 1, 1],
      baseLayers: 1,
      packages: [app, ...extra, deb('below', { layer: 0, bytes: 50 * MEGABYTE })],
    }).get('A6')
  }
  assert.equal(told(4, MEGABYTE), undefined)
  const five = told(5, MEGABYTE)
  assert.deepEqual([five?.title, five?.layers], ['Install without recommended packages: 5 packages, 5.00 MB', [1, 2]])
  assert.equal(five?.content, 5 * MEGABYTE + 10)
  assert.match(five?.dockerfile ?? '', /leaves out r4 1\.00 MB, r3 1\.00 MB, .*, r0 1\.00 MB\. Features/)
  assert.match(told(10, MEGABYTE)?.dockerfile ?? '', /, r0 1\.00 MB\. /)
  assert.match(told(11, MEGABYTE)?.dockerfile ?? '', /, r1 1\.00 MB, …\. /)
})
