import { WINDOW } from '../../blob/inflate-checkpoint.ts'
import type { SpanTable } from '../../layer/span-table.ts'
import { FlatTable, invalidSoci } from './flat-table.ts'

/** The packed form of a zTOC's checkpoints, little-endian: a head, then offsets, bits and window of each. */
const [HEAD, ROW] = [4 + 8, 8 + 8 + 1 + WINDOW]

/** Where a gzip stream without options begins behind its header: the first checkpoint of the older form, which does not pack it. */
const PLAIN_HEADER = 10

/** The spans' numbers and windows, without their digests. */
export type Checkpoints = Pick<SpanTable, 'compressed' | 'uncompressed' | 'bits' | 'windows'>

export function packCheckpoints({ compressed, uncompressed, bits, windows }: Checkpoints, spanSize: number): Buffer {
  const count = compressed.length
  const packed = Buffer.alloc(HEAD + count * ROW)
  packed.writeInt32LE(count, 0)
  packed.writeBigInt64LE(BigInt(spanSize), 4)
  for (let span = 0; span < count; span++) {
    const at = HEAD + span * ROW
    packed.writeBigInt64LE(BigInt(compressed[span] ?? 0), at)
    packed.writeBigInt64LE(BigInt(uncompressed[span] ?? 0), at + 8)
    packed[at + 16] = bits[span] ?? 0
    packed.set(windows.subarray(span * WINDOW, (span + 1) * WINDOW), at + 17)
  }
  return packed
}

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
