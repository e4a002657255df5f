import { ENTRY_TYPES } from '../layer/entry.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import { CHANGES, type FileTable, hasChildren } from './file-table.ts'

/** Entries of one directory that take no bytes, ascending: on the list they share the row of the first. */
export type Fold = {
  readonly rows: Uint32Array
  /** Whether some of them are marked as added. */
  readonly added: boolean
}

/** The folds of a list, by the row of the directory that their entries are in. */
export type Folds = ReadonlyMap<number, Fold>

export const NO_FOLDS: Folds = new Map()

/** With fewer empty entries a fold would save no more than a row. */
const LEAST_FOLDED = 3

/**
 * Parts the children of `directory`, sorted by size from the largest on, into those that have a row of their own and the fold of
 * the empty ones; undefined where these are too few.
 */
export function* foldEmpty(
  table: FileTable,
  directory: number,
  children: Uint32Array,
): Steps<{ readonly own: Uint32Array; readonly fold: Fold } | undefined> {
  let first = children.length
  while (first > 0 && table.sizes[children[first - 1] ?? 0] === 0) first--
  const own: number[] = []
  const empty: number[] = []
  for (const [index, row] of children.subarray(first).entries()) {
    // Of a chain of directories only the last is empty.
    if (table.parents[row] === directory && isEmptyRow(table, row)) empty.push(row)
    else own.push(row)
    if (index % STEP === 0) yield
  }
  if (empty.length < LEAST_FOLDED) return undefined
  const added = empty.some(row => table.changes[row] === ADDED)
  return { own: Uint32Array.from([...children.subarray(0, first), ...own]), fold: { rows: Uint32Array.from(empty), added } }
}

/** The fold that has a row of the table among its entries. */
export function foldWith(table: FileTable, folds: Folds, row: number): Fold | undefined {
  const fold = row === 0 ? undefined : folds.get(table.parents[row] ?? 0)
  return fold?.rows.includes(row) === true ? fold : undefined
}

const UNCHANGED = CHANGES.indexOf('unchanged')
const ADDED = CHANGES.indexOf('added')

/**
 * Whether a row is a file or directory with nothing in it that no layer has changed since it was written. Links lead somewhere,
 * a further name of a file has its content, and a removal is worth seeing: they have a row of their own.
 */
export function isEmptyRow(table: FileTable, row: number): boolean {
  const change = table.changes[row]
  if (table.sizes[row] !== 0 || (change !== UNCHANGED && change !== ADDED) || hasChildren(table, row)) return false
  const type = ENTRY_TYPES[table.types[row] ?? 0]
  return type === 'directory' || (type === 'file' && table.node(row).size === 0)
}
