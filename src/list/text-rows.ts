import { escapeText } from '../escape.ts'
import { widthOf } from '../line/text.ts'
import { decodeText, type Encoding } from './text-encoding.ts'

/**
 * Where the screen rows of a text begin, found page by page: at each line, and inside a line that is too long for one row.
 * Only offsets are kept, so that a log of a gigabyte can be scrolled through. Grows in place at its end.
 */
export type TextRows = {
  readonly encoding: Encoding
  /** Cells of a row when lines wrap; undefined: rows end with their line, or after `LONGEST_ROW` bytes. */
  readonly width: number | undefined
  readonly count: number
  /** Byte offsets of the rows, `count` of them valid. */
  readonly starts: Float64Array
  /** Number of the line each row is in, base 1. */
  readonly lines: Uint32Array
  /** Everything before this offset has been looked at. */
  readonly scanned: number
  readonly open: OpenRow
}

/** The row that has begun but not ended. */
type OpenRow = { readonly start: number; readonly line: number; readonly cells: number }

/** A line without an end in sight is cut here: no row needs more bytes than this to be drawn. */
const LONGEST_ROW = 4096
const TAB_CELLS = 8

export function startRows(encoding: Encoding, mark: number, width: number | undefined): TextRows {
  const open = { start: mark, line: 1, cells: 0 }
  return { encoding, width, count: 0, starts: new Float64Array(256), lines: new Uint32Array(256), scanned: mark, open }
}

/** `rows` with the rows of `bytes`, which begin at `rows.scanned`. `last`: the text ends with them. */
export function scanRows(rows: TextRows, bytes: Uint8Array, last: boolean): TextRows {
  const scan = new Scan(rows)
  const step = rows.encoding.startsWith('utf-16') ? 2 : 1
  let at = 0
  while (at < bytes.length) {
    const length = step === 2 ? 2 : rows.encoding === 'utf-8' ? utf8Length(bytes[at] ?? 0) : 1
    // A character that continues in the next page is left for it.
    if (!last && at + length > bytes.length) break
    scan.character(bytes, at, length)
    at += length
  }
  return scan.result(rows, rows.scanned + Math.min(at, bytes.length), last)
}

/** The text of a row without its line end, tabs spread out and hostile characters visible. */
export function rowText(bytes: Uint8Array, encoding: Encoding): string {
  return shownText(decodeText(bytes, encoding).replace(/\r?\n$/, ''))
}

/** Tabs spread out to every eighth cell, hostile characters visible. */
export function shownText(text: string): string {
  if (!text.includes('\t')) return escapeText(text)
  let shown = ''
  for (const [index, part] of text.split('\t').entries()) {
    if (index > 0) shown += ' '.repeat(TAB_CELLS - (widthOf(shown) % TAB_CELLS))
    shown += escapeText(part)
  }
  return shown
}

class Scan {
  #starts: Float64Array
  #lines: Uint32Array
  #count: number
  #start: number
  #line: number
  #cells: number
  readonly #base: number
  readonly #width: number | undefined
  readonly #encoding: Encoding

  constructor({ starts, lines, count, open, scanned, width, encoding }: TextRows) {
    this.#starts = starts
    this.#lines = lines
    this.#count = count
    this.#start = open.start
    this.#line = open.line
    this.#cells = open.cells
    this.#base = scanned
    this.#width = width
    this.#encoding = encoding
  }

  /** Takes the character of `length` bytes at `at`. */
  character(bytes: Uint8Array, at: number, length: number): void {
    const code = this.#encoding.startsWith('utf-16') ? this.#unit(bytes, at) : (bytes[at] ?? 0)
    const here = this.#base + at
    if (code === 0x0a) {
      this.#push()
      this.#begin(here + length, this.#line + 1)
      return
    }
    const cells = this.#width === undefined ? 0 : this.#cellsOf(code, bytes, at, length)
    const tooLong = this.#width === undefined ? here - this.#start >= LONGEST_ROW : this.#cells + cells > this.#width
    if (tooLong && here > this.#start) {
      this.#push()
      this.#begin(here, this.#line)
    }
    // A tab is as wide as where it stands makes it.
    this.#cells += cells === 0 || this.#cells > 0 ? cells : this.#cellsOf(code, bytes, at, length)
  }

  result(rows: TextRows, scanned: number, last: boolean): TextRows {
    if (last && (scanned > this.#start || this.#count === 0)) {
      this.#push()
      this.#begin(scanned, this.#line)
    }
    const open = { start: this.#start, line: this.#line, cells: this.#cells }
    return { ...rows, starts: this.#starts, lines: this.#lines, count: this.#count, scanned, open }
  }

  #begin(start: number, line: number): void {
    this.#start = start
    this.#line = line
    this.#cells = 0
  }

  #push(): void {
    if (this.#count === this.#starts.length) {
      const [starts, lines] = [new Float64Array(this.#count * 2), new Uint32Array(this.#count * 2)]
      starts.set(this.#starts)
      lines.set(this.#lines)
      this.#starts = starts
      this.#lines = lines
    }
    this.#starts[this.#count] = this.#start
    this.#lines[this.#count] = this.#line
    this.#count++
  }

  #unit(bytes: Uint8Array, at: number): number {
    const [one = 0, two = 0] = [bytes[at], bytes[at + 1]]
    return this.#encoding === 'utf-16be' ? one * 256 + two : two * 256 + one
  }

  #cellsOf(code: number, bytes: Uint8Array, at: number, length: number): number {
    if (code >= 0x20 && code < 0x7f) return 1
    if (code === 0x09) return TAB_CELLS - (this.#cells % TAB_CELLS)
    return widthOf(escapeText(decodeText(bytes.subarray(at, at + length), this.#encoding)))
  }
}

/** Bytes of the character that begins with `byte`; 1 for what cannot begin one. */
function utf8Length(byte: number): number {
  if (byte < 0xc2) return 1
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1
}
