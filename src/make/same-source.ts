import type { Xattr } from '../layer/entry.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { SourceFile } from './source-tree.ts'

/** A file as it would go into the image: attributes settled. */
export type SettledFile = Omit<SourceFile, 'inode'>

/**
 * Whether the image has the file already, in everything but the content: that is for who can read it. A time counts only where
 * times are kept: one that peel gives is no difference.
 */
export function sameAttributes(node: TreeNode, file: SettledFile, keepTimes: boolean): boolean {
  return (
    node.type === file.type &&
    node.mode === file.mode &&
    node.uid === file.uid &&
    node.gid === file.gid &&
    node.size === file.size &&
    node.target === file.target &&
    node.device?.[0] === file.device?.[0] &&
    node.device?.[1] === file.device?.[1] &&
    sameXattrs(node.xattrs, file.xattrs) &&
    (!keepTimes || (node.mtime?.seconds === file.mtime.seconds && node.mtime.nanoseconds === file.mtime.nanoseconds))
  )
}

function sameXattrs(a: readonly Xattr[], b: readonly Xattr[]): boolean {
  if (a.length !== b.length) return false
  const values = new Map(b)
  return a.every(([name, value]) => {
    const other = values.get(name)
    return other !== undefined && Buffer.compare(value, other) === 0
  })
}
