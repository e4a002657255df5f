import { sortSteps } from '../../overlay/sort-steps.ts'
import { STEP, type Steps } from '../../overlay/steps.ts'
import { type FileTable, nameAt } from './file-table.ts'

/** The columns a list of files can be sorted by, in the order that the sort key turns through them. */
const FILE_COLUMNS = ['name', 'size', 'layer', 'change', 'mode', 'owner', 'time'] as const
type FileColumn = (typeof FILE_COLUMNS)[number]

export type FileSort = { readonly column: FileColumn; readonly descending: boolean }

export const BY_NAME: FileSort = { column: 'name', descending: false }

/** The next column; sizes, layers and times begin with the largest, as one looks for these. */
export function nextSort({ column }: FileSort): FileSort {
  const next = FILE_COLUMNS[(FILE_COLUMNS.indexOf(column) + 1) % FILE_COLUMNS.length] ?? 'name'
  return { column: next, descending: next === 'size' || next === 'layer' || next === 'time' || next === 'change' }
}

/** Sorts rows of one directory in small steps; ties stay in the order of names. */
export type SiblingOrder = (rows: Uint32Array) => Steps<Uint32Array>

/** How the rows of a directory are sorted; undefined where they stay in the table's order. */
export function siblingOrder(table: FileTable, { column, descending }: FileSort): SiblingOrder | undefined {
  if (column === 'name') return descending ? backwards : undefined
  const key = KEYS[column](table)
  const values = new Float64Array(table.count)
  const direction = descending ? -1 : 1
  return function* (rows) {
    for (const [index, row] of rows.entries()) {
      values[row] = direction * key(row)
      if (index % STEP === 0) yield
    }
    return yield* sortSteps(rows, (one, other) => (values[one] ?? 0) - (values[other] ?? 0))
  }
}

function backwards(rows: Uint32Array): Steps<Uint32Array> {
  return sortSteps(rows, (one, other) => other - one)
}

const KEYS: Readonly<Record<Exclude<FileColumn, 'name'>, (table: FileTable) => (row: number) => number>> = {
  size: table => row => table.sizes[row] ?? 0,
  layer: table => row => table.layers[row] ?? 0,
  change: table => row => table.changes[row] ?? 0,
  mode: table => row => table.node(row).mode,
  owner: table => row => table.node(row).uid * 2 ** 21 + table.node(row).gid,
  time: table => row => table.node(row).mtime?.seconds ?? Number.MIN_SAFE_INTEGER,
}

/** The name as the list shows it before escaping, `/` for the root. */
export function shownName(table: FileTable, row: number): string {
  return row === 0 ? '/' : nameAt(table, row)
}
