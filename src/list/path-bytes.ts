import type { FileTable } from './file-table.ts'
import { NAME_START, type ScoredPath, WORD_START } from './fuzzy-score.ts'

/**
 * The path of one row of a table after the other, as bytes in small letters: the names above a row stay from row to row, so that each
 * name of the table is copied once. Rows come in the table's order, or with all directories above them first.
 */
export class PathBytes implements ScoredPath {
  bytes = new Uint8Array(FEW)
  bonuses = new Uint8Array(FEW)
  start = 0
  length = 0
  depth = 0
  readonly #table: FileTable
  /** By depth: where the path of the directory ends. */
  readonly #ends: number[] = [0]

  constructor(table: FileTable) {
    this.#table = table
  }

  /** To a row that is not the root. */
  goTo(row: number): void {
    const { depths, names } = this.#table
    this.depth = depths[row] ?? 0
    this.start = this.depth <= 1 ? 0 : (this.#ends[this.depth - 1] ?? 0) + 1
    const [from, to] = [names.starts[row] ?? 0, (names.starts[row + 1] ?? 1) - 1]
    this.length = this.start + to - from
    this.#ends[this.depth] = this.length
    if (this.length > this.bytes.length) this.#grow()
    if (this.start > 0) this.bytes[this.start - 1] = SLASH
    const small = names.folded ?? names.bytes
    let before = SLASH
    for (let at = from, place = this.start; at < to; at++, place++) {
      const byte = names.bytes[at] ?? 0
      this.bonuses[place] = bonusOf(before, byte)
      this.bytes[place] = lower(small[at] ?? 0)
      before = byte
    }
  }

  #grow(): void {
    const [bytes, bonuses] = [this.bytes, this.bonuses]
    this.bytes = new Uint8Array(this.length * 2)
    this.bytes.set(bytes)
    this.bonuses = new Uint8Array(this.length * 2)
    this.bonuses.set(bonuses)
  }
}

/** Bytes that there is room for at first. */
const FEW = 4096
const SLASH = 0x2f

/** The bonus of a byte after another: names and words begin there, `fooBar` has two. */
function bonusOf(before: number, byte: number): number {
  if (before === SLASH) return NAME_START
  if (isMark(before)) return WORD_START
  return isCapital(byte) && !isCapital(before) ? WORD_START - 1 : 0
}

/** Space, `-`, `.`, `_` and the other signs between words. */
function isMark(byte: number): boolean {
  return byte < 0x30 || (byte > 0x39 && byte < 0x41) || byte === 0x5f
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a
}

function lower(byte: number): number {
  return isCapital(byte) ? byte + 0x20 : byte
}
