import { type Line, line, type Role, span } from './line.ts'
import { padEnd, wrap } from './text.ts'

/** One thing that is known, by its name; a heading has no name. The value is escaped. */
export type Fact = {
  readonly name: string
  readonly value: string
  readonly role?: Role
  /** A digest that Enter follows, or another value for the copy menu. */
  readonly digest?: string
}

export function fact(name: string, value: string, extra: { role?: Role; digest?: string } = {}): Fact {
  return { name, value, ...extra }
}

export function heading(text: string): Fact {
  return { name: '', value: text }
}

/** Cells of the names' column. */
const NAME_CELLS = 14

/** A row of the screen with the fact it belongs to. */
export type FactRow = { readonly line: Line; readonly fact: Fact }

/** Facts as rows of `width` cells: long values go on in the next row, a heading has a blank row above it. */
export function factRows(facts: readonly Fact[], width: number): readonly FactRow[] {
  return facts.flatMap((each, index) => {
    if (each.name === '') {
      const title = { line: line(span(` ${each.value}`, 'title')), fact: each }
      return index === 0 ? [title] : [{ line: [], fact: each }, title]
    }
    const pieces = each.value.split('\n').flatMap(part => wrap(part, Math.max(10, width - NAME_CELLS - 1)))
    return pieces.map((piece, row) => ({
      line: line(span(` ${padEnd(row === 0 ? each.name : '', NAME_CELLS - 1)} `, 'dim'), span(piece, each.role ?? 'plain')),
      fact: each,
    }))
  })
}
