import { WINDOW } from '../../blob/inflate-checkpoint.ts'
import type { SpanTable } from '../../layer/span-table.ts'
import { FlatTable, invalidSoci } from './flat-table.ts'

/** The packed form of a zTOC's checkpoints, little-endian: a head, then offsets, bits and window of each. */
export const CHECKPOINT_HEAD = 4 + 8
export const CHECKPOINT_ROW = 8 + 8 + 1 + WINDOW
const [HEAD, ROW] = [CHECKPOINT_HEAD, CHECKPOINT_ROW]

/** Where a gzip stream without options begins behind its header: the first checkpoint of the older form, which does not pack it. */
const PLAIN_HEADER = 10

/** The spans' numbers and windows, without their digests. */
export type Checkpoints = Pick<SpanTable, 'compressed' | 'uncompressed' | 'bits'> & { readonly windows: Uint8Array }

/** Where one span starts; `window` is what came before it in the tar, 32 KiB at most. */
export type SpanStart = {
  readonly compressed: number
  readonly uncompressed: number
  readonly bits: number
  readonly window: Uint8Array
}

export const packedSize = (count: number) => HEAD + count * ROW

/** Packs checkpoints into zeroed bytes of `packedSize`. */
export function packCheckpoints(packed: Buffer, starts: readonly SpanStart[], spanSize: number): void {
  packed.writeInt32LE(starts.length, 0)
  packed.writeBigInt64LE(BigInt(spanSize), 4)
  for (const [span, { compressed, uncompressed, bits, window }] of starts.entries()) {
    const at = HEAD + span * ROW
    packed.writeBigInt64LE(BigInt(compressed), at)
    packed.writeBigInt64LE(BigInt(uncompressed), at + 8)
    packed[at + 16] = bits
    packed.set(window, at + ROW - window.length)
  }
}

/** The window of one packed checkpoint. */
export const windowOf = (row: Buffer) => row.subarray(ROW - WINDOW)

/** @throws ImageError `SOCI_INVALID` */
export function unpackCheckpoints(packed: Buffer): Checkpoints {
  if (packed.length < HEAD) throw invalidSoci('it has no checkpoints')
  const count = packed.readInt32LE(0)
  const full = HEAD + count * ROW
  // The older form leaves out the first one.
  const skipped = packed.length === full ? 0 : packed.length === full - ROW ? 1 : undefined
  if (count < 1 || skipped === undefined) throw invalidSoci('its checkpoints are not as many as it says')
  const compressed = new Float64Array(count)
  const uncompressed = new Float64Array(count)
  const bits = new Uint8Array(count)
  const windows = new Uint8Array(count * WINDOW)
  compressed[0] = PLAIN_HEADER
  for (let span = skipped; span < count; span++) {
    const at = HEAD + (span - skipped) * ROW
    compressed[span] = Number(packed.readBigInt64LE(at))
    uncompressed[span] = Number(packed.readBigInt64LE(at + 8))
    bits[span] = packed[at + 16] ?? 0
    windows.set(packed.subarray(at + 17, at + ROW), span * WINDOW)
  }
  return { compressed, uncompressed, bits, windows }
}

/** The spans of a layer that is not compressed: all of one size but the last. @throws ImageError `SOCI_INVALID` */
export function plainSpans(packed: Buffer): Checkpoints {
  const table = FlatTable.root(packed)
  const [spanSize, size] = [table.number(1, 8), table.number(2, 8)]
  const count = Math.ceil(size / spanSize)
  if (!(count >= 1 && count <= SPANS)) throw invalidSoci('its spans have no size')
  const starts = Float64Array.from({ length: count }, (_, span) => span * spanSize)
  return { compressed: starts, uncompressed: starts, bits: new Uint8Array(count), windows: new Uint8Array(0) }
}

/** Spans of one layer; 4 TiB in spans of 4 MiB. */
const SPANS = 1_000_000
