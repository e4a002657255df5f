import { entryPath, entryType } from '../layer/changeset.ts'
import { type FilePath, parentPath, ROOT } from '../layer/file-path.ts'
import { nodesBelow } from '../overlay/node-steps.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import { addTo } from '../sums.ts'

/**
 * The paths that `matches`, hidden ones included, wherever in the stack they are: entries, directories that no entry makes
 * but something lies below (jib, ko and bazel write such layers), and what came through a symlinked directory and so lies
 * elsewhere in the tree. The root never matches.
 */
export function* litterPaths(stack: Stack, matches: (path: FilePath) => boolean): Steps<Set<FilePath>> {
  const found = new Set<FilePath>()
  const look = (path: FilePath) => {
    if (!found.has(path) && matches(path)) found.add(path)
  }
  // A path is looked at with all above it; each is climbed once.
  const climbed = new Set<FilePath>()
  for (const changeset of stack.changesets) {
    for (let index = 0; index < changeset.length; index++) {
      if (index % STEP === STEP - 1) yield
      const type = entryType(changeset, index)
      if (type === 'whiteout' || type === 'opaque') continue
      const path = entryPath(changeset, index)
      if (path !== ROOT) look(path)
      for (let above = parentPath(path); above !== ROOT && !climbed.has(above); above = parentPath(above)) {
        climbed.add(above)
        look(above)
      }
    }
  }
  const snapshot = stack.snapshot(stack.changesets.length)
  for (const node of nodesBelow(snapshot, snapshot.root)) {
    if (node === undefined) yield
    else look(node.path)
  }
  return found
}

/** Content bytes that the layers ship at and below each of the topmost of `paths`, hidden ones included. */
export function* bytesBelow(stack: Stack, paths: ReadonlySet<FilePath>): Steps<Map<FilePath, number>> {
  const bytes = new Map<FilePath, number>()
  if (paths.size === 0) return bytes
  for (const changeset of stack.changesets) {
    for (let index = 0; index < changeset.length; index++) {
      if (index % STEP === STEP - 1) yield
      const size = changeset.sizes[index] ?? 0
      const top = size === 0 ? undefined : topmost(paths, entryPath(changeset, index))
      if (top !== undefined) addTo(bytes, top, size)
    }
  }
  return bytes
}

/** The highest of `paths` at or above `path`. */
export function topmost(paths: ReadonlySet<FilePath>, path: FilePath): FilePath | undefined {
  let top: FilePath | undefined
  for (let each = path; each !== ROOT; each = parentPath(each)) if (paths.has(each)) top = each
  return top
}
