import type { Filter } from '../../filter/filter.ts'
import { type FilePath, parentPath } from '../../layer/file-path.ts'
import { chainEnd, chainStart } from '../../list/directory-chain.ts'
import { type Fold, foldWith } from '../../list/empty-rows.ts'
import { COLLAPSED, EXPANDED, type Expansion, type VisibleRows } from '../../list/file-rows.ts'
import type { Hits } from '../../list/file-search.ts'
import { BY_SIZE, type FileSort } from '../../list/file-sort.ts'
import { type FileScope, type FileTable, pathAt, rowOf } from '../../list/file-table.ts'
import type { Stack } from '../../overlay/tree.ts'

/** Which columns stand before the names: the size with its bar always, then mode, owner, layer and time where there is room. */
export const FILE_COLUMN_SETS = ['size', 'mode', 'all'] as const
type FileColumns = (typeof FILE_COLUMN_SETS)[number]

/** The state of the files view: choices of the user, and rows computed from them. */
export type FilesSlice = {
  readonly scope: FileScope['kind']
  readonly expansion: Expansion
  /** While a filter is on, everything it keeps is open unless it was closed by hand. */
  readonly filterExpansion: Expansion
  /** Directories whose empty entries have a row each. */
  readonly unfolded: ReadonlySet<FilePath>
  readonly sort: FileSort
  readonly columns: FileColumns
  readonly hideUnchanged: boolean
  readonly filter: Filter | undefined
  readonly search: { readonly filter: Filter; readonly hits: Hits | undefined; readonly from: FilePath } | undefined
  /** The rows that were computed last: maybe of an older choice while the newer one is being computed. */
  readonly shown: ShownFiles | undefined
  /** Where the cursor shall be once the rows are there; undefined: where it is. */
  readonly place: FilePath | undefined
}

export type ShownFiles = VisibleRows & {
  readonly stack: Stack
  readonly table: FileTable
  readonly hits: Hits | undefined
}

export const FIRST_FILES: FilesSlice = {
  scope: 'image',
  expansion: COLLAPSED,
  filterExpansion: EXPANDED,
  unfolded: new Set(),
  sort: BY_SIZE,
  columns: 'size',
  hideUnchanged: false,
  filter: undefined,
  search: undefined,
  shown: undefined,
  place: undefined,
}

/** Which directories are open now. */
export function expansionOf(slice: FilesSlice): Expansion {
  return slice.filter === undefined ? slice.expansion : slice.filterExpansion
}

export function withExpansion(slice: FilesSlice, expansion: Expansion): FilesSlice {
  return slice.filter === undefined ? { ...slice, expansion } : { ...slice, filterExpansion: expansion }
}

/** Whether empty entries are folded: where the list is for finding weight, and not everything was opened. */
export function isFolding({ sort, filter, hideUnchanged, expansion }: FilesSlice): boolean {
  return sort.column === 'size' && sort.descending && filter === undefined && !hideUnchanged && !expansion.all
}

/** The fold that a row of the list stands for. */
export function foldAt({ table, folds }: ShownFiles, row: number): Fold | undefined {
  const fold = row === 0 ? undefined : folds.get(table.parents[row] ?? 0)
  return fold?.rows[0] === row ? fold : undefined
}

/** The path on row `index` of the list; of a fold, the directory that it is in. */
export function pathOnList(shown: ShownFiles, index: number): FilePath | undefined {
  const row = shown.rows[index]
  if (row === undefined) return undefined
  const path = pathAt(shown.table, row)
  return foldAt(shown, row) === undefined ? path : parentPath(path)
}

/** Whether row `index` of the list is that of a path, or of a chain of directories that it is in. */
export function isOnRow(shown: ShownFiles, index: number, path: FilePath): boolean {
  const last = shown.rows[index]
  if (last === undefined) return false
  if (foldAt(shown, last) !== undefined) return pathOnList(shown, index) === path
  const { row, exact } = rowOf(shown.table, path)
  return exact && row <= last && row >= chainStart(shown.table, last)
}

/** Where on the list a path is, by itself, in a fold or in a chain of directories, or the nearest directory above it that is on it. */
export function indexOnList(shown: ShownFiles, path: FilePath): number {
  const { table, folds, rows } = shown
  for (let row = chainEnd(table, rowOf(table, path).row); row > 0; row = table.parents[row] ?? 0) {
    const index = rows.indexOf(foldWith(table, folds, row)?.rows[0] ?? row)
    if (index !== -1) return index
  }
  return 0
}

/** The scope with the layer that it is about. */
export function scopeFor(kind: FileScope['kind'], layer: number): FileScope {
  return kind === 'image' ? { kind } : { kind, layer }
}

export function sameScope(one: FileScope, other: FileScope): boolean {
  return one.kind === other.kind && (one.kind === 'image' || (other.kind !== 'image' && one.layer === other.layer))
}
