import { availableParallelism } from 'node:os'
import type { Descriptor } from '../blob/descriptor.ts'
import { isVerifiable } from '../blob/digest.ts'
import { layerType } from '../blob/media-type.ts'
import { embeddedData, sizeMismatch, unverifiable } from '../blob/read.ts'
import type { BlobSource } from '../blob/source.ts'
import { type LayerScan, NO_SCAN } from '../check/layer-scan.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { ChangesetCache } from './changeset-cache.ts'
import { LayerQueue } from './layer-queue.ts'
import type { ThreadResult } from './layer-thread.ts'
import type { SpoolOrder } from './spool/spool-order.ts'

export type ReadLayerOptions = {
  /** Told how many bytes of the blob are dealt with, now and then. */
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
  /**
   * Higher goes first, asked for when a thread is free: the order may change while a layer waits. Among equals the larger
   * one goes first, so that the last thread to finish finishes early. Default 0.
   */
  readonly priority?: () => number
  /** For as long as it says so, readings like it take half of the threads at most. */
  readonly isSparing?: (() => boolean) | undefined
  /** The layer is read then whatever the cache knows, unless the order has a limit. */
  readonly spool?: SpoolOrder
  /** A file of the layer is read next: inflated bytes of zstd frames are kept beside the reading, so that no second pass is needed. */
  readonly inflated?: boolean
}

/** A layer that was read, and what was found in its files. */
export type ScannedLayer = { readonly reading: LayerReading; readonly scan: LayerScan }

/** Threads that read layers. */
export interface LayerPool {
  /**
   * Reads a layer in one pass over its blob: verified, inflated, listed, every file hashed. Oddities are in the
   * changeset's diagnostics. Aborting takes effect at once.
   * @throws ImageError `LAYER_ENCRYPTED`, `LAYER_TYPE_UNSUPPORTED`, `LAYER_FOREIGN`, `LAYER_NOT_TAR`, `LAYER_DAMAGED`,
   * `BLOB_MISSING`, `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH`, `LAYER_READ_FAILED`, and what the source throws
   */
  readLayer(source: BlobSource, blob: Descriptor, options?: ReadLayerOptions): Promise<LayerReading>
  /**
   * The same, and what is found by looking into the layer's files as they pass: secrets above all. It is kept beside the reading; a
   * layer that was read without looking is read again.
   */
  scanLayer(source: BlobSource, blob: Descriptor, options?: ReadLayerOptions): Promise<ScannedLayer>
  /** The layer's reading where it is cached, and the blob is not missing from a source that would have to have it. */
  known(source: BlobSource, blob: Descriptor): Promise<LayerReading | undefined>
  /** Ends threads that read nothing now, for their memory; they start again when needed. */
  rest(): Promise<void>
  close(): Promise<void>
}

export type LayerPoolOptions = {
  /** Threads at most; one a core, up to four. */
  readonly size?: number
  /** Where readings are kept; without it every layer is read. */
  readonly cache?: ChangesetCache | undefined
}

/** A thread holds some 30 MB; with more of them the largest layer is what is waited for. */
const MOST_THREADS = 4

export function createLayerPool({
  size = Math.min(MOST_THREADS, availableParallelism()),
  cache,
}: LayerPoolOptions = {}): LayerPool {
  const queue = new LayerQueue(size, availableParallelism() > 1)
  let stored = false
  /** In a thread, whatever is known. */
  const read = async (source: BlobSource, blob: Descriptor, options: ReadLayerOptions & { readonly scan?: boolean }) => {
    const place = cache?.place(blob.digest)
    const embedded = embeddedData(blob) !== undefined
    // Looked for before it is this layer's turn: a thread that is free is not to wait for what else this one is doing.
    const located = embedded ? undefined : source.locate(blob)
    const result = await queue.run({ blob, ...options }, async (thread, hasher) => {
      // Another layer may have brought it since.
      const local = (await located) ?? (embedded ? undefined : await source.locate(blob))
      if (local !== undefined) return thread.read({ blob, local, bytes: undefined, store: place, hasher, ...options })
      const keep = embedded ? undefined : await source.fetchToKeep?.(blob, options.signal)
      const bytes = keep?.bytes ?? bytesOf(source, blob, options.signal)
      try {
        return await thread.read({ blob, local, bytes, store: place, keep, ...options })
      } finally {
        // An admitted blob has been renamed by now.
        await keep?.discard()
      }
    })
    stored ||= place !== undefined
    return result
  }
  const remembered = async (source: BlobSource, blob: Descriptor, scan: boolean): Promise<ThreadResult | undefined> => {
    // Layers that are asked for together are queued together, so that the largest is first: without waiting for the disk.
    if (cache?.has(blob.digest) !== true || (await isLost(source, blob))) return undefined
    const [reading, found] = await Promise.all([cache.load(blob.digest), scan ? cache.loadScan(blob.digest) : undefined])
    if (reading !== undefined && reading.size !== blob.size) throw sizeMismatch(blob, String(reading.size))
    return reading === undefined || (scan && found === undefined)
      ? undefined
      : { reading: { ...reading, remembered: true }, scan: found }
  }
  const readOrRemember = async (source: BlobSource, blob: Descriptor, options: ReadLayerOptions, scan: boolean) => {
    options.signal?.throwIfAborted()
    const type = readableType(blob)
    const mustRead = options.spool !== undefined && options.spool.limit === undefined
    const known = mustRead ? undefined : await remembered(source, blob, scan)
    options.signal?.throwIfAborted()
    const { reading, scan: found } =
      known ??
      (await read(source, blob, { ...options, scan }).catch((error: unknown) => {
        throw type.foreign && error instanceof ImageError && error.code === 'BLOB_MISSING' ? foreign(blob, error) : error
      }))
    return { reading: withMediaType(reading, blob, type.compression), scan: found ?? NO_SCAN }
  }
  return {
    async known(source, blob) {
      const type = layerType(blob.mediaType)
      if (type === undefined || type.encrypted || cache?.has(blob.digest) !== true) return undefined
      const reading = (await isLost(source, blob)) ? undefined : await cache.load(blob.digest)
      return reading?.size === blob.size ? withMediaType({ ...reading, remembered: true }, blob, type.compression) : undefined
    },
    readLayer: async (source, blob, options = {}) => (await readOrRemember(source, blob, options, false)).reading,
    scanLayer: (source, blob, options = {}) => readOrRemember(source, blob, options, true),
    rest: () => queue.rest(),
    async close() {
      await queue.close()
      if (stored) cache?.trim()
    },
  }
}

/** Whether the image was saved without the layer: a known reading does not make it whole, the reader is to say that it is missing. */
async function isLost(source: BlobSource, blob: Descriptor): Promise<boolean> {
  return source.local === true && embeddedData(blob) === undefined && (await source.locate(blob)) === undefined
}

/** The form that the media type promises; a blob that is no tar layer is not even looked at. */
function readableType(blob: Descriptor) {
  const type = layerType(blob.mediaType)
  if (type === undefined) {
    throw new ImageError(
      'LAYER_TYPE_UNSUPPORTED',
      `Cannot list layer ${blob.digest}: "${escapeText(blob.mediaType)}" is not a tar layer`,
    )
  }
  if (type.encrypted) {
    throw new ImageError('LAYER_ENCRYPTED', `Cannot list layer ${blob.digest}: it is encrypted`, {
      hint: 'Decrypt the image first, for example with "skopeo copy --decryption-key".',
    })
  }
  // Never unchecked: a forged blob would be listed, squashed and extracted.
  if (!isVerifiable(blob.digest)) throw unverifiable('read', blob)
  return type
}

function foreign(blob: Descriptor, cause: ImageError): ImageError {
  return new ImageError('LAYER_FOREIGN', `Cannot list layer ${blob.digest}: it is not distributed with the image`, {
    hint:
      blob.urls === undefined
        ? 'Its media type says that it is to be had elsewhere.'
        : `It is to be had from ${escapeText(blob.urls.join(' '))}.`,
    cause,
  })
}

async function* bytesOf(source: BlobSource, blob: Descriptor, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const embedded = embeddedData(blob)
  if (embedded !== undefined) yield embedded
  else yield* source.fetchUnverified(blob, {}, signal)
}

/** The reading belongs to the bytes, what the descriptor says about them does not: compared anew for every descriptor. */
export function withMediaType(reading: LayerReading, { mediaType }: Descriptor, declared: string): LayerReading {
  if (reading.compression === declared || reading.size === 0) return reading
  const words = (compression: string) => (compression === 'none' ? 'not compressed' : `compressed with ${compression}`)
  const message = `The layer is ${words(reading.compression)}, its media type "${escapeText(mediaType)}" says ${words(declared)}`
  const mismatch: Diagnostic = { code: 'MEDIA_TYPE_MISMATCH', severity: 'warning', message }
  return { ...reading, changeset: { ...reading.changeset, diagnostics: [mismatch, ...reading.changeset.diagnostics] } }
}
