import { displayPath, type FilePath } from '../../layer/file-path.ts'
import type { Choice } from '../dialog/dialog.ts'
import type { Filter } from '../filter/filter.ts'
import type { BiggestList, WasteList } from './ranking.ts'

/** The flat lists: which filter they were asked with, and what came. */
export type BiggestSlice = {
  readonly filter: Filter | undefined
  readonly sort: 'size' | 'path' | 'layer'
  readonly list: BiggestList | undefined
}

export const WASTE_BY = ['files', 'layers', 'directories', 'causes'] as const
type WasteBy = (typeof WASTE_BY)[number]

export type WasteSlice = {
  readonly filter: Filter | undefined
  readonly by: WasteBy
  readonly sort: 'size' | 'path' | 'layer'
  readonly list: WasteList | undefined
}

const RANKED_SORTS = ['size', 'path', 'layer'] as const

export const FIRST_BIGGEST: BiggestSlice = { filter: undefined, sort: 'size', list: undefined }
export const FIRST_WASTE: WasteSlice = { filter: undefined, by: 'files', sort: 'size', list: undefined }

/** The next way to sort. */
export function nextRankedSort(sort: BiggestSlice['sort']): BiggestSlice['sort'] {
  return RANKED_SORTS[(RANKED_SORTS.indexOf(sort) + 1) % RANKED_SORTS.length] ?? 'size'
}

/** A list by size, as it comes, sorted otherwise. */
export function sortRanked<Item extends { readonly path: string }>(
  items: readonly Item[],
  sort: BiggestSlice['sort'],
  layerOf: (item: Item) => number,
): readonly Item[] {
  if (sort === 'path') return items.toSorted((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0))
  return sort === 'layer' ? items.toSorted((one, other) => layerOf(one) - layerOf(other)) : items
}

/** What can be copied of a row: its path, where it is one's. */
export function pathCopies(path: FilePath | undefined): readonly Choice[] {
  if (path === undefined) return []
  const shown = `/${displayPath(path)}`
  return [{ label: `path  ${shown}`, command: 'copy', argument: `the path\n${shown}` }]
}
