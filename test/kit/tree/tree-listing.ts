import type { Snapshot, TreeNode } from '../../../src/overlay/tree.ts'

/** A tree as the corpus and shared/kit's dumptree.py write it: one object a path, attributes by their Unix names. */
export type ListedNode = {
  readonly path: string
  /** d f l c b p */
  readonly type: string
  readonly mode?: string
  readonly uid: number
  readonly gid: number
  /** Null where the time means nothing. */
  readonly mtime_ns: bigint | null
  readonly size?: number
  /** The first 16 digits. */
  readonly sha256?: string
  readonly target?: string
  readonly rdev?: string
  readonly hardlinks?: readonly string[]
  readonly xattrs?: Readonly<Record<string, string>>
}

const LETTERS = {
  directory: 'd',
  file: 'f',
  symlink: 'l',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
} as const

export function listTree(snapshot: Snapshot): ListedNode[] {
  return [...snapshot.walk()].map(node => listNode(snapshot, node))
}

function listNode(snapshot: Snapshot, node: TreeNode): ListedNode {
  const text = (path: string) => Buffer.from(path, 'latin1').toString('utf8')
  return {
    path: text(node.path),
    type: LETTERS[node.type],
    ...(node.type !== 'symlink' && { mode: node.mode.toString(8).padStart(4, '0') }),
    uid: node.uid,
    gid: node.gid,
    mtime_ns: node.mtime === undefined ? null : BigInt(node.mtime.seconds) * 1_000_000_000n + BigInt(node.mtime.nanoseconds),
    ...(node.type === 'file' && { size: node.size, sha256: node.sha256?.slice(0, 16) ?? '' }),
    ...(node.target !== undefined && { target: text(node.target) }),
    ...(node.device !== undefined && { rdev: node.device.join(':') }),
    ...(node.links > 1 && { hardlinks: snapshot.names(node).map(text) }),
    ...(node.xattrs.length > 0 && {
      xattrs: Object.fromEntries([...node.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]).sort()),
    }),
  }
}
