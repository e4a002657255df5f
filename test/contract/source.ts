import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { type Digest, digestOf } from '../../src/blob/digest.ts'
import { OCI_LAYER } from '../../src/blob/media-type.ts'
import { readBlob } from '../../src/blob/read.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { type ImageFixture, imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { collect, layerFacts } from '../kit/image/local-image.ts'

/** One kind of place images are read from. `open` puts the images there, under these names, and opens it. */
export type SourceFactory = {
  readonly name: string
  open(context: TestContext, images: Readonly<Record<string, ImageFixture>>): Promise<BlobSource>
  /** Whether blobs lie in files of this machine, so that `locate` must find them. */
  readonly local: boolean
  /** Whether manifests and layers come back byte for byte; a docker-archive has no manifests and plain layers. */
  readonly keepsBytes: boolean
  /** False: the place keeps no names, and the images are those of one index. */
  readonly named?: false
}

/** The contract of every place that images are read from. */
export function sourceContract(factory: SourceFactory): void {
  describe(`source: ${factory.name}`, () => {
    test('lists its images under their names', async context => {
      const { source } = await opened(context, factory)
      const { nodes } = await listImages(source)
      const names = nodes.flatMap(node => node.names)
      for (const name of factory.named === false ? [] : ['one', 'two'])
        assert.ok(
          names.some(each => each === name || each.startsWith(`${name}:`)),
          `${name} in ${names}`,
        )
      assert.equal(imagesOf(nodes).length, 2)
      assert.deepEqual(new Set(imagesOf(nodes).map(node => node.platform?.architecture)), new Set(['amd64', 'arm64']))
    })

    test('opens its images: documents, layers and what is in them', async context => {
      const { source, images } = await opened(context, factory)
      const { nodes } = await listImages(source)
      for (const [index, node] of imagesOf(nodes).entries()) {
        const image = await loadImage(source, node.descriptor)
        assert.deepEqual(image.diagnostics, [])
        const expected = images[index]
        assert.equal(image.layers.length, expected?.layers.length)
        if (factory.keepsBytes)
          assert.deepEqual(
            image.layers.map(layer => layer.blob.digest),
            expected?.layers.map(layer => layer.digest),
          )
        for (const { blob, diffID } of image.layers) assert.equal((await layerFacts(source, blob)).diffID, diffID)
      }
    })

    test('gives every blob and any part of it', async context => {
      const { source } = await opened(context, factory)
      for (const blob of await blobsOf(source)) {
        const whole = await collect(readBlob(source, blob))
        assert.equal(digestOf(whole), blob.digest)
        for (const [offset, length] of [
          [0, 0],
          [0, 1],
          [3, 5],
          [blob.size - 1, 1],
          [blob.size - 2, 100],
          [blob.size, 1],
          [7, undefined],
          [undefined, 5],
        ] as const) {
          const range = { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) }
          const part = await collect(source.fetchUnverified(blob, range))
          assert.ok(
            part.equals(whole.subarray(offset, length === undefined ? undefined : (offset ?? 0) + length)),
            `${offset} ${length}`,
          )
        }
      }
    })

    test('locates what lies in files', async context => {
      const { source } = await opened(context, factory)
      let found = 0
      for (const blob of await blobsOf(source)) {
        const place = await source.locate(blob)
        if (place === undefined) continue
        found++
        const bytes = readFileSync(place.file).subarray(place.offset, place.offset + place.size)
        assert.equal(digestOf(bytes), blob.digest)
      }
      assert.equal(found > 0, factory.local)
    })

    test('says which blob is missing', async context => {
      const { source } = await opened(context, factory)
      const blob: Descriptor = { mediaType: OCI_LAYER, digest: digestOf(Buffer.from('nobody has this')), size: 15 }
      await rejects(collect(source.fetchUnverified(blob)), 'BLOB_MISSING', blob.digest)
      assert.equal(await source.locate(blob), undefined)
    })

    test('a descriptor that is wrong about the size does not read', async context => {
      const { source } = await opened(context, factory)
      for (const blob of await blobsOf(source)) {
        for (const size of [blob.size - 1, blob.size + 1])
          await rejects(collect(readBlob(source, { ...blob, size })), 'BLOB_SIZE_MISMATCH')
      }
    })

    test('never looks up what is no digest', async context => {
      const { source } = await opened(context, factory)
      for (const text of ['sha256:../../../../../etc/passwd', '../..:passwd', 'sha256:ABCD', 'sha256/..:x', '']) {
        const blob = { mediaType: OCI_LAYER, digest: text as Digest, size: 10 }
        await rejects(collect(source.fetchUnverified(blob)), 'DIGEST_INVALID')
        assert.equal(await source.locate(blob).catch(() => undefined), undefined)
      }
    })

    test('stops when it is told to', async context => {
      const { source } = await opened(context, factory)
      const [blob] = await blobsOf(source)
      assert.ok(blob)
      const reason = new Error('enough')
      await assert.rejects(
        collect(source.fetchUnverified(blob, {}, AbortSignal.abort(reason))),
        error => error === reason || (error instanceof Error && error.name === 'AbortError'),
      )
    })

    test('reads many blobs at once, and some only in part', async context => {
      const { source } = await opened(context, factory)
      const blobs = await blobsOf(source)
      await Promise.all([...blobs, ...blobs].map(blob => collect(readBlob(source, blob))))
      for (const blob of blobs) {
        for await (const chunk of source.fetchUnverified(blob)) {
          assert.ok(chunk.byteLength > 0)
          break
        }
      }
    })

    test('closes, more than once', async context => {
      const { source } = await opened(context, factory)
      await source.close()
      await source.close()
    })
  })
}

async function opened(
  context: TestContext,
  factory: SourceFactory,
): Promise<{ source: BlobSource; images: readonly ImageFixture[] }> {
  const big = Buffer.alloc(700_000, 'not very random ')
  const one = imageFixture([
    layerFixture({ 'etc/passwd': 'root' }),
    layerFixture({ 'etc/.wh.passwd': '', big: { content: big } }),
  ])
  const two = imageFixture(
    [layerFixture({ 'bin/sh': '#!' }, { compression: 'none' }), layerFixture({ x: 'y' }, { compression: 'zstd' })],
    {
      platform: { os: 'linux', architecture: 'arm64' },
    },
  )
  const source = await factory.open(context, { one, two })
  context.after(() => source.close())
  return { source, images: [one, two] }
}

/** Manifests, configs and layers of all its images. */
async function blobsOf(source: BlobSource): Promise<readonly Descriptor[]> {
  const blobs: Descriptor[] = []
  for (const node of imagesOf((await listImages(source)).nodes)) {
    const { manifest, layers } = await loadImage(source, node.descriptor)
    blobs.push(manifest.descriptor, manifest.value.config, ...layers.map(layer => layer.blob))
  }
  return blobs
}

async function rejects(promise: Promise<unknown>, code: string, named = ''): Promise<void> {
  await assert.rejects(promise, error => {
    assert.ok(error instanceof ImageError, String(error))
    assert.equal(error.code, code)
    assert.ok(error.message.includes(named))
    return true
  })
}
