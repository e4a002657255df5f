import type { MergedTree } from './merged-tree.ts'
import type { PathId } from './path-table.ts'
import type { VersionId } from './version-table.ts'

/**
 * Paths that the layers `from` … `to` − 1 wrote or hid, and all other names of their inodes: outside them the snapshots before and after
 * these layers are the same. A path may come several times.
 */
export function* touchedPaths(tree: MergedTree, from: number, to: number): Generator<PathId> {
  const { versions } = tree
  const inodes = new Set<VersionId>()
  function* touched(version: VersionId): Generator<PathId> {
    yield versions.path(version)
    const inode = versions.inode(version)
    if (versions.hasOneName(inode) || inodes.has(inode)) return
    inodes.add(inode)
    for (const name of versions.names(inode)) yield versions.path(name)
  }
  for (let version = (tree.versionEnds[from] ?? 0) + 1; version <= (tree.versionEnds[to] ?? 0); version++) yield* touched(version)
  for (const version of tree.hidings(from, to)) yield* touched(version)
}
