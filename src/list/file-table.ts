import type { Change } from '../filter/filter-term.ts'
import { ENTRY_TYPES } from '../layer/entry.ts'
import { type FilePath, joinPath, ROOT } from '../layer/file-path.ts'
import type { TreeNode } from '../overlay/tree.ts'

/** Which tree is shown: the whole image, everything up to a layer, or what one layer touches. Layers by position. */
export type FileScope = { readonly kind: 'image' } | { readonly kind: 'upto' | 'layer'; readonly layer: number }

/**
 * A tree as columns, parents before children, siblings bytewise; row 0 is the root. Half a million rows take some thirty
 * megabytes outside the JavaScript heap; a node becomes an object only when it is looked at.
 */
export type FileTable = {
  readonly scope: FileScope
  readonly count: number
  /** Row of the directory it is in; the root's own is 0. */
  readonly parents: Uint32Array
  /** The row after the last one below it. */
  readonly ends: Uint32Array
  readonly depths: Uint16Array
  /** Content bytes of a file; of a directory, all below it, each inode once and what is removed left out. */
  readonly sizes: Float64Array
  /** Index into `CHANGES`; `TOUCHED_BELOW` is added when something below it changed. */
  readonly changes: Uint8Array
  /** Index into `ENTRY_TYPES`. */
  readonly types: Uint8Array
  /** Position of the layer that wrote it last; of a removed name, before that. */
  readonly layers: Uint16Array
  /** Identifier of each row's path in the stack. */
  readonly paths: Uint32Array
  /** Files at and below each row, in a table that has counted them. */
  readonly counts?: Uint32Array
  readonly names: PackedNames
  /** The name itself; a removed one comes from the last snapshot that had it. */
  node(row: number): TreeNode
}

/** Names one after the other, each followed by a zero byte; name `i` begins at `starts[i]`, the end of all at `starts[count]`. */
type PackedNames = {
  readonly bytes: Buffer
  /** The same in lower case, byte for byte at the same places (filter-text.ts `fold`); undefined where all of it is ASCII. */
  readonly folded: Buffer | undefined
  readonly starts: Uint32Array
}

export const CHANGES: readonly Change[] = ['unchanged', 'added', 'modified', 'removed']
export const TOUCHED_BELOW = 0x80

export function changeOf(table: FileTable, row: number): Change {
  return CHANGES[(table.changes[row] ?? 0) & ~TOUCHED_BELOW] ?? 'unchanged'
}

/** Whether the row or anything below it changed. */
export function isChanged(table: FileTable, row: number): boolean {
  return table.changes[row] !== 0
}

/** Whether there is something below the row: a directory, or what a removed directory held. */
export function hasChildren(table: FileTable, row: number): boolean {
  return (table.ends[row] ?? 0) > row + 1
}

export function isDirectory(table: FileTable, row: number): boolean {
  return ENTRY_TYPES[table.types[row] ?? 0] === 'directory'
}

/** One character per byte. */
export function nameAt(table: FileTable, row: number): string {
  const { bytes, starts } = table.names
  return bytes.toString('latin1', starts[row] ?? 0, (starts[row + 1] ?? 1) - 1)
}

export function pathAt(table: FileTable, row: number): FilePath {
  if (row === 0) return ROOT
  return joinPath(pathAt(table, table.parents[row] ?? 0), nameAt(table, row))
}

/** The row of a path, or of its nearest ancestor that is there; `exact` says which. */
export function rowOf(table: FileTable, path: FilePath): { readonly row: number; readonly exact: boolean } {
  let row = 0
  for (const name of path === ROOT ? [] : path.split('/')) {
    const child = childNamed(table, row, name)
    if (child === undefined) return { row, exact: false }
    row = child
  }
  return { row, exact: true }
}

/** The rows directly below a row, in the table's order. */
export function* childrenOf(table: FileTable, row: number): Generator<number> {
  const end = table.ends[row] ?? 0
  for (let child = row + 1; child < end; child = table.ends[child] ?? end) yield child
}

/** Siblings are in order, and so are the rows below a directory by the sibling that each is at or below of. */
function childNamed(table: FileTable, row: number, name: string): number | undefined {
  const { bytes, starts } = table.names
  const wanted = Buffer.from(name, 'latin1')
  let [low, high] = [row + 1, table.ends[row] ?? 0]
  while (low < high) {
    const child = childAbove(table, row, (low + high) >> 1)
    const found = bytes.compare(wanted, 0, wanted.length, starts[child] ?? 0, (starts[child + 1] ?? 1) - 1)
    if (found === 0) return child
    if (found > 0) high = child
    else low = table.ends[child] ?? high
  }
  return undefined
}

/** The row directly below `parent` that `row` is or lies below of. */
function childAbove({ parents }: FileTable, parent: number, row: number): number {
  let child = row
  while (parents[child] !== parent) child = parents[child] ?? parent
  return child
}
