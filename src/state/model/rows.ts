import type { Line } from '../../line/line.ts'

/** One row of a view: what is drawn, and the thing it is about, which commands get. */
export type Row<Subject> = { readonly line: Line; readonly subject: Subject }

/** The rows of a view at a width. An array is one; `lazyRows` makes only those that are asked for, of a million files. */
export type Rows<Subject> = {
  readonly length: number
  at(index: number): Row<Subject> | undefined
  /** The subject of a row without its line, where that is cheaper. */
  subjectAt?(index: number): Subject | undefined
  slice(from: number, to: number): readonly Row<Subject>[]
}

/** Rows that are made when they are asked for. `row` is called with 0 … `length` − 1. */
export function lazyRows<Subject>(length: number, row: (index: number) => Row<Subject>): Rows<Subject> {
  return {
    length,
    at: index => (index >= 0 && index < length ? row(index) : undefined),
    slice: (from, to) => Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, offset) => row(from + offset)),
  }
}

/** A row for each item, which is its subject; its line is made when it is asked for. */
export function rowsOf<Item>(items: readonly Item[], lineOf: (item: Item, index: number) => Line): Rows<Item> {
  const rows = lazyRows(items.length, index => {
    const subject = items[index]
    if (subject === undefined) throw new RangeError(`no row ${index}`)
    return { line: lineOf(subject, index), subject }
  })
  return { ...rows, subjectAt: index => items[index] }
}

/** The subject of a row; undefined outside the rows. */
export function subjectAt<Subject>(rows: Rows<Subject>, index: number): Subject | undefined {
  return rows.subjectAt === undefined ? rows.at(index)?.subject : rows.subjectAt(index)
}
