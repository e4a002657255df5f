import { createHash, hash as hashAtOnce } from 'node:crypto'
import { inPieces } from '../blob/pieces.ts'
import type { LayerReading } from '../layer/reading.ts'

/** Large files are proven whole once, and in pieces of this size ever after, bytes. */
const PIECE = 1024 * 1024

/** sha256 of each piece of a file that was proven whole, one after the other, 32 bytes each: 32 KB a gigabyte. */
type Pieces = Uint8Array

const PROVEN = new WeakMap<LayerReading, Map<number, Pieces>>()

/** The content of one entry, as it can be read again: any part of it, unproven. */
export type Rereadable = {
  readonly reading: LayerReading
  readonly entry: number
  readonly size: number
  /** Hex, of the whole. */
  readonly sha256: string
  readonly read: (from: number, to: number) => AsyncIterable<Buffer>
  readonly changed: () => Error
}

/**
 * Bytes `from` to `to` of a large file, each piece held until it is proven. A file has one digest, over all of it: the first part
 * that is wanted costs a pass over the whole, which notes the digests of its pieces for as long as the reading is in memory.
 */
export async function* provenPart(content: Rereadable, from: number, to: number): AsyncGenerator<Uint8Array> {
  const pieces = PROVEN.get(content.reading)?.get(content.entry) ?? (await prove(content))
  const first = Math.floor(from / PIECE)
  let index = first
  for await (const piece of inPieces(
    content.read(first * PIECE, Math.min(content.size, Math.ceil(to / PIECE) * PIECE)),
    takePiece,
  )) {
    const digest = pieces.subarray(index * 32, index * 32 + 32)
    if (!hashAtOnce('sha256', piece, 'buffer').equals(digest)) throw content.changed()
    yield piece.subarray(Math.max(0, from - index * PIECE), to - index * PIECE)
    index++
  }
  if (Math.min(content.size, index * PIECE) < to) throw content.changed()
}

async function prove({ reading, entry, size, sha256, read, changed }: Rereadable): Promise<Pieces> {
  const pieces = new Uint8Array(Math.ceil(size / PIECE) * 32)
  const whole = createHash('sha256')
  let index = 0
  for await (const piece of inPieces(read(0, size), takePiece)) {
    whole.update(piece)
    pieces.set(hashAtOnce('sha256', piece, 'buffer'), index++ * 32)
  }
  if (whole.digest('hex') !== sha256) throw changed()
  const known = PROVEN.get(reading) ?? new Map<number, Pieces>()
  PROVEN.set(reading, known.set(entry, pieces))
  return pieces
}

/** A buffer of its own for every piece: the receiver may keep it. */
const takePiece = () => Buffer.allocUnsafe(PIECE)
