import type { Digest } from '../blob/digest.ts'
import type { AccessPoint } from '../blob/inflater.ts'
import type { Packing } from '../blob/media-type.ts'
import type { Changeset } from './changeset.ts'
import type { ChunkTable } from './chunk-table.ts'
import type { SpanTable } from './span-table.ts'

/** All that one pass over a layer's blob learns: transferable between threads and cached by the blob's digest. */
export type LayerReading = {
  /** Digest of the blob as it was read and proven. */
  readonly digest: Digest
  /** Bytes of the blob. */
  readonly size: number
  /** Digest of the whole uncompressed stream, whatever follows the end-of-archive included (config.md#layer-diffid). */
  readonly diffID: Digest
  /** The compression of the bytes, whatever the media type says. */
  readonly compression: Packing
  /** Bytes of the uncompressed stream. */
  readonly tarSize: number
  /** Where inflating can start in the middle: gzip members and zstd frames, ordered; empty when there is but one. */
  readonly accessPoints: readonly AccessPoint[]
  readonly changeset: Changeset
  /** Read in an earlier run, from a blob that was proven then; this run has not looked at its bytes. */
  readonly remembered?: true
}

/**
 * The contents of a layer by its table of contents, proven by the digest that the manifest has of the table, or by a SOCI index, for which
 * the maker of the image does not vouch. Of the layer itself nothing was read: neither its digest nor its DiffID is proven, the size
 * of its tar is not known, and the offsets of its entries are not but where `spans` are.
 */
export type LayerListing = {
  /** Of the blob, as the descriptor has it. */
  readonly digest: Digest
  readonly size: number
  readonly compression: Packing
  readonly format: 'eStargz' | 'zstd:chunked' | 'SOCI'
  readonly changeset: Changeset
  readonly chunks: ChunkTable
  /** Where files are read by a SOCI index; there are no chunks then. */
  readonly spans?: SpanTable
}

/** A layer whose files are known, either way. */
export type KnownLayer = LayerReading | LayerListing

export function isListing(layer: KnownLayer): layer is LayerListing {
  return 'chunks' in layer
}
