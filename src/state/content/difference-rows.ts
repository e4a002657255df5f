import { type Line, line, type Role, type Span, span } from '../../line/line.ts'
import { cut, padEnd, padStart, prefix, widthOf } from '../../line/text.ts'
import { shownText } from '../../list/text-rows.ts'
import type { DifferenceLine, DifferenceSlice } from '../model/difference.ts'
import { lazyRows, type Rows } from '../model/rows.ts'

/** The subject of a row of a difference: whether a run of changed lines begins there, and its text for the search. */
export type DifferenceRow = { readonly starts: boolean; readonly text: string }

/** From this width on both versions stand side by side: two halves of 140 columns hold a usual line each. */
const SIDE_BY_SIDE = 132
/** Lines of megabytes exist; no row shows more than a few hundred cells. */
const LONGEST = 2000

const LOOKS: Readonly<Record<DifferenceLine['kind'], { readonly mark: string; readonly role: Role }>> = {
  same: { mark: ' ', role: 'plain' },
  added: { mark: '+', role: 'added' },
  removed: { mark: '-', role: 'removed' },
  gap: { mark: '·', role: 'dim' },
}

type Cell = DifferenceLine | undefined
/** Characters that a changed line has in common with the line it took the place of: the difference comes after them. */
type Commons = ReadonlyMap<DifferenceLine, number>
/** A line of the unified form, or one of each side. */
type Pair = { readonly left: Cell; readonly right: Cell; readonly starts: boolean }

/** The rows of a difference: its facts, then its lines, one below the other or side by side as the width allows. */
export function differenceRows(difference: NonNullable<DifferenceSlice>, width: number): Rows<DifferenceRow> {
  const { lines = [], wrap, search, refused } = difference
  // Where there is nothing else to show the pane says why by itself.
  const facts =
    refused === undefined || difference.facts.length === 0 ? difference.facts : [...difference.facts, ...refused.split('\n')]
  const isWide = width >= SIDE_BY_SIDE
  const pairs = isWide
    ? sideBySide(lines)
    : lines.map((each, index) => ({ left: each, right: undefined, starts: startsAt(lines, index) }))
  const look = { commons: commonBeginnings(lines), width, wrap, search }
  const made = (pair: Pair) => (isWide ? wideLines(pair, look) : unifiedLines(pair.left, look))
  const head = facts.map(text => ({ line: line(span(cut(text, width), factRole(text))), subject: { starts: false, text } }))
  const blank = head.length > 0 && pairs.length > 0 ? [{ line: [], subject: { starts: false, text: '' } }] : []
  const above = [...head, ...blank]
  const subject = ({ left, right, starts }: Pair) => ({ starts, text: `${left?.text ?? ''}\n${right?.text ?? ''}` })
  const firsts = wrap ? firstRows(pairs, look, isWide) : undefined
  return lazyRows(above.length + (firsts?.at(-1) ?? pairs.length), index => {
    const row = index - above.length
    const at = firsts === undefined ? row : lastAtMost(firsts, row)
    const [pair, part] = [pairs[at], row - (firsts?.[at] ?? row)]
    if (pair === undefined || row < 0) return above[index] ?? { line: [], subject: NOTHING }
    return { line: made(pair)[part] ?? [], subject: part === 0 ? subject(pair) : NOTHING }
  })
}

/** The row on which each pair begins where long lines are wrapped, and the number of rows behind the last. */
function firstRows(pairs: readonly Pair[], { commons, width }: Look, isWide: boolean): Uint32Array {
  const room = isWide ? halfRoom(halfCells(width)) : unifiedRoom(width)
  const firsts = new Uint32Array(pairs.length + 1)
  const rowsOf = (each: Cell) => (each === undefined ? 0 : pieceCount(each.text, commons.get(each) ?? 0, room))
  for (const [index, { left, right }] of pairs.entries()) {
    firsts[index + 1] = (firsts[index] ?? 0) + Math.max(1, rowsOf(left), isWide ? rowsOf(right) : 0)
  }
  return firsts
}

/** The index of the last number that is at most `value`, of numbers that grow. */
function lastAtMost(numbers: Uint32Array, value: number): number {
  let [low, high] = [0, numbers.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((numbers[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}

const NOTHING: DifferenceRow = { starts: false, text: '' }

function factRole(text: string): Role {
  return text.startsWith('- ') ? 'removed' : text.startsWith('+ ') ? 'added' : 'plain'
}

function isChange(each: Cell): boolean {
  return each?.kind === 'added' || each?.kind === 'removed'
}

function startsAt(lines: readonly DifferenceLine[], index: number): boolean {
  return isChange(lines[index]) && !isChange(lines[index - 1])
}

/** Runs of removed lines beside the added ones that took their place. */
function sideBySide(lines: readonly DifferenceLine[]): readonly Pair[] {
  const pairs: Pair[] = []
  for (let index = 0; index < lines.length; ) {
    const each = lines[index]
    if (!isChange(each)) {
      pairs.push({ left: each, right: each, starts: false })
      index++
      continue
    }
    const [gone, fresh]: [DifferenceLine[], DifferenceLine[]] = [[], []]
    for (let next = lines[index]; next !== undefined && isChange(next); next = lines[++index])
      (next.kind === 'removed' ? gone : fresh).push(next)
    for (let row = 0; row < Math.max(gone.length, fresh.length); row++)
      pairs.push({ left: gone[row], right: fresh[row], starts: row === 0 })
  }
  return pairs
}

/** Beginnings that the lines of each run of changes have in common, the first removed with the first added. */
function commonBeginnings(lines: readonly DifferenceLine[]): Commons {
  const commons = new Map<DifferenceLine, number>()
  let [gone, fresh]: [DifferenceLine[], DifferenceLine[]] = [[], []]
  const meet = () => {
    for (const [index, one] of gone.entries()) {
      const other = fresh[index]
      if (other === undefined) break
      let length = 0
      while (length < one.text.length && one.text[length] === other.text[length]) length++
      commons.set(one, length).set(other, length)
    }
    ;[gone, fresh] = [[], []]
  }
  for (const each of lines) {
    if (each.kind === 'removed') gone.push(each)
    else if (each.kind === 'added') fresh.push(each)
    else meet()
  }
  meet()
  return commons
}

type Look = { readonly commons: Commons; readonly width: number; readonly wrap: boolean; readonly search: string }

const NUMBER_CELLS = 6

function unifiedLines(each: Cell, { commons, width, wrap, search }: Look): readonly Line[] {
  if (each === undefined) return [[]]
  const { mark, role } = LOOKS[each.kind]
  const start = `${number(each.before)}${number(each.after)} `
  return pieces(each.text, commons.get(each) ?? 0, unifiedRoom(width), wrap).map((text, index) => [
    span(index === 0 ? start : ' '.repeat(start.length), 'dim'),
    span(`${index === 0 ? mark : ' '} `, role),
    ...found(text, role, search),
  ])
}

/** Cells of a line's text: both numbers, the mark and blanks stand before it. */
function unifiedRoom(width: number): number {
  return width - 2 * NUMBER_CELLS - 3
}

function halfCells(width: number): number {
  return Math.floor((width - 3) / 2)
}

function halfRoom(cells: number): number {
  return cells - NUMBER_CELLS - 3
}

function wideLines({ left, right }: Pair, look: Look): readonly Line[] {
  const cells = halfCells(look.width)
  const [mine, theirs] = [half(left, 'before', cells, look), half(right, 'after', cells, look)]
  const blank = line(span(' '.repeat(cells)))
  return Array.from({ length: Math.max(mine.length, theirs.length) }, (_, index) => [
    ...(mine[index] ?? blank),
    span(' │ ', 'dim'),
    ...(theirs[index] ?? blank),
  ])
}

function half(each: Cell, side: 'before' | 'after', cells: number, { commons, wrap, search }: Look): readonly Line[] {
  if (each === undefined) return []
  const { mark, role } = LOOKS[each.kind]
  const room = halfRoom(cells)
  return pieces(each.text, commons.get(each) ?? 0, room, wrap).map((text, index) => [
    span(index === 0 ? `${number(each[side])} ` : ' '.repeat(NUMBER_CELLS + 1), 'dim'),
    span(`${index === 0 ? mark : ' '} `, role),
    ...found(padEnd(text, room), role, search),
  ])
}

function number(value: number | undefined): string {
  return padStart(value === undefined ? '' : String(value), NUMBER_CELLS)
}

/** Characters that are shown before those in which two long lines differ. */
const BEFORE = 12

/** The text in rows of the room there is; from shortly before what differs where that would not be seen else. */
function pieces(text: string, common: number, room: number, wrap: boolean): readonly string[] {
  const shown = shownPart(text, common, room, wrap)
  if (!wrap || widthOf(shown) <= room) return [cut(shown, room)]
  const rows: string[] = []
  for (let rest = shown; rest !== ''; ) {
    // A character wider than the room is taken all the same.
    const piece = prefix(rest, Math.max(1, room)) || rest.slice(0, 1)
    rows.push(piece)
    rest = rest.slice(piece.length)
  }
  return rows
}

/** How many rows the pieces of a wrapped text are; of plain text, which is most, without making them. */
function pieceCount(text: string, common: number, room: number): number {
  const isPlain = text.length <= LONGEST && PLAIN.test(text) && common <= LONGEST - BEFORE
  return isPlain ? Math.max(1, Math.ceil(text.length / Math.max(1, room))) : pieces(text, common, room, true).length
}

const PLAIN = /^[ -~]*$/

function shownPart(text: string, common: number, room: number, wrap: boolean): string {
  const isBeyond = common > Math.max(0, (wrap ? LONGEST : room) - BEFORE)
  const from = isBeyond ? Math.max(0, common - BEFORE) : 0
  const isHalf = /^[\udc00-\udfff]/.test(text.slice(from, from + 1))
  return `${from > 0 ? '…' : ''}${shownText(text.slice(from + (isHalf ? 1 : 0), from + LONGEST))}`
}

/** The text with what is searched for marked. */
function found(text: string, role: Role, search: string): readonly Span[] {
  const at = search === '' ? -1 : text.toLowerCase().indexOf(search)
  if (at === -1) return [span(text, role)]
  const end = at + search.length
  return [span(text.slice(0, at), role), span(text.slice(at, end), 'match'), ...found(text.slice(end), role, search)]
}
