import type { Diagnostic } from '../error.ts'
import { type Descriptor, sizeOfBlobs } from './descriptor.ts'
import { isVerifiable } from './digest.ts'
import { foreignLeft } from './foreign-layer.ts'
import { isIndexOrManifest } from './media-type.ts'
import { unverifiable } from './read.ts'
import type { BlobSink } from './source.ts'

/** A blob to send. Its bytes are opened anew each time a sink reads them: what broke on the way starts again. */
export type Parcel = {
  readonly blob: Descriptor
  readonly open: (signal: AbortSignal) => AsyncIterable<Uint8Array>
  /** Where the bytes lie on this machine under a name that may be taken over. */
  readonly file?: string | undefined
}

/** How far sending is, in bytes; blobs that the place had already count as sent. */
export type SendProgress = {
  readonly done: number
  readonly total: number
  /** Blobs that are there, of so many. */
  readonly arrived: number
  readonly blobs: number
  /** The blob that moved, and how much of it was sent. */
  readonly blob: Descriptor
  readonly sent: number
}

export type SendOptions = {
  readonly onProgress?: ((progress: SendProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Send blobs under digests that cannot be computed here as well, unchecked. */
  readonly allowUnverified?: boolean | undefined
}

/** Blobs on their way at once (registry.md 3.7: 3 to 6 requests to a host). */
const PARALLEL = 4

/**
 * Sends blobs to a place, each once and only where it lacks them: layers and configs a few at a time, then manifests and
 * indexes one after the other as they are listed, which must be children first. The first failure stops what is on its way.
 * A blob under a digest whose algorithm cannot be computed here is refused before anything is sent, for any bytes would do: a
 * stranger's layout could have this user's own files sent away under such a name.
 * @returns foreign layers that are not here and stay where they are
 * @throws ImageError `DIGEST_UNVERIFIABLE`, those of the sink and of opening the bytes
 */
export async function sendBlobs(
  parcels: readonly Parcel[],
  sink: BlobSink,
  { onProgress, signal, allowUnverified }: SendOptions = {},
): Promise<readonly Diagnostic[]> {
  const distinct = [...new Map(parcels.map(parcel => [parcel.blob.digest, parcel])).values()]
  const unknown = distinct.find(({ blob }) => !isVerifiable(blob.digest))
  if (unknown !== undefined && allowUnverified !== true) throw unverifiable('copy', unknown.blob)
  const tally = new Tally(distinct, onProgress)
  const stop = new AbortController()
  const until = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const left: Diagnostic[] = []
  const work = async (queue: Parcel[]) => {
    try {
      for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) {
        until.throwIfAborted()
        const diagnostic = await send(parcel, sink, tally, until)
        if (diagnostic !== undefined) left.push(diagnostic)
      }
    } catch (thrown) {
      // Those on their way end with the same reason, which is the one that is told.
      stop.abort(thrown)
      throw until.reason
    }
  }
  const together = async (queue: Parcel[], workers: number) => {
    const results = Array.from({ length: workers }, () => work(queue))
    for (const result of await Promise.allSettled(results)) if (result.status === 'rejected') throw result.reason
  }
  const { documents = [], blobs = [] } = Object.groupBy(distinct, parcel =>
    isIndexOrManifest(parcel.blob.mediaType) ? 'documents' : 'blobs',
  )
  await together(blobs, PARALLEL)
  await together(documents, 1)
  signal?.throwIfAborted()
  return left
}

async function send(
  { blob, open, file }: Parcel,
  sink: BlobSink,
  tally: Tally,
  signal: AbortSignal,
): Promise<Diagnostic | undefined> {
  try {
    const there = (await sink.has(blob, signal)) || (file !== undefined && (await sink.adopt?.(blob, file)) === true)
    if (!there) await sink.put(blob, tally.counting(blob, open, signal), signal)
  } catch (thrown) {
    const left = foreignLeft(blob, thrown)
    tally.arrived(blob)
    return left
  }
  tally.arrived(blob)
  return undefined
}

/** Bytes sent of each blob. One that is read again from its start, after a setback, counts again from its start. */
class Tally {
  readonly #onProgress: SendOptions['onProgress']
  readonly #sent = new Map<string, number>()
  readonly #total: number
  readonly #blobs: number
  #done = 0
  #arrived = 0

  constructor(parcels: readonly Parcel[], onProgress: SendOptions['onProgress']) {
    this.#onProgress = onProgress
    this.#blobs = parcels.length
    this.#total = sizeOfBlobs(parcels)
  }

  /** No generator: sinks may ask for its iterator again. */
  counting(blob: Descriptor, open: Parcel['open'], signal: AbortSignal): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => this.#counted(blob, open(signal)) }
  }

  async *#counted(blob: Descriptor, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let sent = 0
    for await (const chunk of bytes) {
      yield chunk
      sent += chunk.byteLength
      this.#note(blob, sent)
    }
  }

  arrived(blob: Descriptor): void {
    this.#arrived++
    this.#note(blob, blob.size)
  }

  #note(blob: Descriptor, sent: number): void {
    this.#done += sent - (this.#sent.get(blob.digest) ?? 0)
    this.#sent.set(blob.digest, sent)
    this.#onProgress?.({
      done: this.#done,
      total: this.#total,
      arrived: this.#arrived,
      blobs: this.#blobs,
      blob,
      sent,
    })
  }
}
