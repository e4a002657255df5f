import type { ByteText } from '../blob/byte-text.ts'
import { asByteText } from '../blob/byte-text.ts'
import type { ColumnSort, SortableColumns } from '../line/column-sort.ts'
import { sortSteps } from '../overlay/sort-steps.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import { type FileTable, nameAt } from './file-table.ts'

/** The columns of the tree of files. Sizes, layers and times begin with the largest, as one looks for these. */
export const FILE_COLUMNS = [
  { column: 'name', descending: false, first: 'the last' },
  { column: 'size', descending: true, first: 'the largest' },
  { column: 'layer', descending: true, first: 'the topmost' },
  { column: 'change', descending: true, first: 'what changed' },
  { column: 'mode', descending: false, first: 'the last' },
  { column: 'owner', descending: false, first: 'the last' },
  { column: 'time', descending: true, first: 'the newest' },
] as const satisfies SortableColumns<string>
type FileColumn = (typeof FILE_COLUMNS)[number]['column']

export type FileSort = ColumnSort<FileColumn>
/** The same, and the number of files below in a table that has counted them. */
export type TreeSort = ColumnSort<FileColumn | 'files'>

export const BY_NAME: FileSort = { column: 'name', descending: false }
/** The first order: the heaviest entries are looked for most. */
export const BY_SIZE: FileSort = { column: 'size', descending: true }

/** Sorts rows of one directory in small steps; ties stay in the order of names. */
export type SiblingOrder = (rows: Uint32Array) => Steps<Uint32Array>

/** How the rows of a directory are sorted; undefined where they stay in the table's order. */
export function siblingOrder(table: FileTable, { column, descending }: TreeSort): SiblingOrder | undefined {
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

const KEYS: Readonly<Record<Exclude<TreeSort['column'], 'name'>, (table: FileTable) => (row: number) => number>> = {
  size: table => row => table.sizes[row] ?? 0,
  files: table => row => table.counts?.[row] ?? 0,
  layer: table => row => table.layers[row] ?? 0,
  change: table => row => table.changes[row] ?? 0,
  mode: table => row => table.node(row).mode,
  owner: table => row => table.node(row).uid * 2 ** 21 + table.node(row).gid,
  time: table => row => table.node(row).mtime?.seconds ?? Number.MIN_SAFE_INTEGER,
}

/** The name as the list shows it before escaping, `/` for the root. */
export function shownName(table: FileTable, row: number): ByteText {
  return asByteText(row === 0 ? '/' : nameAt(table, row))
}
