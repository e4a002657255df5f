import type { Timestamp, Xattr } from '../layer/entry.ts'
import type { TreeNode } from '../overlay/tree.ts'

/** The attributes that two nodes of one path can differ in; undefined when they are the same in every attribute. Link groups are compared apart. */
export type Attribute = 'type' | 'mode' | 'owner' | 'mtime' | 'size' | 'content' | 'target' | 'device' | 'xattrs' | 'links'

/**
 * The first attribute that differs. A time that no entry gives (an implied directory) equals any where `impliedTimes` says so:
 * a written layer must give it one.
 */
export function attributeDiffering(a: TreeNode, b: TreeNode, impliedTimes = false): Attribute | undefined {
  if (a.type !== b.type) return 'type'
  if (a.mode !== b.mode) return 'mode'
  if (a.uid !== b.uid || a.gid !== b.gid) return 'owner'
  if (!sameTime(a.mtime, b.mtime) && !(impliedTimes && (a.mtime === undefined || b.mtime === undefined))) return 'mtime'
  if (a.size !== b.size) return 'size'
  if (a.sha256 !== b.sha256) return 'content'
  if (a.target !== b.target) return 'target'
  if (a.device?.[0] !== b.device?.[0] || a.device?.[1] !== b.device?.[1]) return 'device'
  return sameXattrs(a.xattrs, b.xattrs) ? undefined : 'xattrs'
}

function sameTime(a: Timestamp | undefined, b: Timestamp | undefined): boolean {
  return a === b || (a?.seconds === b?.seconds && a?.nanoseconds === b?.nanoseconds)
}

/** Sets, whatever the order they were written in. */
function sameXattrs(a: readonly Xattr[], b: readonly Xattr[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  const values = new Map(b)
  return a.every(([name, value]) => {
    const other = values.get(name)
    return other !== undefined && Buffer.compare(value, other) === 0
  })
}
