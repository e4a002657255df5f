import type { Timestamp } from '../layer/entry.ts'
import { haveSameXattrs } from '../overlay/layer-entries.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { SourceFile } from './source-tree.ts'

/** A file as it would go into the image: attributes settled. */
export type SettledFile = Omit<SourceFile, 'inode'>

/**
 * Whether the image has the file already, in everything but the content, which the caller compares. A time counts only where
 * times are kept (`exact`): one that peel gives is no difference. `close`: as near as a time can be given to a file through Node,
 * whose numbers hold a present time to a quarter of a microsecond; a directory that no layer lists has no time, and differs in none.
 */
export function sameAttributes(node: TreeNode, file: SettledFile, times: 'any' | 'close' | 'exact'): boolean {
  return (
    node.type === file.type &&
    // Linux gives a symlink no mode of its own, and archives any.
    (node.mode === file.mode || node.type === 'symlink') &&
    node.uid === file.uid &&
    node.gid === file.gid &&
    node.size === file.size &&
    node.target === file.target &&
    node.device?.[0] === file.device?.[0] &&
    node.device?.[1] === file.device?.[1] &&
    haveSameXattrs(node.xattrs, file.xattrs) &&
    (times === 'any' ||
      (times === 'close' && node.mtime === undefined) ||
      apart(node.mtime, file.mtime) <= (times === 'exact' ? 0 : NEAR))
  )
}

/** Nanoseconds that a stored time may be off. */
const NEAR = 1000

function apart(one: Timestamp | undefined, other: Timestamp): number {
  if (one === undefined) return Number.POSITIVE_INFINITY
  return Math.abs((one.seconds - other.seconds) * 1e9 + (one.nanoseconds - other.nanoseconds))
}
