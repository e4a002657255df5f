import { closeSync, openSync, readSync } from 'node:fs'
import { createInflater } from '../blob/compression.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import { digestFrom, hasherFor, isVerifiable, splitDigest } from '../blob/digest.ts'
import type { Inflater } from '../blob/inflater.ts'
import { digestMismatch } from '../blob/read.ts'
import type { LocalBlob } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import type { LayerReading } from '../layer/reading.ts'

/** A stretch of an uncompressed tar. */
export type TarRange = { readonly offset: number; readonly length: number }

type Piece = TarRange & { readonly bytes: Buffer }

/** Large reads, pushed in pieces: a piece inflates to a thousand times its size at most, all of which is kept for a moment. */
const READ_SIZE = 256 * 1024
const PIECE = 16 * 1024
/** Buffers that wait to be used again. */
const SPARES = 4

/**
 * The tar of a compressed layer on this machine, inflated again while it is read from front to back: nothing is written to
 * disk. Ranges that are asked for again after they have passed must be named beforehand (`again`, ordered). The blob's digest is proven anew.
 */
export class InflatedTar {
  readonly #blob: Descriptor
  readonly #local: LocalBlob
  readonly #again: readonly Piece[]
  readonly #descriptor: number
  readonly #inflater: Inflater
  readonly #input = Buffer.allocUnsafeSlow(READ_SIZE)
  readonly #hash
  /** Pieces that are inflated and not passed yet, and buffers that were. */
  readonly #ahead: Piece[] = []
  readonly #spares: Buffer[] = []
  #inputLength = 0
  #inputAt = 0
  #consumed = 0
  #inflated = 0
  #nextAgain = 0
  #ended = false

  constructor(blob: Descriptor, local: LocalBlob, { compression }: LayerReading, again: readonly TarRange[]) {
    this.#blob = blob
    this.#local = local
    this.#again = again.map(range => ({ ...range, bytes: Buffer.allocUnsafe(range.length) }))
    this.#hash = isVerifiable(blob.digest) ? hasherFor(blob.digest) : undefined
    // Oddities were told when the layer was read; bytes damaged since then do not have the digest.
    const proven = this.#hash !== undefined
    this.#inflater = createInflater(compression, { output: bytes => this.#take(bytes), diagnostic: () => {}, proven })
    this.#descriptor = openSync(local.file, 'r')
  }

  /** @throws ImageError `LAYER_CHANGED`, `BLOB_DIGEST_MISMATCH` */
  read(into: Buffer, start: number, offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const { bytes, offset: from } = this.#pieceAt(offset + done)
      done += bytes.copy(into, start + done, offset + done - from, Math.min(bytes.length, offset + length - from))
    }
  }

  /** Reads what is left of the blob. @throws ImageError `BLOB_DIGEST_MISMATCH` */
  finish(): void {
    this.#ended = true
    while (this.#fill());
    if (this.#hash === undefined) return
    const actual = digestFrom(this.#hash.copy(), splitDigest(this.#blob.digest)[0])
    if (actual !== this.#blob.digest) throw digestMismatch(this.#blob, actual)
  }

  close(): void {
    this.#inflater[Symbol.dispose]()
    closeSync(this.#descriptor)
  }

  #pieceAt(offset: number): Piece {
    for (;;) {
      const [first] = this.#ahead
      if (offset < (first?.offset ?? this.#inflated))
        return this.#again.findLast(range => contains(range, offset)) ?? this.#lost()
      if (first === undefined) this.#inflateMore()
      else if (contains(first, offset)) return first
      else {
        this.#ahead.shift()
        if (this.#spares.length < SPARES) this.#spares.push(first.bytes)
      }
    }
  }

  #inflateMore(): void {
    if (this.#ended) this.#lost()
    if (this.#inputAt === this.#inputLength && !this.#fill()) {
      this.#inflater.finish()
      this.#ended = true
      return
    }
    const end = Math.min(this.#inputLength, this.#inputAt + PIECE)
    this.#inflater.push(this.#input.subarray(this.#inputAt, end))
    this.#inputAt = end
  }

  #fill(): boolean {
    const wanted = Math.min(READ_SIZE, this.#local.size - this.#consumed)
    const count = wanted === 0 ? 0 : readSync(this.#descriptor, this.#input, 0, wanted, this.#local.offset + this.#consumed)
    this.#hash?.update(this.#input.subarray(0, count))
    this.#consumed += count
    this.#inputLength = count
    this.#inputAt = 0
    return count > 0
  }

  /** The inflater's buffer is used again: its bytes are copied. */
  #take(bytes: Buffer): void {
    const spare = this.#spares.findIndex(({ length }) => length === bytes.length)
    const copy = spare < 0 ? Buffer.allocUnsafeSlow(bytes.length) : this.#spares.splice(spare, 1)[0]
    if (copy === undefined) return
    bytes.copy(copy)
    const [from, to] = [this.#inflated, this.#inflated + bytes.length]
    this.#ahead.push({ offset: from, length: bytes.length, bytes: copy })
    this.#inflated = to
    for (let index = this.#nextAgain; index < this.#again.length; index++) {
      const range = this.#again[index]
      if (range === undefined || range.offset >= to) break
      if (range.offset + range.length <= to) this.#nextAgain = index + 1
      bytes.copy(
        range.bytes,
        Math.max(0, from - range.offset),
        Math.max(0, range.offset - from),
        range.offset + range.length - from,
      )
    }
  }

  #lost(): never {
    this.finish()
    throw new ImageError('LAYER_CHANGED', `Cannot copy from layer ${this.#blob.digest}: it is not what it was when it was read`)
  }
}

function contains({ offset, length }: TarRange, at: number): boolean {
  return at >= offset && at < offset + length
}
