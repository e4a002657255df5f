import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, OCI_LAYER } from '../../src/blob/media-type.ts'
import { readBlob } from '../../src/blob/read.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import type { Edit } from '../../src/rebuild/edit.ts'
import { formatPlan, parsePlan } from '../../src/rebuild/plan.ts'
import type { RebuiltImage } from '../../src/rebuild/rebuilt-image.ts'
import { compileExpression } from '../../src/session/compile-expression.ts'
import { createWorkshop } from '../../src/session/workshop.ts'
import { createCompressPool } from '../../src/worker/compress-pool.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { corpusTest } from '../kit/corpus.ts'
import { type ImageFixture, imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { collect, layerFacts } from '../kit/image/local-image.ts'
import { noise } from '../kit/noise.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { onlyImage, rebuilt, rebuiltSource, treeLines } from '../kit/rebuild/rebuild.ts'
import { schemaProblems } from '../kit/spec/schema.ts'

const LAYERS = [
  layerFixture({ 'etc/': '', 'etc/passwd': 'root', 'usr/': '', 'usr/a.pyc': 'code', 'usr/big': { content: noise(20_000) } }),
  layerFixture({
    'etc/': '',
    'etc/shadow': 'secret',
    'var/': '',
    'var/log': { content: 'l'.repeat(5000), mtime: 2_000_000_000 },
  }),
  layerFixture({ 'var/': '', 'var/.wh.log': '', 'etc/': '', 'etc/passwd': 'changed' }),
]
const image = imageFixture(LAYERS)

/** The rules of semantics.md for a written image, rule by rule, where the laws and the peers do not say it already. */
describe('writing a squashed layer', () => {
  const workshop = memoryWorkshop()

  async function made(
    context: TestContext,
    fixture: ImageFixture | BlobSource,
    edits: readonly Edit[],
  ): Promise<{ image: RebuiltImage; source: BlobSource; target: BlobSource }> {
    const source = 'blobs' in fixture ? memorySource(fixture) : fixture
    const done = await rebuilt(source, edits, workshop, { compile: compileExpression })
    context.after(() => done[Symbol.asyncDispose]())
    return { image: done, source, target: await rebuiltSource(done, source) }
  }
  const codes = (done: RebuiltImage) => done.diagnostics.map(({ code }) => code)
  const refused = (fixture: ImageFixture | BlobSource, edits: readonly Edit[], code: string) =>
    assert.rejects(rebuilt('blobs' in fixture ? memorySource(fixture) : fixture, edits, workshop), { code })

  test('1: what cannot be shown again is refused', async () => {
    // A kept layer that links into the bookkeeping of a layer that is squashed away.
    const linked = imageFixture([
      layerFixture({ '.wh..wh.plnk/1.2': 'shared', a: 'a' }),
      layerFixture({ b: 'b' }),
      layerFixture({ c: { flag: '1', link: '.wh..wh.plnk/1.2' } }),
    ])
    await refused(linked, [{ type: 'squash', from: 0, to: 1 }], 'VERIFICATION_FAILED')
  })

  test('7: squashing twice changes nothing, and so does a range of one layer', async context => {
    const once = await made(context, image, [{ type: 'squash' }])
    for (const edits of [[{ type: 'squash' }], [{ type: 'squash', from: 0, to: 0 }]] as const) {
      const twice = await made(context, once.target, edits)
      assert.equal(twice.image.changed, false)
      assert.equal(twice.image.descriptor.digest, once.image.descriptor.digest)
    }
  })

  test('7: the same digest with any number of threads, on every run, and from a saved plan', async () => {
    const edits: readonly Edit[] = [
      { type: 'squash', from: 0, to: 1 },
      { type: 'remove', match: '*.pyc' },
      { type: 'set', setting: 'env.A=1' },
      { type: 'compress', compression: 'zstd' },
    ]
    // More than one block of the compression.
    const large = imageFixture([layerFixture({ big: { content: noise(1_200_000) } }), ...LAYERS])
    const digests = new Set<string>()
    for (const size of [1, 3]) {
      const pool = createLayerPool({ size })
      const own = createWorkshop(pool, { compressPool: createCompressPool({ size }) })
      const options = { compile: compileExpression }
      const done = await rebuilt(memorySource(large), parsePlan(formatPlan({ edits })).edits, own, options)
      digests.add(done.descriptor.digest)
      await done[Symbol.asyncDispose]()
      await own[Symbol.asyncDispose]()
      await pool.close()
    }
    assert.equal(digests.size, 1)
  })

  test('8: a Docker image stays one, its layers are gzip', async context => {
    const docker = imageFixture(
      LAYERS.map(layer => ({ ...layer, mediaType: `${DOCKER_LAYER}.gzip` })),
      { manifest: { mediaType: DOCKER_MANIFEST, unknown: { kept: 1 } } },
    )
    const { image: done } = await made(context, docker, [{ type: 'squash', from: 1, to: 2 }])
    const manifest = JSON.parse(Buffer.from(done.outputs.at(-1)?.from as Uint8Array).toString())
    assert.deepEqual(
      [done.descriptor.mediaType, manifest.mediaType, ...manifest.layers.map((layer: { mediaType: string }) => layer.mediaType)],
      [DOCKER_MANIFEST, DOCKER_MANIFEST, `${DOCKER_LAYER}.gzip`, `${DOCKER_LAYER}.gzip`],
    )
    assert.deepEqual(manifest.unknown, { kept: 1 })
    await refused(docker, [{ type: 'squash' }, { type: 'compress', compression: 'zstd' }], 'MEDIA_TYPE_UNSUPPORTED')
    const oci = await made(context, docker, [
      { type: 'squash' },
      { type: 'compress', compression: 'zstd' },
      { type: 'format', family: 'oci' },
    ])
    assert.equal(oci.image.layers[0]?.blob?.mediaType, `${OCI_LAYER}+zstd`)
  })

  test('8: OCI to Docker and back keeps the config and every layer', async context => {
    const docker = await made(context, image, [{ type: 'format', family: 'docker' }])
    assert.deepEqual(
      new Set((await documents(docker.target)).map(({ mediaType }) => mediaType)),
      new Set([DOCKER_CONFIG, `${DOCKER_LAYER}.gzip`]),
    )
    const back = await made(context, docker.target, [{ type: 'format', family: 'oci' }])
    assert.deepEqual(await documents(back.target), await documents(memorySource(image)))
  })

  test('9: untouched layers are the same blobs; what sharing it costs is said', async context => {
    const { image: done, target } = await made(context, image, [{ type: 'squash', from: 1, to: 2 }])
    assert.equal(done.layers[0]?.planned.type, 'keep')
    const [kept] = image.layers
    assert.ok(kept)
    assert.ok((await collect(readBlob(target, kept))).equals(image.blobs.get(kept.digest) ?? Buffer.alloc(0)))
    assert.equal(done.lostSharing, (image.layers[1]?.size ?? 0) + (image.layers[2]?.size ?? 0))
    assert.deepEqual(codes(done), [])
  })

  test('9: a result that is larger than what it replaced says so', async context => {
    const small = imageFixture([
      layerFixture({ 'a/': { mode: 0o700 }, 'a/b/': '', 'a/b/c/': '' }),
      layerFixture({ x: '1' }),
      layerFixture({ 'a/b/c/d': '1' }, { compression: 'zstd' }),
    ])
    const { image: done } = await made(context, small, [
      { type: 'squash', from: 1, to: 2 },
      { type: 'compress', compression: 'none' },
    ])
    assert.deepEqual(codes(done), ['LAYER_LARGER'])
  })

  test('11: encrypted, unknown, missing and damaged layers in the range are refused; outside it they stay', async context => {
    const [first = LAYERS[0], second = LAYERS[1]] = LAYERS
    assert.ok(first && second)
    const all: readonly Edit[] = [{ type: 'squash' }]
    const odd = (mediaType: string) => imageFixture([first, { ...second, mediaType }])
    await refused(odd(`${OCI_LAYER}+gzip+encrypted`), all, 'LAYER_UNREADABLE')
    await refused(odd('application/vnd.erofs.layer.v1'), all, 'LAYER_UNREADABLE')
    const cut = imageFixture([first, { ...second, tar: second.tar.subarray(0, 1600), compression: 'none' }])
    await refused(cut, all, 'LAYER_DAMAGED')
    for (const foreign of ['', 'nondistributable.']) {
      const fixture = odd(`application/vnd.oci.image.layer.${foreign}v1.tar+gzip`)
      const blobs = new Map([...fixture.blobs].filter(([digest]) => digest !== fixture.layers[1]?.digest))
      await refused({ ...fixture, blobs }, all, 'BLOB_MISSING')
    }
    for (const fixture of [odd(`${OCI_LAYER}+gzip+encrypted`), odd('application/vnd.erofs.layer.v1')]) {
      const { image: done } = await made(context, fixture, [{ type: 'set', setting: 'user=1' }])
      assert.ok(done.changed)
    }
  })

  test('a removal takes the bytes out of every layer: path, glob, filter, expression, preset', async context => {
    const finds: readonly [Edit, RegExp][] = [
      [{ type: 'remove', match: '/etc/shadow' }, /^etc\/shadow$/],
      [{ type: 'remove', match: 'etc' }, /^etc(\/|$)/],
      [{ type: 'remove', match: '*.pyc' }, /\.pyc$/],
      [{ type: 'remove', match: 'size:>4k type:file' }, /^(usr\/big|var\/log)$/],
      [{ type: 'remove', expression: '/^var\\/l/' }, /^var\/log$/],
      [{ type: 'remove', preset: 'python-bytecode' }, /\.pyc$/],
    ]
    for (const [edit, gone] of finds) {
      const { image: done, source, target } = await made(context, image, [edit])
      for (let upTo = 1; upTo <= LAYERS.length; upTo++) {
        const wanted = (await treeLines(source, workshop, 'overlay', upTo)).filter(line => !gone.test(JSON.parse(line)[0]))
        assert.deepEqual(await treeLines(target, workshop, 'overlay', upTo), wanted, JSON.stringify(edit))
      }
      assert.ok((done.removed[0]?.paths ?? 0) > 0 && (done.removed[0]?.bytes ?? 0) > 0)
    }
    await refused(image, [{ type: 'remove', path: '/' }], 'FILTER_INVALID')
    const none = await made(context, image, [{ type: 'remove', match: '/etc/passw' }])
    assert.deepEqual([none.image.changed, codes(none.image)], [false, ['NOTHING_TO_REMOVE']])
  })

  test('a dropped layer takes its history and DiffID along; nothing else changes', async context => {
    const { image: done, target } = await made(context, image, [{ type: 'drop-layer', position: 1 }])
    const { config, layers } = await onlyImage(target)
    const before = await onlyImage(memorySource(image))
    assert.deepEqual(
      layers.map(({ diffID }) => diffID),
      [before.layers[0]?.diffID, before.layers[2]?.diffID],
    )
    assert.deepEqual((JSON.parse(Buffer.from(config?.raw ?? []).toString()) as { history: unknown }).history, [
      { created_by: 'layer 1' },
      { created_by: 'layer 3' },
    ])
    assert.deepEqual(
      done.layers.map(({ planned }) => planned.type),
      ['keep', 'drop', 'keep'],
    )
  })

  test('clamped times: no later one in a layer that had one, the other layers stay', async context => {
    const { image: done, source, target } = await made(context, image, [{ type: 'clamp-times', to: 1_999_999_999 }])
    assert.deepEqual(
      done.layers.map(({ planned }) => planned.type),
      ['keep', 'write', 'keep'],
    )
    const clamped = (line: string) => line.replace('2000000000', '1999999999')
    assert.deepEqual(
      await treeLines(target, workshop, 'overlay', 2),
      (await treeLines(source, workshop, 'overlay', 2)).map(clamped),
    )
  })

  corpusTest('every written document holds to the specification’s schemas', async context => {
    const plans: readonly (readonly Edit[])[] = [
      [{ type: 'squash' }],
      [
        { type: 'squash', from: 1, to: 2 },
        { type: 'compress', compression: 'zstd' },
      ],
      [{ type: 'compress', compression: 'none', every: true }],
      [
        { type: 'remove', match: 'etc' },
        { type: 'clamp-times', to: 0 },
      ],
      ['user=1', 'ports=80', 'volumes=/v', 'cmd=[]', 'env.A=1', 'label.a=b', 'annotation.a=b', 'stopsignal=9'].map(setting => ({
        type: 'set',
        setting,
      })),
      [{ type: 'drop-layer', position: 0 }],
    ]
    await refused(
      image,
      LAYERS.map((_, position) => ({ type: 'drop-layer', position })),
      'PLAN_INVALID',
    )
    for (const edits of plans) {
      const { target } = await made(context, image, edits)
      const { manifest, config } = await onlyImage(target)
      assert.deepEqual(
        schemaProblems('image-manifest', JSON.parse(Buffer.from(manifest.raw).toString())),
        [],
        JSON.stringify(edits),
      )
      assert.deepEqual(schemaProblems('config', JSON.parse(Buffer.from(config?.raw ?? []).toString())), [], JSON.stringify(edits))
    }
  })

  test('recompressed: the same tars, DiffIDs and config; a level only where it is asked for', async context => {
    let from: BlobSource = memorySource(image)
    const config = (await onlyImage(from)).config?.raw
    for (const compression of ['zstd', 'none', 'gzip'] as const) {
      const { target, image: done } = await made(context, from, [{ type: 'compress', compression, every: true }])
      assert.ok(done.layers.every(({ planned }) => planned.type === 'recompress'))
      const now = await onlyImage(target)
      assert.deepEqual(now.config?.raw, config)
      for (const { blob, diffID } of now.layers) {
        const facts = await layerFacts(target, blob)
        assert.deepEqual([facts.compression, facts.diffID, facts.odd], [compression, diffID, []])
      }
      from = target
    }
    const same = await made(context, image, [{ type: 'compress', compression: 'gzip', every: true }])
    assert.equal(same.image.changed, false)
    const levelled = await made(context, image, [{ type: 'compress', compression: 'gzip', level: 9, every: true }])
    assert.ok(levelled.image.layers.every(({ planned }) => planned.type === 'recompress'))
  })
})

/** Config and layers, as the manifest points to them. */
async function documents(source: BlobSource): Promise<{ mediaType: string; digest: string; size: number }[]> {
  const { manifest, layers } = await onlyImage(source)
  return [manifest.value.config, ...layers.map(({ blob }) => blob)].map(({ mediaType, digest, size }) => ({
    mediaType,
    digest,
    size,
  }))
}
