import { FRESH, type LayerTree, MARKED, OPAQUE } from './layer-tree.ts'
import type { LayeredTree } from './layered-tree.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'

/**
 * Stacks a layer that was unpacked alone, and forgets it: a whiteout removes, a directory over a directory merges
 * unless opaque, everything else replaces. A directory no entry describes keeps the attributes of the one below.
 */
export function stackLayer(tree: LayeredTree, alone: LayerTree, layer: number): void {
  const pending: PathId[] = [...alone.children(ROOT_PATH)]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    stackPath(tree, alone, layer, path)
    for (const child of alone.children(path)) pending.push(child)
  }
  alone.clearBelow(ROOT_PATH)
}

function stackPath(tree: LayeredTree, alone: LayerTree, layer: number, path: PathId): void {
  const place = alone.place(path)
  const isFresh = alone.has(path, FRESH)
  if (tree.isLivingDirectory(path)) {
    if (isFresh) tree.removeBelow(path, layer, 'removed')
    else if (alone.has(path, OPAQUE)) tree.removeBelow(path, layer, 'opaque')
  }
  if (alone.has(path, MARKED) && !tree.isLivingDirectory(path)) tree.disputed = true
  if (place === 'whiteout') tree.remove(path, layer, 'removed')
  else if (place === 'entry') tree.show(alone.version(path))
  else if (isFresh || !tree.isLivingDirectory(path)) tree.show(tree.versions.addImplied(path, layer))
}
