import type { Descriptor } from '../blob/descriptor.ts'

/** Windows that were not read with the rest of an index: each lies in a row of it that proves itself. */
export type WindowRows = {
  readonly ztoc: Descriptor
  /** Offset of the first span's row in the zTOC. */
  readonly offset: number
  /** Hex, of each row. */
  readonly sha256: readonly string[]
}

/**
 * Where a layer's blob can be read in the middle, as a SOCI index says: spans, one behind the other, each with what inflating needs
 * to start there and the sha256 of its bytes. Columns, an element a span.
 */
export type SpanTable = {
  readonly algorithm: 'gzip' | 'none'
  /** Offset in the blob of the span's first full byte. */
  readonly compressed: Float64Array
  /** Offset in the tar. */
  readonly uncompressed: Float64Array
  /** How many bits of the byte before `compressed` belong to the span, 0–7. */
  readonly bits: Uint8Array
  /** `WINDOW` bytes a span: the bytes before it in the tar, the latest last, zeros where there was less. */
  readonly windows: Uint8Array | WindowRows
  /** Hex; of the span's bytes in the blob, the byte that it shares with the span before included. */
  readonly sha256: readonly string[]
  readonly compressedSize: number
  readonly uncompressedSize: number
}

/** The last span that starts at or before an offset of the tar. */
export function spanAt({ uncompressed }: SpanTable, offset: number): number {
  let [low, high] = [0, uncompressed.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((uncompressed[middle] ?? 0) > offset) high = middle
    else low = middle + 1
  }
  return Math.max(0, low - 1)
}

type SpanPlaces = Pick<SpanTable, 'compressed' | 'bits' | 'compressedSize'>

/** Where a span's bytes lie in the blob: from the byte it shares with the span before to the one before which it ends. */
export function spanRange({ compressed, bits, compressedSize }: SpanPlaces, span: number): { start: number; end: number } {
  const start = (compressed[span] ?? 0) - ((bits[span] ?? 0) > 0 ? 1 : 0)
  return { start, end: compressed[span + 1] ?? compressedSize }
}
