import type { FilePath } from '../layer/file-path.ts'
import { NO_PATH, type PathId } from '../overlay/path-table.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { NO_VERSION } from '../overlay/version-table.ts'
import type { TreeRows } from './tree-rows.ts'

/** A layer of either image by its position, null where there is none: what they made of the paths that differ, or removed. */
export type LayersOfBoth = { readonly a: number | null; readonly b: number | null }

/** Whether a row is what it is by one of the layers. */
export function isOfLayers(rows: TreeRows, row: number, { a, b }: LayersOfBoth): boolean {
  const path = () => rows.path(row)
  return isBy(rows.a, a, rows.before(row), path) || isBy(rows.b, b, rows.after(row), path)
}

/** `path` is asked for where the tree shows none: a layer may have removed it. */
function isBy({ tree, layers }: Snapshot, layer: number | null, shown: PathId, path: () => FilePath): boolean {
  if (layer === null) return false
  const place = shown === NO_PATH ? tree.paths.find(path()) : shown
  if (place === NO_PATH) return false
  const { versions } = tree
  const version = versions.visible(place, layers)
  if (version !== NO_VERSION) return versions.layer(version) === layer
  let last = versions.latest(place)
  while (last !== NO_VERSION && versions.layer(last) >= layers) last = versions.previous(last)
  return last !== NO_VERSION && versions.hiddenBy(last) === layer
}
