import { type Line, line, linked, type Role, span } from './line.ts'
import { linkOf } from './link.ts'
import { cutMiddle, padEnd, widthOf, wrap } from './text.ts'

/** One thing that is known, by its name; a heading has no name. The value is escaped. */
export type Fact = {
  readonly name: string
  readonly value: string
  readonly role?: Role
  /** Shorter text for where the value would not fit in one row. */
  readonly short?: string
  /** The address it names, where the value says more than that. */
  readonly link?: string
  /** A digest that Enter follows, or another value for the copy menu. */
  readonly digest?: string
}

export function fact(name: string, value: string, extra: Omit<Fact, 'name' | 'value'> = {}): Fact {
  return { name, value, ...extra }
}

export function heading(text: string): Fact {
  return { name: '', value: text }
}

/** Cells of the names' column: as many as the longest name below a heading needs, within these bounds. */
const FEWEST_NAME_CELLS = 12
const MOST_NAMES_SHARE = 0.4

/** A row of the screen, and the fact that it is about. */
type FactRow = { readonly line: Line; readonly subject: Fact }

function nameCells(facts: readonly Fact[], from: number, width: number): number {
  const most = Math.max(FEWEST_NAME_CELLS, Math.floor(width * MOST_NAMES_SHARE))
  let cells = FEWEST_NAME_CELLS
  for (let index = from; index < facts.length && cells < most; index++) {
    const name = facts[index]?.name ?? ''
    if (name === '' && index > from) break
    cells = Math.max(cells, Math.min(most, widthOf(name) + 1))
  }
  return cells
}

/** Facts as rows of `width` cells: long values go on in the next row, a heading has a blank row above it. */
export function factRows(facts: readonly Fact[], width: number): readonly FactRow[] {
  let names = nameCells(facts, 0, width)
  return facts.flatMap((each, index) => {
    if (each.name === '') {
      names = nameCells(facts, index, width)
      const title = { line: line(span(` ${each.value}`, 'title')), subject: each }
      return index === 0 ? [title] : [{ line: [], subject: each }, title]
    }
    const link = each.link ?? linkOf(each.value)
    const room = Math.max(10, width - names - 1)
    const value = each.short !== undefined && widthOf(each.value) > room ? each.short : each.value
    const pieces = value.split('\n').flatMap(part => wrap(part, room))
    return pieces.map((piece, row) => ({
      line: line(
        span(` ${padEnd(row === 0 ? cutMiddle(each.name, names - 1) : '', names - 1)} `, 'dim'),
        linked(piece, each.role ?? 'plain', link),
      ),
      subject: each,
    }))
  })
}
