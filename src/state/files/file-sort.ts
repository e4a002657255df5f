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

/** Sorts rows of one directory in place; ties stay in the order of names. */
export function siblingOrder(table: FileTable, { column, descending }: FileSort): (rows: number[]) => void {
  if (column === 'name') return rows => void (descending && rows.reverse())
  const key = KEYS[column](table)
  return rows => {
    if (rows.length < 2) return
    const values = new Map(rows.map(row => [row, key(row)]))
    const direction = descending ? -1 : 1
    rows.sort((one, other) => direction * ((values.get(one) ?? 0) - (values.get(other) ?? 0)) || one - other)
  }
}

const KEYS: Readonly<Record<Exclude<FileColumn, 'name'>, (table: FileTable) => (row: number) => number>> = {
  size: table => row => table.sizes[row] ?? 0,
  layer: table => row => table.layers[row] ?? 0,
  change: table => row => table.changes[row] ?? 0,
  mode: table => row => table.node(row).mode,
  owner: table => row => table.node(row).uid * 2 ** 21 + table.node(row).gid,
  time: table => row => table.node(row).mtime?.seconds ?? Number.NEGATIVE_INFINITY,
}

/** The name as the list shows it before escaping, `/` for the root. */
export function shownName(table: FileTable, row: number): string {
  return row === 0 ? '/' : nameAt(table, row)
}
