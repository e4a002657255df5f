import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { ReadableImage } from '../../src/make/rebase-image.ts'
import { rebaseImage } from '../../src/make/rebase-image.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { contentsByLayer } from '../../src/session/contents-by-layer.ts'
import {
  type ImageFixture,
  imageFixture,
  indexFixture,
  type LayerFixture,
  layerFixture,
  memorySource,
  writeLayout,
} from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import type { EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { onlyImage, snapshotLines } from '../kit/rebuild/rebuild.ts'
import { dynamicElfFixture } from '../kit/samples/dynamic-elf-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { entryTar } from '../kit/tar/entry-tar.ts'

type Conflict = { readonly kind: string; readonly path?: string; readonly key?: string; readonly detail: string }
type Body = {
  readonly result: { readonly digest: string }
  readonly layers: readonly { readonly digest: string; readonly action: string }[]
  readonly conflicts: readonly Conflict[]
}

async function readable(fixture: ImageFixture): Promise<ReadableImage> {
  const source = memorySource(fixture)
  const image = await onlyImage(source)
  return {
    image,
    source,
    readLayers: () => Promise.all(image.layers.map(({ blob }) => memoryWorkshop().readLayer(source, blob))),
    contents: async function* () {},
  }
}

test('the tree of a rebased image is the image’s own layers applied to the new base', async () => {
  const layers = (all: readonly (readonly EntryFixture[])[]): LayerFixture[] =>
    all.map(entries => layerFixture([], { tar: entryTar(entries) }))
  await fc.assert(
    fc.asyncProperty(arbitraryImage(), arbitraryImage(), arbitraryImage(), async (before, after, app) => {
      const [old, next] = [layers(before), layers(after)]
      const own = layers(app)
      const image = await readable(imageFixture([...old, ...own]))
      const rebased = await rebaseImage({
        image,
        old: await readable(imageFixture(old)),
        next: await readable(imageFixture(next)),
        annotations: {},
        semantics: 'overlay',
        readByLayer: contentsByLayer,
        created: undefined,
      })
      const made = new Map(
        rebased.outputs.flatMap(({ blob, from }) =>
          from instanceof Uint8Array ? [[blob.digest as string, Buffer.from(from)] as const] : [],
        ),
      )
      const blobs = new Map([...imageFixture([...next, ...old, ...own]).blobs, ...made])
      const result = await onlyImage(memorySource({ descriptor: rebased.root, blobs, layers: [] }))
      const read = (fixture: ImageFixture) => readable(fixture).then(each => each.readLayers())
      const changesets = async (fixture: ImageFixture) => (await read(fixture)).map(({ changeset }) => changeset)
      const wanted = buildStack(await changesets(imageFixture([...next, ...own])), 'overlay')
      const actual = buildStack(await changesets({ descriptor: rebased.root, blobs, layers: [] }), 'overlay')
      const lines = (stack: typeof wanted) => snapshotLines(stack.snapshot(stack.changesets.length))
      assert.deepEqual(lines(actual), lines(wanted))
      assert.deepEqual(result.config?.value.diffIDs.length, next.length + own.length)
      assert.deepEqual(result.diagnostics, [])
    }),
    { numRuns: 40 },
  )
})

const OLD = layerFixture({
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
  'etc/conf': 'old',
  'etc/same': 'same',
  'lib/libold.so.1': 'library',
  'lib/ld-old.so': 'loader',
  'var/lib/dpkg/status': 'Package: a\n',
  'opt/tools/a': 'a',
})
const NEXT = layerFixture({
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nnewuser:x:101:101::/:/bin/sh\n',
  'etc/conf': 'new',
  'etc/same': 'same',
  'etc/fresh': 'of the base',
  'lib/libnew.so.2': 'library',
  'var/lib/dpkg/status': 'Package: b\n',
  'opt/tools/a': 'a',
  'opt/tools/b': 'b',
})
const APP = layerFixture({
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n',
  'etc/conf': 'mine',
  'etc/same': 'mine too',
  'etc/fresh': 'mine as well',
  'opt/.wh.tools': '',
  'srv/tool': {
    content: dynamicElfFixture({ interpreter: '/lib/ld-old.so', needed: ['libold.so.1', 'libnew.so.2', 'libnone.so'] }),
    mode: 0o755,
  },
  'var/lib/dpkg/status': 'Package: a\nPackage: app\n',
})
const config = (container: object) => ({ config: { config: container } })
const image = imageFixture([OLD, APP], config({ Env: ['PATH=/bin', 'OWN=1'], User: 'app', Cmd: ['mine'] }))
const oldBase = imageFixture([OLD], config({ Env: ['PATH=/bin'], Cmd: ['old'] }))
const newBase = imageFixture([NEXT], config({ Env: ['PATH=/usr/bin'], Cmd: ['new'] }))

function places(directory: string): string {
  writeLayout(join(directory, 'in'), { app: image, old: oldBase, new: newBase })
  return directory
}
const bases = ['--old-base', 'oci:in:old', '--new-base', 'oci:in:new']

test('all five kinds of conflict are found before anything is written, and a hidden package database is refused', async context => {
  const at = { cwd: places(scratch(context)) }
  const { status, stdout, stderr } = await peel(['rebase', 'oci:in:app', 'oci:out:1', ...bases], at)
  assert.equal(status, 3)
  assert.match(stderr, /package database "\/var\/lib\/dpkg\/status"/)
  assert.match(stdout, /shadowed {2}\/etc\/conf/)
  assert.equal(existsSync(join(at.cwd, 'out')), false)
  const told = await peel(['rebase', 'oci:in:app', ...bases, '--dry-run', '--json'], at)
  const { conflicts } = JSON.parse(told.stdout) as Body
  assert.deepEqual(conflicts.map(({ kind, path, key }) => `${kind} ${path ?? key}`).sort(), [
    'config config.Cmd',
    'config config.Env.PATH',
    'library srv/tool',
    'removal opt/tools',
    'shadowed etc/conf',
    'shadowed etc/fresh',
    'shadowed etc/passwd',
    'shadowed var/lib/dpkg/status',
    'user etc/passwd',
  ])
  const detail = (kind: string) => conflicts.find(each => each.kind === kind)?.detail
  assert.match(detail('library') ?? '', /\/lib\/ld-old\.so, libold\.so\.1$/)
  assert.match(detail('removal') ?? '', /opt\/tools\/b$/)
  assert.match(detail('user') ?? '', /newuser$/)
})

test('an accepted rebase keeps the image’s layers byte for byte on the new base’s and merges the config', async context => {
  const at = { cwd: places(scratch(context)) }
  const accept = ['--accept', '/var/lib/dpkg']
  const { status, stdout, stderr } = await peel(['rebase', 'oci:in:app', 'oci:out:1', ...bases, ...accept, '--json'], at)
  assert.equal(status, 0, stderr)
  const { layers } = JSON.parse(stdout) as Body
  assert.deepEqual(
    layers.map(({ digest }) => digest),
    [image.layers[0], newBase.layers[0], image.layers[1]].map(each => each?.digest),
  )
  const { stdout: told } = await peel(['inspect', 'oci:out:1', '--json'], at)
  const made = (JSON.parse(told) as { config: { config: { Env: string[]; Cmd: string[] }; history: unknown[] } }).config
  assert.deepEqual(made.config.Env, ['PATH=/usr/bin', 'OWN=1'])
  assert.deepEqual(made.config.Cmd, ['mine'])
  assert.deepEqual(made.history, [{ created_by: 'layer 1' }, { created_by: 'layer 2' }])
  assert.equal((await peel(['verify', 'oci:out:1'], at)).status, 0)
  assert.equal((await peel(['cat', 'oci:out:1', '/etc/conf'], at)).stdout, 'mine')
})

test('a base that was recompressed is found by its DiffIDs; another base is refused', async context => {
  const directory = scratch(context)
  const blob = [...(oldBase.blobs.get(oldBase.layers[0]?.digest ?? '') ?? [])]
  const again = layerFixture([], { tar: OLD.tar, blob: gzipSync(gunzipSync(Buffer.from(blob)), { level: 1 }) })
  const packed = imageFixture([again])
  const clean = imageFixture([OLD, layerFixture({ 'srv/x': 'x' })])
  writeLayout(join(directory, 'in'), { app: clean, old: packed, new: newBase })
  const at = { cwd: directory }
  assert.equal((await peel(['rebase', 'oci:in:app', 'oci:out:1', ...bases], at)).status, 0)
  const wrong = await peel(['rebase', 'oci:in:app', 'oci:out:2', '--old-base', 'oci:in:new', '--new-base', 'oci:in:old'], at)
  assert.equal(wrong.status, 3)
  assert.match(wrong.stderr, /layer 1 is not the old base's/)
  assert.equal((await peel(['rebase', 'oci:in:app', 'oci:out:2', '--new-base', 'oci:in:old'], at)).status, 2)
  assert.equal((await peel(['rebase', 'oci:in:app', 'oci:out:2'], at)).status, 2)
})

test('an index is rebased whole, each image on its platform of the base', async context => {
  const directory = scratch(context)
  const on = (architecture: string) => ({ platform: { os: 'linux', architecture } })
  const layer = (text: string) => layerFixture({ 'base/file': text })
  const app = layerFixture({ 'app/file': 'app' })
  const each = (make: (architecture: string) => ImageFixture) => indexFixture(['amd64', 'arm64'].map(make))
  writeLayout(join(directory, 'in'), {
    app: each(name => imageFixture([layer(`old ${name}`), app], on(name))),
    old: each(name => imageFixture([layer(`old ${name}`)], on(name))),
    new: each(name => imageFixture([layer(`new ${name}`)], on(name))),
  })
  const at = { cwd: directory }
  const { status, stderr } = await peel(['rebase', 'oci:in:app', 'oci:out:1', ...bases], at)
  assert.equal(status, 0, stderr)
  for (const name of ['amd64', 'arm64']) {
    const { stdout } = await peel(['cat', 'oci:out:1', '/base/file', '--platform', `linux/${name}`], at)
    assert.equal(stdout, `new ${name}`)
  }
  const root = JSON.parse(readFileSync(join(directory, 'out/index.json'), 'utf8')) as { manifests: { mediaType: string }[] }
  assert.match(root.manifests[0]?.mediaType ?? '', /index/)
})
