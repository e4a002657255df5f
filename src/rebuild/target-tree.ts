import type { Timestamp } from '../layer/entry.ts'
import { type FilePath, parentPath, ROOT } from '../layer/file-path.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'

/**
 * A tree that a rebuilt image shall have: a snapshot, less what is removed, no time after the clamp. Nodes keep the identity
 * and origin they have in their stack.
 */
export interface TargetTree {
  readonly root: TreeNode
  /** Ordered bytewise by name. */
  children(directory: TreeNode): readonly TreeNode[]
  find(path: FilePath): TreeNode | undefined
  /** All names of the node's inode that are left, ordered bytewise. */
  names(node: TreeNode): readonly FilePath[]
}

export type TargetEdits = {
  /** Paths that go, each with all below it. */
  readonly removed: ReadonlySet<FilePath>
  /** Seconds since the epoch. */
  readonly clampTo: number | undefined
}

export const NO_EDITS: TargetEdits = { removed: new Set(), clampTo: undefined }

export function targetTree(snapshot: Snapshot, { removed, clampTo }: TargetEdits): TargetTree {
  if (removed.size === 0 && clampTo === undefined) return snapshot
  const left = (path: FilePath) => !isBelow(removed, path)
  const changed = (node: TreeNode): TreeNode => {
    const links = node.links > 1 && removed.size > 0 ? snapshot.names(node).filter(left).length : node.links
    const mtime = node.mtime
    const clamp = mtime !== undefined && clampTo !== undefined && isAfter(mtime, clampTo)
    if (!clamp && links === node.links) return node
    return new ChangedNode(node, clamp ? { seconds: clampTo, nanoseconds: 0 } : mtime, links)
  }
  return {
    root: changed(snapshot.root),
    children: directory => {
      const all = snapshot.children(directory)
      const kept = removed.size === 0 ? all : all.filter(child => !removed.has(child.path))
      return kept.map(changed)
    },
    find: path => {
      const found = left(path) ? snapshot.find(path) : undefined
      return found === undefined ? undefined : changed(found)
    },
    names: node => snapshot.names(node).filter(left),
  }
}

/** Whether the path or a directory above it is in the set. */
export function isBelow(removed: ReadonlySet<FilePath>, path: FilePath): boolean {
  for (let each = path; ; each = parentPath(each)) {
    if (removed.has(each)) return true
    if (each === ROOT) return false
  }
}

function isAfter({ seconds, nanoseconds }: Timestamp, limit: number): boolean {
  return seconds > limit || (seconds === limit && nanoseconds > 0)
}

/** A node with another time or fewer names; everything else is asked of the node itself, which reads it from columns. */
class ChangedNode implements TreeNode {
  readonly mtime: Timestamp | undefined
  readonly links: number
  readonly #node: TreeNode

  constructor(node: TreeNode, mtime: Timestamp | undefined, links: number) {
    this.#node = node
    this.mtime = mtime
    this.links = links
  }

  get id() {
    return this.#node.id
  }
  get path() {
    return this.#node.path
  }
  get name() {
    return this.#node.name
  }
  get type() {
    return this.#node.type
  }
  get mode() {
    return this.#node.mode
  }
  get uid() {
    return this.#node.uid
  }
  get gid() {
    return this.#node.gid
  }
  get size() {
    return this.#node.size
  }
  get sha256() {
    return this.#node.sha256
  }
  get target() {
    return this.#node.target
  }
  get device() {
    return this.#node.device
  }
  get xattrs() {
    return this.#node.xattrs
  }
  get layer() {
    return this.#node.layer
  }
  get entry() {
    return this.#node.entry
  }
  get content() {
    return this.#node.content
  }
  get inode() {
    return this.#node.inode
  }
}
