import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readZtoc } from '../../src/artifact/soci/read-ztoc.ts'
import { ztocsByLayer } from '../../src/artifact/soci/soci-index.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { type ImageFixture, imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

/** A layer of 18 MB and a small one above. */
const files = Array.from({ length: 9 }, (_, index) => ({
  name: `data/${index}`,
  content: noise(2_000_000, String(index)),
  mode: 0o640,
}))
const image = imageFixture([
  layerFixture([{ name: 'data/' }, ...files, { name: 'link', flag: '2', link: 'data/3' }]),
  layerFixture({ top: 'x' }),
])
const [large] = image.layers

describe('peel soci', () => {
  let registry: TestRegistry
  let directory = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-soci-'))
    registry = await TestRegistry.start({ referrers: 'api', subjectHeader: true })
    registry.store.add('app', 'latest', image)
    registry.store.add('plain', 'latest', image)
    const attached = await run('soci', 'app')
    assert.equal(attached.status, 0, attached.stderr)
    const layout = writeLayout(join(directory, 'layout'), { one: image })
    const copied = await peel(['soci', `oci:${layout}:one`, `docker://${registry.host}/two:latest`, '--insecure'], { env: env() })
    assert.equal(copied.status, 0, copied.stderr)
  })
  after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })

  const env = () => ({ XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' })
  /** The output of the command, and the bytes that the registry sent for it. */
  const run = async (command: string, name: string, ...args: string[]) => {
    const start = registry.seen.length
    const result = await peel([command, `${registry.host}/${name}`, ...args], { env: env() })
    const seen = registry.seen.slice(start)
    const ofLayer = seen.filter(({ path }) => path.includes(large?.digest ?? '')).reduce((sum, each) => sum + each.answerBytes, 0)
    const all = seen.reduce((sum, { answerBytes }) => sum + answerBytes, 0)
    return { ...result, ofLayer, all }
  }

  for (const [name, version] of [
    ['app', 1],
    ['two', 2],
  ] as const) {
    test(`an index of version ${version}: ls reads none of the layer, cat a span or two, and says it is not proven`, async () => {
      const listed = await run('ls', name, '--no-cache', '--verbose')
      assert.deepEqual([listed.status, listed.ofLayer], [0, 0], listed.stderr)
      // Of the index its head is read: each of its checkpoints has 32 KiB.
      assert.ok(listed.all < 30_000, `${listed.all} bytes`)
      assert.match(listed.stderr, /Listed by its SOCI index, not proven/)
      const plain = await run('ls', 'plain', '--long', '--no-cache')
      assert.equal((await run('ls', name, '--long', '--no-cache')).stdout, plain.stdout)
      assert.ok(plain.ofLayer >= (large?.size ?? 0))
      const cat = await run('cat', name, 'link', '--no-cache')
      assert.ok(cat.bytes.equals(noise(2_000_000, '3')), cat.stderr)
      assert.ok(cat.ofLayer > 0 && cat.ofLayer < (large?.size ?? 0) / 2, `${cat.ofLayer} of ${large?.size}`)
    })

    test(`an index of version ${version}: every file is what it is, in one go and alone`, async () => {
      const cat = await peel(['cat', `${registry.host}/${name}`, 'data/7', '--no-cache'], { env: env() })
      assert.ok(cat.bytes.equals(noise(2_000_000, '7')), cat.stderr)
      const verified = await run('verify', name)
      assert.equal(verified.status, 0, verified.stdout)
    })
  }

  test('the index of version 2 stands in the image index, named by the manifest, and is no platform', async () => {
    const tag = registry.store.find('two', 'latest')
    const index = JSON.parse(tag?.bytes.toString() ?? '')
    const [entry, soci] = index.manifests
    assert.deepEqual([index.manifests.length, soci.artifactType], [2, 'application/vnd.amazon.soci.index.v2+json'])
    assert.equal(soci.annotations['com.amazon.soci.image-manifest-digest'], entry.digest)
    const manifest = JSON.parse(registry.store.find('two', entry.digest)?.bytes.toString() ?? '')
    assert.equal(manifest.annotations['com.amazon.soci.index-digest'], soci.digest)
    assert.deepEqual(
      manifest.layers.map((layer: { digest: string }) => layer.digest),
      image.layers.map(({ digest }) => digest),
    )
    const inspected = await run('inspect', 'two', '--json', '--platform', 'linux/amd64')
    assert.equal(JSON.parse(inspected.stdout).digest, entry.digest)
    const tocs = ztocsByLayer(JSON.parse(registry.store.find('two', soci.digest)?.bytes.toString() ?? '').layers)
    const toc = large === undefined ? undefined : tocs.get(large.digest)
    const bytes = registry.store.repository('two').blobs.get(toc?.digest ?? '') ?? Buffer.alloc(0)
    assert.equal(readZtoc(bytes).spans.compressedSize, large?.size)
    assert.ok(bytes.length < 18_000_000 * 0.02, `${bytes.length} bytes of index`)
  })

  test('in a layout the index hangs on the image without a name; small layers have none', async () => {
    const layout = writeLayout(join(directory, 'own'), { one: image })
    const { status, stderr, stdout } = await peel(['soci', `oci:${layout}:one`, '--json'], { env: env() })
    assert.equal(status, 0, stderr)
    const { version, images } = JSON.parse(stdout)
    assert.deepEqual(
      [version, images[0].layers.map((layer: { skipped?: string }) => layer.skipped)],
      [1, [undefined, 'it is small']],
    )
    const referrers = await peel(['referrers', `oci:${layout}:one`, '--json'], { env: env() })
    assert.equal(JSON.parse(referrers.stdout).referrers[0].artifactType, 'application/vnd.amazon.soci.index.v1+json')
    assert.equal((await peel(['cat', `oci:${layout}:one`, 'top'], { env: env() })).stdout, 'x')
  })

  test('an image without a layer worth it is refused', async () => {
    const small: ImageFixture = imageFixture([layerFixture({ a: 'b' })])
    const layout = writeLayout(join(directory, 'small'), { one: small })
    const { status, stderr } = await peel(['soci', `oci:${layout}:one`], { env: env() })
    assert.equal(status, 3)
    assert.match(stderr, /no layer is one that it would help/)
  })

  test('a lying index is found out, and the layer read instead', async () => {
    const repository = registry.store.repository('app')
    // The layer's bytes are others than those that the index was made of: its spans' digests do not fit.
    const other = imageFixture([
      layerFixture([
        { name: 'data/' },
        ...files.map((file, index) => ({ ...file, content: noise(2_000_000, `x${index}`) })),
        { name: 'link', flag: '2', link: 'data/3' },
      ]),
      layerFixture({ top: 'x' }),
    ])
    registry.store.add('lie', 'latest', other)
    const lying = [...repository.manifests].find(([, { bytes }]) => bytes.includes('soci.index.v1'))
    const manifest = JSON.parse(lying?.[1].bytes.toString() ?? '{}')
    for (const layer of manifest.layers) {
      layer.annotations['com.amazon.soci.image-layer-digest'] = other.layers[0]?.digest
      registry.store.repository('lie').blobs.set(layer.digest, repository.blobs.get(layer.digest) ?? Buffer.alloc(0))
    }
    manifest.subject = { ...manifest.subject, digest: other.descriptor.digest, size: other.descriptor.size }
    registry.store.putManifest(
      'lie',
      digestOf(Buffer.from(JSON.stringify(manifest))),
      Buffer.from(JSON.stringify(manifest)),
      manifest.mediaType,
    )
    const cat = await peel(['cat', `${registry.host}/lie`, 'data/5', '--no-cache'], { env: env() })
    assert.ok(cat.bytes.equals(noise(2_000_000, 'x5')), cat.stderr)
  })
})
