import { ImageError } from '../error.ts'
import { cleanBinary, type FilePath, parentPath } from '../layer/file-path.ts'
import { resolvePath } from '../overlay/resolve.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import type { Want } from './rule.ts'

/** The node that a path leads to, symlinks followed; undefined where nothing is there, and after too many symlinks, where a kernel finds nothing either. */
export function findNode(snapshot: Snapshot, path: string): TreeNode | undefined {
  try {
    return resolvePath(snapshot, absolute(path))
  } catch (error) {
    if (error instanceof ImageError) return undefined
    throw error
  }
}

/** `..` is left to the resolution: it leads where the symlink before it leads. */
function absolute(path: string): FilePath {
  const text = path.replace(/^\/+/, '')
  return (text.split('/').includes('..') ? text : cleanBinary(text)) as FilePath
}

/** The beginning of a file, or nothing where it has no content; `enough` as in `Want`. */
export function wantOf(node: TreeNode | undefined, bytes: number, enough?: Want['enough']): readonly Want[] {
  if (node?.type !== 'file' || node.content === undefined) return []
  return [{ ...node.content, bytes, ...(enough !== undefined && { enough }) }]
}

/** Every directory above a path, the root last. */
export function* directoriesAbove(snapshot: Snapshot, path: FilePath): Generator<TreeNode> {
  for (let each = parentPath(path); each !== ''; each = parentPath(each)) {
    const node = snapshot.find(each)
    if (node !== undefined) yield node
  }
  yield snapshot.root
}
