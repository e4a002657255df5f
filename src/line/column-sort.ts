import { type Line, lineWidth, type Span, span } from './line.ts'
import { padEnd, padStart } from './text.ts'

/** How a list is sorted: by which of its columns, and which way round. */
export type ColumnSort<Column extends string> = { readonly column: Column; readonly descending: boolean }

/** The columns a list can be sorted by, in the order that the sort key turns through them. */
export type SortableColumns<Column extends string> = readonly {
  readonly column: Column
  /** Whether it begins with the largest: what one looks for in it. */
  readonly descending: boolean
  /** Words for the first row of a downward sort: `the largest`. */
  readonly first: string
}[]

/** The next column, in the direction that it begins with. */
export function nextSort<Column extends string>(
  columns: SortableColumns<Column>,
  { column }: ColumnSort<Column>,
): ColumnSort<Column> {
  const { column: next, descending } = columns[(columns.findIndex(each => each.column === column) + 1) % columns.length] ?? {
    column,
    descending: false,
  }
  return { column: next, descending }
}

/** The sort after the head of `clicked` was clicked: by that column; of the one that sorts already, the other way round. */
export function clickedSort<Column extends string>(
  columns: SortableColumns<Column>,
  sort: ColumnSort<Column>,
  clicked: string | undefined,
): ColumnSort<Column> {
  const found = columns.find(({ column }) => column === clicked)
  if (found === undefined) return sort
  return found.column === sort.column ? reversedSort(sort) : { column: found.column, descending: found.descending }
}

export function reversedSort<Column extends string>({ column, descending }: ColumnSort<Column>): ColumnSort<Column> {
  return { column, descending: !descending }
}

/** `Sorted by size, the largest first.` */
export function sortNote<Column extends string>(columns: SortableColumns<Column>, sort: ColumnSort<Column>): string {
  const first = columns.find(({ column }) => column === sort.column)?.first
  return `Sorted by ${sort.column}${sort.descending && first !== undefined ? `, ${first} first` : ''}.`
}

/** The name of a column: the cells it is written in, at the left of them unless `right`, after `gap` blank ones. */
type Head<Column extends string> = {
  readonly column: Column
  /** The heading where that is not the column's own name. */
  readonly text?: string
  /** None for a column that is not shown. */
  readonly cells: number
  readonly right?: boolean
  readonly gap?: number
}

/** Makes the names of columns: the one that sorts is marked, each runs `command` with its column when it is clicked. */
export function columnHeads<Column extends string>(sort: ColumnSort<Column>, command: string): (head: Head<Column>) => Span {
  return ({ column, text = column, cells, right = false, gap = 0 }) => {
    if (cells === 0) return span('')
    const sorts = sort.column === column
    const shown = sorts ? `${text}${arrowOf(sort)}` : text
    const padded = right ? padStart(shown, cells) : padEnd(shown, cells)
    return { ...span(' '.repeat(gap) + padded, sorts ? 'strong' : 'dim'), click: { command, argument: column } }
  }
}

/** Blank cells before the last column, which takes the rest of the line. */
const LAST_GAP = 2
const LEAST_LAST = 5

/** The names of the columns `before` and of the last one. Where none of them is the one that sorts, that is named behind them. */
export function headsWithLast<Column extends string>(
  before: Line,
  { column, text = column }: Pick<Head<Column>, 'column' | 'text'>,
  sort: ColumnSort<Column>,
  command: string,
  width: number,
): Line {
  const cells = Math.max(LEAST_LAST, width - lineWidth(before) - LAST_GAP)
  const last = columnHeads(sort, command)({ column, text, cells, gap: LAST_GAP })
  if ([...before, last].some(({ click }) => click?.argument === sort.column)) return [...before, last]
  const name = { ...last, text: `${' '.repeat(LAST_GAP)}${text}` }
  const unseen = ` · by ${sort.column}${arrowOf(sort)}`
  return [...before, name, span(padEnd(unseen, Math.max(unseen.length, cells - text.length)), 'strong')]
}

function arrowOf({ descending }: ColumnSort<string>): string {
  return descending ? '↓' : '↑'
}
