import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { readBlob } from '../../src/blob/read.ts'
import type { BlobSink, BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { type ImageFixture, imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { collect, layerFacts } from '../kit/image/local-image.ts'

/** One place of one kind that images are written to. */
export type SinkPlace = {
  /** Opens it for writing, as for the destination tag `name`. */
  open(options?: { readonly name?: string; readonly force?: boolean }): Promise<BlobSink>
  /** Opens what was committed. */
  read(): Promise<BlobSource>
  /** All that another reader can see there: names of files, or tags. */
  visible(): Promise<readonly string[]>
}

export type SinkFactory = {
  readonly name: string
  /** A fresh, empty place. */
  place(context: TestContext): Promise<SinkPlace>
  /** Whether blobs come back byte for byte; a docker-archive unpacks layers. */
  readonly keepsBytes: boolean
  /** Whether an image of a taken name is refused without force: files and layouts do, a registry's tags move. */
  readonly refusesTaken: boolean
  /** Whether more than one image fits. */
  readonly holdsMany: boolean
}

const NAME = 'app:1'

/** The contract of every place that images are written to. */
export function sinkContract(factory: SinkFactory): void {
  describe(`sink: ${factory.name}`, () => {
    test('what was put and committed reads back', async context => {
      const place = await factory.place(context)
      const image = fixture('first')
      const sink = await place.open({ name: NAME })
      await putAll(sink, image)
      await sink.commit(image.descriptor, NAME)
      await sink.abort()
      await same(factory, context, await place.read(), image)
    })

    test('nothing is visible before the commit, and abort leaves no trace', async context => {
      const place = await factory.place(context)
      const before = await place.visible()
      const sink = await place.open({ name: NAME })
      await putAll(sink, fixture('gone'))
      assert.deepEqual(await place.visible(), before)
      await sink.abort()
      await sink.abort()
      assert.deepEqual(await place.visible(), before)
    })

    test('knows what it holds', async context => {
      const place = await factory.place(context)
      const image = fixture('held')
      const sink = await place.open({ name: NAME })
      const [layer] = image.layers
      assert.ok(layer)
      assert.equal(await sink.has(layer), false)
      await put(sink, image, layer)
      assert.equal(await sink.has(layer), true)
      // Again is no harm, whether the bytes are asked for or not.
      await put(sink, image, layer)
      await sink.abort()
    })

    test('refuses bytes that are not the blob, and goes on', async context => {
      const place = await factory.place(context)
      const image = fixture('checked')
      const sink = await place.open({ name: NAME })
      const [layer] = image.layers
      assert.ok(layer)
      const bytes = image.blobs.get(layer.digest) ?? Buffer.alloc(0)
      const changed = Buffer.from(bytes)
      changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 0x40
      await rejects(sink.put(layer, chunks(changed)), /^(BLOB_DIGEST_MISMATCH|COMPRESSION_DAMAGED)$/)
      await rejects(sink.put(layer, chunks(bytes.subarray(0, -1))), /^(BLOB_SIZE_MISMATCH|COMPRESSION_DAMAGED)$/)
      await rejects(sink.put(layer, chunks(Buffer.concat([bytes, Buffer.from('x')]))), /^BLOB_SIZE_MISMATCH$/)
      await putAll(sink, image)
      await sink.commit(image.descriptor, NAME)
      await same(factory, context, await place.read(), image)
    })

    test('hands on what the bytes fail with', async context => {
      const place = await factory.place(context)
      const before = await place.visible()
      const sink = await place.open({ name: NAME })
      const image = fixture('cut')
      const [layer] = image.layers
      assert.ok(layer)
      const failure = new ImageError('CONNECTION_LOST', 'Cannot read the blob: the line is dead')
      await assert.rejects(
        sink.put(layer, failing(image.blobs.get(layer.digest) ?? Buffer.alloc(0), failure)),
        error => error === failure,
      )
      await sink.abort()
      assert.deepEqual(await place.visible(), before)
    })

    test('stops when it is told to, and leaves nothing', async context => {
      const place = await factory.place(context)
      const before = await place.visible()
      const sink = await place.open({ name: NAME })
      const image = fixture('stopped')
      const [layer] = image.layers
      assert.ok(layer)
      const controller = new AbortController()
      const reason = new Error('stop')
      async function* slow(): AsyncGenerator<Uint8Array> {
        yield (image.blobs.get(layer?.digest ?? '') ?? Buffer.alloc(0)).subarray(0, 10)
        controller.abort(reason)
        yield Buffer.alloc(1)
      }
      await assert.rejects(sink.put(layer, slow(), controller.signal))
      await sink.abort()
      assert.deepEqual(await place.visible(), before)
    })

    test('takes many blobs at once', async context => {
      const place = await factory.place(context)
      const image = fixture('crowd', 8)
      const sink = await place.open({ name: NAME })
      await Promise.all([...image.layers, ...image.layers].map(layer => put(sink, image, layer)))
      await putAll(sink, image)
      await sink.commit(image.descriptor, NAME)
      await same(factory, context, await place.read(), image)
    })

    test('a name that is taken is refused without force', { skip: !factory.refusesTaken }, async context => {
      const place = await factory.place(context)
      const [first, second] = [fixture('first'), fixture('second')]
      await write(place, first)
      // Where the place can tell images apart, the commit sees whether it is the same one.
      await rejects(write(place, second), /^DESTINATION_EXISTS$/)
      await same(factory, context, await place.read(), first)
      await write(place, second, { force: true })
      await same(factory, context, await place.read(), second)
    })

    test('other images stay where they are', { skip: !factory.holdsMany }, async context => {
      const place = await factory.place(context)
      const [first, second] = [fixture('first'), fixture('second')]
      await write(place, first, { name: 'first:1' })
      await write(place, second, { name: 'second:1' })
      const source = await place.read()
      context.after(() => source.close())
      const found = imagesOf((await listImages(source)).nodes).map(node => node.descriptor.digest)
      for (const image of [first, second]) assert.ok(found.includes(image.descriptor.digest))
      for (const image of [first, second]) for (const layer of image.layers) await collect(readBlob(source, layer))
    })
  })
}

function fixture(mark: string, layers = 2): ImageFixture {
  const compressions = ['gzip', 'none', 'zstd'] as const
  return imageFixture(
    Array.from({ length: layers }, (_, index) =>
      layerFixture(
        { 'etc/mark': `${mark} ${index}`, big: { content: Buffer.alloc(300_000, `${mark}${index} `) } },
        { compression: compressions[index % 3] ?? 'none' },
      ),
    ),
  )
}

async function write(place: SinkPlace, image: ImageFixture, { name = NAME, force = false } = {}): Promise<void> {
  const sink = await place.open({ name, force })
  try {
    await putAll(sink, image)
    await sink.commit(image.descriptor, name)
  } finally {
    await sink.abort()
  }
}

async function putAll(sink: BlobSink, image: ImageFixture): Promise<void> {
  const manifest = JSON.parse((image.blobs.get(image.descriptor.digest) ?? '').toString())
  for (const blob of [...image.layers, manifest.config, image.descriptor]) {
    if (!(await sink.has(blob))) await put(sink, image, blob)
  }
}

function put(sink: BlobSink, image: ImageFixture, blob: Descriptor): Promise<void> {
  return sink.put(blob, memorySource(image).fetchUnverified(blob))
}

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096)
}

async function* failing(bytes: Buffer, failure: Error): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 100)
  throw failure
}

async function rejects(promise: Promise<unknown>, code: RegExp): Promise<void> {
  await assert.rejects(promise, error => error instanceof ImageError && code.test(error.code))
}

/** The place holds this image under `NAME`, whole. */
async function same(factory: SinkFactory, context: TestContext, source: BlobSource, expected: ImageFixture): Promise<void> {
  context.after(() => source.close())
  const nodes = imagesOf((await listImages(source)).nodes)
  const node = nodes.find(each => each.names.some(name => name.endsWith(NAME))) ?? nodes[0]
  assert.ok(node)
  assert.ok(node.names.some(name => name.endsWith(NAME)) || !factory.holdsMany || node.names.length === 0, String(node.names))
  const image = await loadImage(source, node.descriptor)
  if (factory.keepsBytes) {
    assert.equal(node.descriptor.digest, expected.descriptor.digest)
    for (const [digest, bytes] of expected.blobs) {
      const blob = [image.descriptor, image.manifest.value.config, ...image.layers.map(layer => layer.blob)].find(
        each => each.digest === digest,
      )
      assert.ok(blob)
      assert.ok((await collect(readBlob(source, blob))).equals(bytes))
    }
  }
  assert.equal(
    image.manifest.value.config.digest,
    JSON.parse((expected.blobs.get(expected.descriptor.digest) ?? '').toString()).config.digest,
  )
  assert.equal(image.layers.length, expected.layers.length)
  for (const { blob, diffID } of image.layers) assert.equal((await layerFacts(source, blob)).diffID, diffID)
  assert.equal(digestOf(image.manifest.raw), node.descriptor.digest)
}
