import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { candidatesOf } from '../../src/check/advice/candidates.ts'
import { imageCandidates } from '../../src/check/advice/image-candidates.ts'
import type { Finding } from '../../src/check/finding.ts'
import type { InstalledPackage } from '../../src/check/ownership.ts'
import type { Layers } from '../../src/check/rule.ts'
import type { FilePath } from '../../src/layer/file-path.ts'

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
function advice(fake: Fake) {
  return new Map(imageCandidates(known(fake)).map(each => [each.id, each]))
}

function known({ sizes = [1], commands = [], packages = [], baseLayers = 0, ...more }: Fake) {
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
    // Content 1 of layer 0 and content 2 of layer 1 are written again by layer 2, only for their owner; content 3 is replaced there.
    ledger: {
      inodes: [1, 2, 3],
      hiding: (inode: number) => ({ hiddenBy: 2, cause: inode === 3 ? 'overwritten' : 'metadata-only' }),
    },
    stack: { tree: { versions: { layer: (inode: number) => [0, 0, 1, 0][inode] } } },
  }
  return layers as unknown as Layers
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

describe('advice about findings', () => {
  const about = (id: string, more: Partial<Finding> = {}): Finding => ({
    id,
    severity: 'info',
    layer: 1,
    hiddenBy: null,
    path: null,
    bytes: 20_000,
    hiddenBytes: 0,
    title: '',
    detail: 'The detail.',
    fix: 'The fix.',
    inBase: false,
    fingerprint: '',
    evidence: {},
    ...more,
  })
  const path = (text: string) => text as FilePath
  const lead = (findings: readonly Finding[], fake: Fake = { layerType: 'x', sizes: [1] }) => candidatesOf(known(fake), findings)
  const only = (finding: Finding, fake?: Fake) => {
    const [found, ...more] = lead([finding], fake)
    assert.deepEqual(more, [])
    return found
  }

  test('bytes that a later layer hides are squashed with it, from 10 kB on', () => {
    const hidden = about('waste/hidden', { layer: 1, hiddenBy: 3 })
    const found = only(hidden)
    assert.equal(found?.title, 'Layer 2 ships 20.0 kB that layer 4 hides: do both in layer 2')
    assert.deepEqual(
      [found?.id, found?.layers, found?.content, found?.proof, found?.chosen],
      ['A1', [1, 3], 20_000, 'dry-run', true],
    )
    assert.deepEqual(found?.edits, [{ type: 'squash', from: 1, to: 3 }])
    assert.match(found?.dockerfile ?? '', /in the RUN of layer 2 itself\. The detail\.$/)
    assert.notEqual(only({ ...hidden, bytes: 10_000 }), undefined)
    for (const other of [
      { bytes: 9999 },
      { layer: null },
      { hiddenBy: null },
      { hiddenBy: 1 },
      { hiddenBy: 0 },
      { inBase: true },
    ])
      assert.equal(only({ ...hidden, ...other }), undefined)
  })

  test('files that are shipped again for owner or mode are squashed from where they come, not from the base', () => {
    const rewrite = about('waste/metadata-rewrite', { layer: 2 })
    const found = only(rewrite)
    assert.deepEqual([found?.id, found?.layers, found?.proof, found?.chosen], ['A2', [0, 2], 'dry-run', true])
    assert.deepEqual(found?.edits, [{ type: 'squash', from: 0, to: 2 }])
    assert.match(
      found?.dockerfile ?? '',
      /^COPY --chown= --chmod= in layer 1 instead of the chown or chmod of layer 3\. The detail\.$/,
    )
    assert.deepEqual(only(rewrite, { layerType: 'x', sizes: [1], baseLayers: 1 })?.edits, [{ type: 'squash', from: 1, to: 2 }])
    const base = only(rewrite, { layerType: 'x', sizes: [1], baseLayers: 2 })
    assert.deepEqual([base?.layers, base?.edits, base?.proof, base?.chosen], [[2, 2], [], 'ledger', false])
    assert.equal(only({ ...rewrite, layer: null }), undefined)
  })

  test('caches and sparse records are removed', () => {
    for (const [id, advised] of [
      ['waste/package-cache', 'A8'],
      ['waste/sparse-log', 'A13'],
    ] as const) {
      const found = only(about(id, { path: path('var/x') }))
      assert.deepEqual([found?.id, found?.layers, found?.dockerfile, found?.chosen], [advised, [1], 'The fix.', true])
      assert.deepEqual(found?.edits, [{ type: 'remove', path: 'var/x' }])
      assert.match(found?.title ?? '', /: 20\.0 kB of \/var\/x in layer 2$/)
      assert.equal(only(about(id)), undefined)
      assert.equal(only(about(id, { path: path('x'), layer: null })), undefined)
    }
  })

  test('copies, symbols and build tools are for the Dockerfile: peel changes nothing', () => {
    for (const [id, advised, proof] of [
      ['waste/duplicate', 'A9', 'ledger'],
      ['waste/debug-info', 'A12', 'ledger'],
      ['waste/build-tools', 'A7', 'db'],
    ] as const) {
      const found = only(about(id))
      assert.deepEqual([found?.id, found?.layers, found?.content, found?.proof], [advised, [1], 20_000, proof])
      assert.deepEqual([found?.edits, found?.chosen], [[], false])
      assert.match(found?.dockerfile ?? '', /The detail\.$/)
      assert.deepEqual(only(about(id, { layer: null }))?.layers, [])
    }
  })

  test('what .dockerignore keeps out is one advice: the outermost paths, once each', () => {
    const leaks = [
      about('leak/git-directory', { path: path('app/.git'), layer: 2, bytes: 5 }),
      about('leak/dotenv', { path: path('app/.git/.env'), layer: 1, bytes: 7 }),
      about('leak/dotenv', { path: path('.env'), layer: 1, bytes: 11 }),
      about('leak/editor-os', { path: path('lib/.env'), layer: null, bytes: 13 }),
      about('leak/editor-os', { path: null, bytes: 100 }),
    ]
    const [found, ...more] = lead(leaks)
    assert.deepEqual(more, [])
    assert.equal(found?.title, 'Keep 3 files and directories of the build context out')
    assert.deepEqual([found.id, found.layers, found.content, found.chosen], ['A15', [1, 2], 29, true])
    assert.equal(found.dockerfile, '.dockerignore: **/.env **/.git')
    assert.deepEqual(
      found.edits.map(edit => 'path' in edit && edit.path),
      ['app/.git', '.env', 'lib/.env'],
    )
    assert.match(only(about('leak/dotenv', { path: path('a') }))?.title ?? '', /^Keep 1 file or directory of/)
    assert.equal(only(about('leak/dotenv')), undefined)
  })
})
