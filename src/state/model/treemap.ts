import type { FilePath } from '../../layer/file-path.ts'
import type { FileScope } from '../../list/file-table.ts'
import type { WeighedTree } from '../../list/weighed-tree.ts'

/** The properties that the colours of the map tell apart. */
export const MAP_COLOURS = ['layer', 'change', 'kind'] as const
export type MapColours = (typeof MAP_COLOURS)[number]

/** The treemap: which tree, which directory of it, and which of its rectangles is picked. */
export type TreemapSlice =
  | {
      readonly scope: FileScope
      /** Undefined until it was weighed. */
      readonly tree: WeighedTree | undefined
      /** The directory whose children are the rectangles. */
      readonly path: FilePath
      /** The picked rectangle, the heaviest first. */
      readonly picked: number
      /** A child of the directory to pick as soon as the tree is there. */
      readonly wanted: FilePath | undefined
      /** Directories that were gone into, which Esc leaves one after the other. */
      readonly entered: number
      readonly colours: MapColours
    }
  | undefined

export type OpenTreemap = NonNullable<TreemapSlice>
