import type { Changeset } from '../../../src/layer/changeset.ts'
import { type FilePath, parentPath, ROOT } from '../../../src/layer/file-path.ts'
import { difference } from '../../../src/overlay/difference.ts'
import type { Snapshot, TreeNode } from '../../../src/overlay/tree.ts'
import { changesetFixture, type EntryFixture } from './changeset-fixture.ts'

/**
 * The layer that turns one tree into another under either semantics, by semantics.md's rules for a squashed layer: all
 * ancestors, all names of a group, one whiteout for the topmost of what is gone. `contents` gives a file's content back.
 */
export function differenceLayer(lower: Snapshot, upper: Snapshot, contents: (node: TreeNode) => string): Changeset {
  const whiteouts = new Set<FilePath>()
  const written = new Set<FilePath>()
  for (const { path, change, upper: node } of difference(lower, upper)) {
    if (change === 'removed') {
      if (isDirectory(upper, parentPath(path)) && isDirectory(lower, parentPath(path))) whiteouts.add(path)
    } else if (node !== undefined && (path !== ROOT || node.mtime !== undefined))
      for (const name of node.type === 'directory' ? [path] : upper.names(node)) written.add(name)
  }
  const wrote = [...written]
  for (const path of [...whiteouts, ...wrote])
    for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) written.add(parent)
  const paths = [...whiteouts, ...written].sort((a, b) => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1))
  return changesetFixture(paths.map(path => (whiteouts.has(path) ? { type: 'whiteout', path } : entryOf(upper, path, contents))))
}

function isDirectory(snapshot: Snapshot, path: FilePath): boolean {
  return snapshot.find(path)?.type === 'directory'
}

function entryOf(upper: Snapshot, path: FilePath, contents: (node: TreeNode) => string): EntryFixture {
  const node = upper.find(path)
  if (node === undefined) throw new Error(`${path} is not in the upper tree`)
  const { type, mode, uid, gid, xattrs } = node
  const [first] = type === 'directory' ? [path] : upper.names(node)
  const attributes = { path, mode, uid, gid, xattrs, ...(node.mtime !== undefined && { mtime: node.mtime }) }
  if (first !== undefined && first !== path) return { ...attributes, type: 'hardlink', target: first }
  return {
    ...attributes,
    type,
    ...(type === 'file' && { content: contents(node) }),
    ...(node.target !== undefined && { target: node.target }),
    ...(node.device !== undefined && { device: node.device }),
  }
}
