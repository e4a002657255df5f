import type { FilePath } from '../layer/file-path.ts'
import { haveSameTime, haveSameXattrs } from './layer-entries.ts'
import type { Snapshot, TreeNode } from './tree.ts'

/** The aspects of a path that can differ; `links` is the set of names its inode has. */
export type Aspect = 'type' | 'content' | 'target' | 'device' | 'mode' | 'owner' | 'time' | 'xattrs' | 'links'

/** The aspects in which two nodes of one path differ, but for the names of their inodes. A symlink's mode means nothing on Linux. */
export function changedAspects(a: TreeNode, b: TreeNode): Aspect[] {
  const aspects: Aspect[] = []
  if (a.type !== b.type) aspects.push('type')
  if (a.type === 'file' && b.type === 'file' && (a.size !== b.size || a.sha256 !== b.sha256)) aspects.push('content')
  if (a.type === 'symlink' && b.type === 'symlink' && a.target !== b.target) aspects.push('target')
  if (a.type === b.type && (a.device?.[0] !== b.device?.[0] || a.device?.[1] !== b.device?.[1])) aspects.push('device')
  if (a.mode !== b.mode && !(a.type === 'symlink' && b.type === 'symlink')) aspects.push('mode')
  if (a.uid !== b.uid || a.gid !== b.gid) aspects.push('owner')
  if (!haveSameTime(a.mtime, b.mtime)) aspects.push('time')
  if (!haveSameXattrs(a.xattrs, b.xattrs)) aspects.push('xattrs')
  return aspects
}

/**
 * Whether the inodes of two nodes have the same names in two snapshots, the lower ones as `renamed` has them; each pair of inodes is
 * looked at once.
 */
export function nameComparison(
  lower: Snapshot,
  upper: Snapshot,
  renamed: (name: FilePath) => string = name => name,
): (a: TreeNode, b: TreeNode) => boolean {
  const sameNames = new Map<string, boolean>()
  return (a, b) => {
    if (a.links === 1 && b.links === 1) return true
    if (a.links !== b.links) return false
    const key = `${a.inode} ${b.inode}`
    const known = sameNames.get(key)
    if (known !== undefined) return known
    const others = new Set<string>(upper.names(b))
    const isSame = lower.names(a).every(name => others.has(renamed(name)))
    sameNames.set(key, isSame)
    return isSame
  }
}
