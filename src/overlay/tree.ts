import type { ByteText } from '../blob/byte-text.ts'
import type { Diagnostic } from '../error.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { NodeType, Timestamp, Xattr } from '../layer/entry.ts'
import type { FilePath } from '../layer/file-path.ts'
import type { MergedTree } from './merged-tree.ts'

/** How layers add up: `overlay` as Docker, containerd and Podman stack them, `spec` as the specification's text applies them. */
export type Semantics = 'overlay' | 'spec'

/** One name in a snapshot. A value: reading it later gives the same. */
export type TreeNode = {
  /** Identifies the path in its stack: the same in every snapshot of one stack. */
  readonly id: number
  readonly path: FilePath
  readonly name: string
  readonly type: NodeType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Undefined for a directory that no entry describes. */
  readonly mtime: Timestamp | undefined
  readonly size: number
  readonly sha256: string | undefined
  readonly target: ByteText | undefined
  readonly device: readonly [major: number, minor: number] | undefined
  readonly xattrs: readonly Xattr[]
  /** Position of the layer that wrote this name last. */
  readonly layer: number
  /** Entry in that layer's changeset; undefined for a directory that no entry describes. */
  readonly entry: number | undefined
  /** Where the content lies: the entry that carries the bytes (another than `entry` for a hard link). */
  readonly content: { readonly layer: number; readonly entry: number } | undefined
  /** Equal for all names of one inode within a stack. */
  readonly inode: number
  /** How many names of this snapshot show the inode. */
  readonly links: number
}

/** The change that a layer made to a path. */
export type PathEvent = {
  readonly layer: number
  readonly entry: number | undefined
  readonly kind: 'written' | 'removed' | 'opaque' | 'implied'
}

/** The merged tree after the first `layers` layers: immutable, cheap, shares everything with its siblings. */
export interface Snapshot {
  readonly layers: number
  readonly semantics: Semantics
  /** The columns underneath, shared by all snapshots of a stack. */
  readonly tree: MergedTree
  readonly root: TreeNode
  /** Number of names, the root not counted. */
  readonly count: number
  node(id: number): TreeNode | undefined
  /** The name itself; symlinks on the way are not followed. */
  find(path: FilePath): TreeNode | undefined
  /** Children of a directory, ordered bytewise by name. */
  children(directory: TreeNode): readonly TreeNode[]
  /** The same one by one, `undefined` between small steps. */
  childSteps(directory: TreeNode): Generator<TreeNode | undefined>
  /** Every name but the root, parents before children, siblings bytewise. */
  walk(): Iterable<TreeNode>
  /** All names of the node's inode, ordered bytewise. */
  names(node: TreeNode): readonly FilePath[]
}

/** All snapshots of one image under one semantics. */
export interface Stack {
  readonly semantics: Semantics
  /** The columns underneath, for what looks at every entry. */
  readonly tree: MergedTree
  readonly changesets: readonly Changeset[]
  /** The tree after the first `layers` layers; `snapshot(0)` is empty, `snapshot(changesets.length)` the image. */
  snapshot(layers: number): Snapshot
  /** Every layer that ever wrote or removed the path, base first. */
  provenance(path: FilePath): readonly PathEvent[]
  readonly diagnostics: readonly Diagnostic[]
  /** Whether the other semantics may show other trees; false is a promise that it does not. */
  readonly disputed: boolean
}
