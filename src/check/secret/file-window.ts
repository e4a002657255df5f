import { AFTER, BEFORE } from './secret-kind.ts'

/** Bytes of a file that decide whether it is text: what git looks at. */
const HEAD = 8000
/** Decoded at a time where there are many places to look at. */
const STRETCH = 64 * 1024
const NEWLINE = 0x0a
const NOTHING = Buffer.alloc(0)

/**
 * The stretch of a file that can be looked at while it passes in pieces: the piece at hand, and what is kept of those before it.
 * Offsets are the file's. Lines are counted only as far as they are asked for or bytes are let go, each byte once.
 */
export class FileWindow {
  #piece: Buffer = NOTHING
  /** Offset of the piece, and what is kept of the bytes before it. */
  #base = 0
  #kept: Buffer = NOTHING
  #text = ''
  #textStart = 0
  #textEnd = 0
  /** Newlines before `#counted`. */
  #newlines = 0
  #counted = 0
  #binary = false

  /** Offset of the first byte that is not there yet. */
  get end(): number {
    return this.#base + this.#piece.length
  }

  get base(): number {
    return this.#base
  }

  /** The part that is kept of the bytes before the piece. */
  get kept(): Buffer {
    return this.#kept
  }

  /** Whether there is a NUL among the first 8,000 bytes, as far as they have passed. */
  get binary(): boolean {
    if (!this.#binary && this.#base < HEAD) this.#binary = this.#piece.subarray(0, HEAD - this.#base).includes(0)
    return this.#binary
  }

  /** Takes the next piece; a view that is needed until `pass` or `reset`. */
  take(piece: Buffer): void {
    this.#piece = piece
  }

  /** Lets the piece go, but for what places from `needed` on may have to look at. */
  pass(needed: number): void {
    const from = Math.max(0, needed - BEFORE)
    const keptFrom = this.#base - this.#kept.length
    // Of a binary no line is told; looked at before the piece goes.
    if (!this.binary && from > this.#counted) this.#countTo(from)
    const old = from < this.#base ? this.#kept.subarray(Math.max(0, from - keptFrom)) : NOTHING
    const fresh = this.#piece.subarray(Math.max(0, from - this.#base))
    const base = this.end
    this.#kept = Buffer.concat([old, fresh])
    this.#base = base
    this.#piece = NOTHING
    this.#textEnd = 0
    this.#text = ''
  }

  reset(): void {
    this.#piece = NOTHING
    this.#kept = NOTHING
    this.#text = ''
    this.#binary = false
    this.#base = 0
    this.#textStart = 0
    this.#textEnd = 0
    this.#newlines = 0
    this.#counted = 0
  }

  /** The text around an offset, from `BEFORE` bytes before it to `AFTER` from it on, one character a byte. */
  around(offset: number): { readonly text: string; readonly start: number } {
    const start = Math.max(0, offset - BEFORE)
    const end = Math.min(offset + AFTER, this.end)
    if (start < this.#textStart || end > this.#textEnd) {
      this.#textStart = start
      this.#textEnd = Math.min(this.end, Math.max(end, start + STRETCH))
      this.#text = this.#decode(start, this.#textEnd)
    }
    return { text: this.#text.slice(start - this.#textStart, end - this.#textStart), start }
  }

  /** The line that a byte lies in, 1 first; undefined in a binary. */
  line(offset: number): number | undefined {
    if (this.binary) return undefined
    if (offset < this.#counted) return this.#newlines - this.#count(offset, this.#counted) + 1
    this.#countTo(offset)
    return this.#newlines + 1
  }

  #countTo(offset: number): void {
    this.#newlines += this.#count(this.#counted, offset)
    this.#counted = offset
  }

  #count(from: number, to: number): number {
    const keptFrom = this.#base - this.#kept.length
    const before = newlines(this.#kept, from - keptFrom, Math.min(to, this.#base) - keptFrom)
    return before + newlines(this.#piece, from - this.#base, to - this.#base)
  }

  #decode(from: number, to: number): string {
    const keptFrom = this.#base - this.#kept.length
    const before = from < this.#base ? this.#kept.toString('latin1', from - keptFrom, Math.min(to, this.#base) - keptFrom) : ''
    return to <= this.#base ? before : before + this.#piece.toString('latin1', Math.max(0, from - this.#base), to - this.#base)
  }
}

/** Newlines of `bytes[from, to)`, four bytes at a time: every text that comes in more than one piece is counted. */
function newlines(bytes: Buffer, from: number, to: number): number {
  let count = 0
  let at = Math.max(0, from)
  for (; at < to && ((bytes.byteOffset + at) & 3) !== 0; at++) if (bytes[at] === NEWLINE) count++
  if (at >= to) return count
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (to - at) >> 2)
  for (let index = 0; index < words.length; index++) {
    // A byte that is zero after this has its highest bit set, no other: those of newlines.
    const other = (words[index] as number) ^ NEWLINES
    const zero = ~(((other & LOW_BITS) + LOW_BITS) | other | LOW_BITS)
    if (zero !== 0) count += Math.imul(zero >>> 7, ONES) >>> 24
  }
  for (at += words.length * 4; at < to; at++) if (bytes[at] === NEWLINE) count++
  return count
}

const NEWLINES = 0x0a0a0a0a
const LOW_BITS = 0x7f7f7f7f
const ONES = 0x01010101
