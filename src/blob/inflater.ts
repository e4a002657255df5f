import type { Diagnostic } from '../error.ts'
import type { CheckpointRecorder, Resume } from './inflate-checkpoint.ts'
import type { ZstdRecorder } from './stream/zstd-checkpoint.ts'

/** Takes the uncompressed bytes, in order; the view is valid during the call only. */
export type InflatedOutput = (bytes: Buffer) => void

/** Where inflating can start in the middle: the start of a gzip member or zstd frame, ordered. */
export type AccessPoint = { readonly compressed: number; readonly uncompressed: number }

/** Turns a compressed stream into plain bytes, synchronously, a bounded chunk at a time. */
export interface Inflater extends Disposable {
  /** Takes the next bytes; calls `output` with chunks of at most `OUTPUT_SIZE` bytes. */
  push(input: Buffer): void
  /** Says that no more bytes follow; hands on what is left. */
  finish(): void
  /** Frees native memory. */
  [Symbol.dispose](): void
  readonly accessPoints: readonly AccessPoint[]
}

export type InflaterOptions = {
  readonly output: InflatedOutput
  /** Gives the buffer to inflate into next (`INFLATE_BUFFER` bytes), for views that stay valid; one is used again without it. */
  readonly nextBuffer?: (() => Buffer) | undefined
  /** Told what is odd or damaged; after an error nothing more is inflated. */
  readonly diagnostic: (diagnostic: Diagnostic) => void
  /** Told where inflating could start inside a gzip member. */
  readonly recorder?: CheckpointRecorder | undefined
  /** The same inside a zstd frame. */
  readonly zstdRecorder?: ZstdRecorder | undefined
  /** The compressed bytes are held against their digest elsewhere: checksums inside them are not computed again. */
  readonly proven?: boolean
  /** Start inside a gzip member or a zstd frame: the bytes pushed are those after `compressed`. */
  readonly resume?: Resume | undefined
}
