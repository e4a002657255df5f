import { cutMiddle, prefix, widthOf } from './text.ts'
import type { Tint } from './tint.ts'

/**
 * The meaning of a stretch of text. A theme gives each role its colours; without colour the text must still say it,
 * so a role never carries what the words, a mark (`+ ~ - >`) or the place do not.
 */
export type Role =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'accent'
  | 'title'
  | 'added'
  | 'modified'
  | 'removed'
  | 'waste'
  | 'good'
  | 'warning'
  | 'litter'
  | 'error'
  | 'match'
  /** The cell of a text field that the cursor is on. */
  | 'cursor'
  | 'name'
  | 'string'
  | 'number'
  | 'literal'

/** A stretch of one screen row. `text` is escaped already (escape.ts): nothing is escaped after this point. */
export type Span = {
  readonly text: string
  readonly role: Role
  /** A colour of the letters in place of the role's, and one behind them. Without colours, blanks with one behind are shaded. */
  readonly fore?: Tint
  readonly back?: Tint
  /** An address that the text stands for (`linkOf`): a terminal may open it. */
  readonly link?: string
  /** The action of a click on it. */
  readonly click?: Click
}

/** A command as `runCommand` takes it. */
export type Click = { readonly command: string; readonly argument?: string }

/** One screen row of a pane, left to right. */
export type Line = readonly Span[]

export function span(text: string, role: Role = 'plain'): Span {
  return { text, role }
}

/** Text that stands for an address, when there is one. */
export function linked(text: string, role: Role, link: string | undefined): Span {
  return link === undefined ? { text, role } : { text, role, link }
}

export function line(...parts: readonly (Span | string)[]): Line {
  return parts.map(part => (typeof part === 'string' ? span(part) : part))
}

/** The action of a click on cell `column` of the line, base 0 from its left; undefined where it does nothing. */
export function clickAt(spans: Line, column: number): Click | undefined {
  let end = 0
  return spans.find(({ text }) => {
    end += widthOf(text)
    return column < end
  })?.click
}

export function lineWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + widthOf(text), 0)
}

export function plainText(spans: Line): string {
  return spans.map(({ text }) => text).join('')
}

/** `spans` in at most `width` cells; a longer line ends in `…`. */
export function cutLine(spans: Line, width: number): Line {
  if (lineWidth(spans) <= width) return spans
  const kept: Span[] = []
  let left = width - 1
  for (const each of spans) {
    const wide = widthOf(each.text)
    if (wide > left) return left < 0 ? kept : [...kept, { ...each, text: `${prefix(each.text, left)}…` }]
    kept.push(each)
    left -= wide
  }
  return kept
}

/** `spans` in rows of at most `width` cells, broken where a row is full; all but the first are indented by `indent` cells. */
export function wrapLine(spans: Line, width: number, indent: number): readonly Line[] {
  if (lineWidth(spans) <= width) return [spans]
  const hanging = span(' '.repeat(indent))
  const rows: Span[][] = [[]]
  let left = width
  for (const each of spans) {
    let rest = each.text
    while (rest !== '') {
      const piece = prefix(rest, left)
      // A row that holds nothing but its indentation takes what comes, however wide.
      const taken = piece !== '' || left < width - indent ? piece : rest
      if (taken !== '') rows.at(-1)?.push({ ...each, text: taken })
      rest = rest.slice(taken.length)
      left -= widthOf(taken)
      if (rest === '') break
      rows.push([hanging])
      left = width - indent
    }
  }
  return rows
}

/** `left` and `right` at the two ends of `width` cells; `left` gives way first, from its middle. */
export function spread(left: Line, right: Line, width: number): Line {
  const rightPart = cutLine(right, width)
  const rightWidth = lineWidth(rightPart)
  const room = Math.max(0, width - rightWidth - (rightWidth > 0 ? 2 : 0))
  const leftPart = lineWidth(left) <= room ? left : shorten(left, room)
  const gap = width - rightWidth - lineWidth(leftPart)
  return gap > 0 ? [...leftPart, span(' '.repeat(gap)), ...rightPart] : [...leftPart, ...rightPart]
}

/** Fewer cells of a text say nothing. */
const LEAST_CUT = 6

/**
 * Cuts the widest span in its middle, so that both the start and the end of a place stay readable; where next to nothing of it
 * would stay, the last span is left out instead, with what joins it to the others.
 */
function shorten(spans: Line, width: number): Line {
  const widest = spans.reduce((best, { text }, index) => (widthOf(text) > widthOf(spans[best]?.text ?? '') ? index : best), 0)
  const others = lineWidth(spans.filter((_, index) => index !== widest))
  const room = width - others
  if (room < LEAST_CUT) return withoutLast(spans, width)
  return spans.map((each, index) => (index === widest ? { ...each, text: cutMiddle(each.text, room) } : each))
}

function withoutLast(spans: Line, width: number): Line {
  const joins = ({ text }: Span) => /^[ ·›→]*$/.test(text)
  const last = spans.findLastIndex(each => !joins(each))
  const kept = spans.slice(0, spans.slice(0, Math.max(0, last)).findLastIndex(each => !joins(each)) + 1)
  return lineWidth(kept) <= width ? kept : shorten(kept, width)
}
