import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { BlobSource } from '../blob/source.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { Semantics } from '../overlay/tree.ts'
import type { Compress } from './plan.ts'
import type { CompileExpression } from './removal.ts'
import type { TarBytes, TarRange } from './tar-bytes.ts'

export type ReadOptions = { readonly onProgress?: (done: number) => void; readonly signal?: AbortSignal }

export type OpenTarOptions = ReadOptions & {
  /** The layer's reading, where there is one. */
  readonly reading?: LayerReading | undefined
  /** The tar will be read from front to back, but for these ranges, ordered; undefined: anywhere. */
  readonly again?: readonly TarRange[] | undefined
}

/** A layer that was read, and its uncompressed tar at hand until `close`. */
export type LayerAtHand = TarBytes & {
  readonly reading: LayerReading
  /** From now on the tar is read from front to back, but for little. */
  inOrder(): void
  /** Proves that what was read is what the digest names. @throws ImageError `BLOB_DIGEST_MISMATCH` */
  finish(): void
  close(): Promise<void>
}

/**
 * Reads a layer that will be copied from. Its tar is at hand then where that saves inflating or fetching it a second time; else
 * it is to be opened when it is known what is copied.
 */
export type CopyReader = (
  options: ReadOptions,
) => Promise<{ readonly reading: LayerReading; readonly opened: LayerAtHand | undefined }>

/** A blob that was made and waits to be sent. */
export type MadeBlob = {
  readonly digest: Digest
  readonly size: number
  /** Where the bytes lie on this machine, for a place that can take the file over. */
  readonly file: string | undefined
  bytes(signal?: AbortSignal): AsyncIterable<Uint8Array>
  remove(): Promise<void>
}

/** A layer that was made: its blob, and the reading of its tar, taken from the bytes that went into the compression. */
export type MadeLayer = { readonly blob: MadeBlob; readonly written: LayerReading }

/** Threads and disk, as rebuilding sees them: the caller brings the real ones. */
export interface Workshop {
  readLayer(source: BlobSource, blob: Descriptor, options?: ReadOptions): Promise<LayerReading>
  /** Makes ready to read a layer that will be copied from: all of them first, then all are read. */
  prepareCopy(source: BlobSource, blob: Descriptor): Promise<CopyReader>
  openLayer(source: BlobSource, blob: Descriptor, options?: OpenTarOptions): Promise<LayerAtHand>
  /** Starts the threads that `make` needs, which takes a moment: something else can be done meanwhile. */
  ready(): void
  /** Ends threads that have nothing to do, for their memory; they start again when needed. */
  rest(): Promise<void>
  /** Compresses a layer's tar, and reads it back as it passes. */
  make(chunks: AsyncIterable<Uint8Array>, compress: Compress, signal?: AbortSignal): Promise<MadeLayer>
}

/** How far a rebuild is: bytes of the phase, as exact as is known. */
export type RebuildProgress = {
  readonly phase: 'reading' | 'writing' | 'copying'
  readonly done: number
  readonly total: number
  /** While copying: how many of the blobs are there. */
  readonly blobs?: { readonly arrived: number; readonly of: number }
}

export type RebuildOptions = {
  readonly semantics: Semantics
  /** The filter language, for `remove` edits with an expression. */
  readonly compile: CompileExpression
  /** Does what is refused because the result is likely of no use. */
  readonly force?: boolean
  /** `SOURCE_DATE_EPOCH` as RFC 3339. */
  readonly created?: string | undefined
  readonly onProgress?: ((progress: RebuildProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}
