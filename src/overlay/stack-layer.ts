import { FRESH, MARKED, OPAQUE } from './layer-tree.ts'
import type { OverlayLayer } from './overlay-layer.ts'
import { NO_PATH, type PathId, ROOT_PATH } from './path-table.ts'
import { STEP, type Steps } from './steps.ts'

/**
 * Stacks a layer that was unpacked alone, and forgets it: a whiteout removes, a directory over a directory merges
 * unless opaque, everything else replaces. A directory no entry describes keeps the attributes of the one below, even in
 * an opaque one (containerd's mkparent copies them from the lower layers).
 */
export function* stackLayer(on: OverlayLayer): Steps<void> {
  const { alone } = on
  const pending: PathId[] = []
  let steps = 0
  for (let path: PathId | undefined = ROOT_PATH; path !== undefined; path = pending.pop()) {
    if (++steps % STEP === 0) yield
    if (path !== ROOT_PATH) stackPath(on, path)
    for (let child = alone.firstChild(path); child !== NO_PATH; child = alone.nextChild(child)) pending.push(child)
  }
  on.alone.clear()
}

function stackPath(on: OverlayLayer, path: PathId): void {
  const { tree, alone, layer } = on
  const place = alone.place(path)
  const isFresh = alone.has(path, FRESH)
  if (tree.isLivingDirectory(path)) {
    if (isFresh) tree.removeBelow(path, layer, 'removed')
    else if (alone.has(path, OPAQUE)) empty(on, path)
  }
  if (alone.has(path, MARKED) && !tree.isLivingDirectory(path)) tree.disputed = true
  if (place === 'whiteout') tree.remove(path, layer, 'removed')
  else if (place === 'entry') tree.show(alone.version(path))
  else if (isFresh || !tree.isLivingDirectory(path)) tree.show(tree.versions.addImplied(path, layer))
}

/** Hides what lower layers have in an opaque directory. Directories the layer has too are opaque in turn. */
function empty(on: OverlayLayer, path: PathId): void {
  const { tree, alone, layer } = on
  for (const child of tree.living(path)) {
    const isKept = tree.isLivingDirectory(child) && on.isDirectory(child) && !alone.has(child, FRESH)
    if (isKept) alone.flag(child, OPAQUE)
    else tree.remove(child, layer, 'opaque')
    if (isKept && alone.place(child) === 'implied') tree.disputed = true
  }
}
