import type { Filter } from '../../filter/filter.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import type { ColumnSort, SortableColumns } from '../../line/column-sort.ts'
import type { Expansion } from '../../list/file-rows.ts'
import type { BiggestList, WasteList } from '../../list/ranking.ts'
import type { WasteTree } from '../../list/waste-tree.ts'
import type { MenuItem } from './dialog.ts'
import type { ShownFiles } from './files.ts'

/** The columns of the biggest files. */
export const BIGGEST_COLUMNS = [
  { column: 'size', descending: true, first: 'the largest' },
  { column: 'path', descending: false, first: 'the last' },
  { column: 'layer', descending: false, first: 'the topmost' },
] as const satisfies SortableColumns<string>
export type BiggestColumn = (typeof BIGGEST_COLUMNS)[number]['column']

/** The columns of the hidden files. */
export const WASTE_COLUMNS = [
  ...BIGGEST_COLUMNS,
  { column: 'hidden by', descending: false, first: 'the topmost' },
  { column: 'cause', descending: false, first: 'the last' },
] as const satisfies SortableColumns<string>
export type WasteColumn = (typeof WASTE_COLUMNS)[number]['column']

/** The flat lists: which filter they were asked with, and what came. */
export type BiggestSlice = {
  readonly filter: Filter | undefined
  readonly sort: ColumnSort<BiggestColumn>
  readonly list: BiggestList | undefined
}

export const WASTE_BY = ['files', 'layers', 'directories', 'causes'] as const
type WasteBy = (typeof WASTE_BY)[number]

/** The columns of the tree of hidden files. */
export const WASTE_TREE_COLUMNS = [
  { column: 'size', descending: true, first: 'the largest' },
  { column: 'files', descending: true, first: 'the most' },
  { column: 'name', descending: false, first: 'the last' },
] as const satisfies SortableColumns<string>
type WasteTreeColumn = (typeof WASTE_TREE_COLUMNS)[number]['column']

/** The rows that were computed last of the tree of hidden files, and the list that they are of. */
export type ShownWaste = ShownFiles & {
  readonly list: WasteList
  readonly tree: WasteTree
  readonly expansion: Expansion
}

/** The hidden files as a tree: choices of the user, and rows computed from them. */
type WasteTreeSlice = {
  readonly sort: ColumnSort<WasteTreeColumn>
  /** Undefined until a directory was opened or closed. */
  readonly expansion: Expansion | undefined
  readonly shown: ShownWaste | undefined
}

export type WasteSlice = {
  readonly filter: Filter | undefined
  readonly by: WasteBy
  readonly sort: ColumnSort<WasteColumn>
  readonly list: WasteList | undefined
  readonly tree: WasteTreeSlice
}

const BY_SIZE = { column: 'size', descending: true } as const

export const FIRST_BIGGEST: BiggestSlice = { filter: undefined, sort: BY_SIZE, list: undefined }
export const FIRST_WASTE: WasteSlice = {
  filter: undefined,
  by: 'files',
  sort: BY_SIZE,
  list: undefined,
  tree: { sort: BY_SIZE, expansion: undefined, shown: undefined },
}

/** A list by what `valuesOf` says of its items; those that are alike stay as they come. */
export function sortRanked<Item, Column extends string>(
  items: readonly Item[],
  { column, descending }: ColumnSort<Column>,
  valuesOf: Readonly<Record<Column, (item: Item) => string | number>>,
): readonly Item[] {
  const value = valuesOf[column]
  const direction = descending ? -1 : 1
  return items.toSorted((one, other) => direction * compare(value(one), value(other)))
}

function compare(one: string | number, other: string | number): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Copies that a row offers: its path, where it is one's. */
export function pathCopies(path: FilePath | undefined): readonly MenuItem[] {
  if (path === undefined) return []
  const shown = `/${displayPath(path)}`
  return [{ label: `path  ${shown}`, command: 'copy', argument: `the path\n${shown}` }]
}
