import { type Line, lineWidth, wrapLine } from '../line/line.ts'
import { type JsonDocument, jsonLine, unfoldedLines } from './json-document.ts'

/** The screen rows of a JSON document: the lines that are not folded away, long ones over several rows where they wrap. */
export type JsonRows = {
  readonly count: number
  /** The document's line of each row. */
  readonly lines: Uint32Array
  /** Which piece of its line a row is, base 0. */
  readonly pieces: Uint16Array
}

/** Characters of one line that wrapping shows; the rest of a string is visible in the text. */
const LONGEST_WRAPPED = 16_384
/** Cells that the pieces of a line are indented more than the line. */
const HANGING = 2

/** The rows at `width` cells; undefined: one row a line, which is cut at the pane's edge. */
export function jsonRows(document: JsonDocument, folded: ReadonlySet<number>, width: number | undefined): JsonRows {
  const known = laidOut.get(folded)
  if (known?.document === document && known.width === width) return known.rows
  const rows = layOut(document, folded, width)
  laidOut.set(folded, { document, width, rows })
  return rows
}

/** Rows `from` until `to`; `look` may change how a line is drawn, before it is broken in rows, not how wide it is. */
export function jsonRowLines(
  document: JsonDocument,
  folded: ReadonlySet<number>,
  width: number | undefined,
  [from, to]: readonly [from: number, to: number],
  look: (line: Line) => Line,
): readonly Line[] {
  const rows = jsonRows(document, folded, width)
  let [drawn, pieces]: [number, readonly Line[]] = [-1, []]
  return Array.from({ length: Math.max(0, Math.min(to, rows.count) - from) }, (_, offset) => {
    const line = rows.lines[from + offset] ?? 0
    if (line !== drawn) pieces = piecesOf(document, line, folded.has(line), width, look)
    drawn = line
    return pieces[rows.pieces[from + offset] ?? 0] ?? []
  })
}

/** The first row that shows `line`; of a line that is folded away, the row of what hides it. */
export function rowOfLine({ lines, count }: JsonRows, line: number): number {
  let [low, high] = [0, Math.max(0, count - 1)]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines[middle] ?? 0) >= line) high = middle
    else low = middle + 1
  }
  return (lines[low] ?? 0) > line ? Math.max(0, low - 1) : low
}

/** By the set of folded lines: folding makes a new one. */
const laidOut = new WeakMap<
  ReadonlySet<number>,
  { readonly document: JsonDocument; readonly width: number | undefined; readonly rows: JsonRows }
>()

function layOut(document: JsonDocument, folded: ReadonlySet<number>, width: number | undefined): JsonRows {
  const shown = unfoldedLines(document, folded)
  if (width === undefined) return { count: shown.length, lines: shown, pieces: new Uint16Array(shown.length) }
  const counts = shown.map(line =>
    isShort(document, line, width) ? 1 : piecesOf(document, line, folded.has(line), width).length,
  )
  const count = counts.reduce((sum, each) => sum + each, 0)
  const [lines, pieces] = [new Uint32Array(count), new Uint16Array(count)]
  let row = 0
  for (const [index, line] of shown.entries()) {
    for (let piece = 0; piece < (counts[index] ?? 1); piece++) {
      lines[row] = line
      pieces[row++] = piece
    }
  }
  return { count, lines, pieces }
}

/** Whether a line fits whatever is in it: no character is shown in more than ten cells. Most lines need no closer look. */
function isShort({ from, to, depths }: JsonDocument, line: number, width: number): boolean {
  return ((to[line] ?? 0) - (from[line] ?? 0)) * 10 + 2 * (depths[line] ?? 0) + 8 <= width
}

function piecesOf(
  document: JsonDocument,
  line: number,
  folded: boolean,
  width: number | undefined,
  look: (line: Line) => Line = same => same,
): readonly Line[] {
  if (width === undefined) return [look(jsonLine(document, line, folded))]
  const spans = jsonLine(document, line, folded, LONGEST_WRAPPED)
  const indent = lineWidth(spans.slice(0, 1))
  return wrapLine(look(spans), width, Math.min(indent + HANGING, width >> 1))
}
