import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '../../src/blob/media-type.ts'
import { type Parcel, type SendProgress, sendBlobs } from '../../src/blob/send-blobs.ts'
import type { BlobSink } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'

function parcel(text: string, mediaType: string = OCI_LAYER): Parcel {
  const bytes = Buffer.from(text)
  const half = bytes.length >> 1
  return {
    blob: { mediaType, digest: digestOf(bytes), size: bytes.length },
    async *open() {
      yield bytes.subarray(0, half)
      yield bytes.subarray(half)
    },
  }
}

/** A place that remembers the order things came in and how many were on their way at once. */
class Place implements BlobSink {
  readonly name = 'a place'
  readonly had = new Set<string>()
  readonly arrived: string[] = []
  most = 0
  #running = 0
  /** Does with one blob what a test wants. */
  put = async ({ digest }: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> => {
    this.most = Math.max(this.most, ++this.#running)
    try {
      await turn()
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) {
        signal?.throwIfAborted()
        chunks.push(chunk)
      }
      assert.equal(digestOf(Buffer.concat(chunks)), digest)
      this.arrived.push(digest)
    } finally {
      this.#running--
    }
  }
  async has({ digest }: Descriptor): Promise<boolean> {
    return this.had.has(digest)
  }
  async commit(): Promise<void> {}
  async abort(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

describe('sending blobs', () => {
  test('a few at once, each once, documents last and in their order', async () => {
    const layers = Array.from({ length: 12 }, (_, index) => parcel(`layer ${index}`))
    const documents = [parcel('manifest 1', OCI_MANIFEST), parcel('manifest 2', OCI_MANIFEST), parcel('index', OCI_INDEX)]
    const place = new Place()
    await sendBlobs(
      [...documents.slice(0, 1), ...layers, parcel('layer 3'), ...documents.slice(1), parcel('config', OCI_CONFIG)],
      place,
    )
    assert.equal(place.arrived.length, 16)
    assert.equal(place.most, 4)
    assert.deepEqual(
      place.arrived.slice(-3),
      documents.map(({ blob }) => blob.digest),
    )
  })

  test('progress is told for each blob; what is there and what is read again counts once', async () => {
    const [there, broken, plain] = [parcel('is there'), parcel('breaks once'), parcel('goes through')]
    const place = new Place()
    place.had.add(there.blob.digest)
    const { put } = place
    place.put = async (blob, bytes, signal) => {
      // As an upload does that broke after the first chunk.
      if (blob.digest === broken.blob.digest) for await (const _ of bytes) break
      await put(blob, bytes, signal)
    }
    const told: SendProgress[] = []
    await sendBlobs([there, broken, plain], place, { onProgress: progress => told.push(progress) })
    const total = [there, broken, plain].reduce((sum, { blob }) => sum + blob.size, 0)
    assert.deepEqual(
      { ...told.at(-1), blob: undefined, sent: 0 },
      { done: total, total, arrived: 3, blobs: 3, blob: undefined, sent: 0 },
    )
    assert.ok(told.every(({ done }) => done <= total))
    for (const { blob } of [there, broken, plain]) {
      assert.equal(told.findLast(progress => progress.blob.digest === blob.digest)?.sent, blob.size)
    }
  })

  test('the first failure stops what is on its way and what has not begun, and is the one told', async () => {
    const parcels = Array.from({ length: 9 }, (_, index) => parcel(`layer ${index}`))
    const place = new Place()
    const seen: string[] = []
    place.put = async ({ digest }, _bytes, signal) => {
      seen.push(digest)
      if (digest === parcels[1]?.blob.digest) throw new ImageError('DENIED', 'Cannot push: denied')
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))))
    }
    await assert.rejects(sendBlobs(parcels, place), (error: unknown) => error instanceof ImageError && error.code === 'DENIED')
    assert.equal(seen.length, 4)
  })

  test('a caller that gives up is told so', async () => {
    const stop = new AbortController()
    const place = new Place()
    const { put } = place
    place.put = async (...args) => {
      stop.abort(new Error('enough'))
      await put(...args)
    }
    await assert.rejects(sendBlobs([parcel('a'), parcel('b')], place, { signal: stop.signal }), /enough/)
  })

  test('a file of ours is taken over where a place can', async () => {
    const taken: string[] = []
    const place = Object.assign(new Place(), {
      adopt: async (_blob: Descriptor, file: string) => {
        taken.push(file)
        return file === 'here'
      },
    })
    await sendBlobs(
      [
        { ...parcel('a'), file: 'here' },
        { ...parcel('b'), file: 'elsewhere' },
      ],
      place,
    )
    assert.deepEqual(taken, ['here', 'elsewhere'])
    assert.deepEqual(place.arrived, [parcel('b').blob.digest])
  })

  test('a foreign layer that is not here stays where it is', async () => {
    const foreign = parcel('windows', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')
    const missing: Parcel = {
      ...foreign,
      open: () => {
        throw new ImageError('BLOB_MISSING', 'Cannot read it')
      },
    }
    const left = await sendBlobs([missing, parcel('a')], new Place())
    assert.deepEqual(
      left.map(({ code }) => code),
      ['FOREIGN_LAYER_LEFT'],
    )
  })
})
