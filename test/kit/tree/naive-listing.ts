import type { Snapshot } from '../../../src/overlay/tree.ts'
import type { NaiveInode, NaiveTree } from './naive-model.ts'

/** One line a path with everything that can differ, for comparing the real engine's trees with the naive model's. */
export function listSnapshot(snapshot: Snapshot): string[] {
  return [snapshot.root, ...snapshot.walk()].map(node =>
    line({
      path: node.path,
      type: node.type,
      mode: node.mode,
      owner: `${node.uid}:${node.gid}`,
      time: node.mtime,
      size: node.size,
      target: node.target ?? '',
      device: node.device?.join(':') ?? '',
      xattrs: node.xattrs.map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`),
      names: node.type === 'directory' ? [node.path] : snapshot.names(node),
      layer: node.path === '' ? 0 : node.layer,
    }),
  )
}

export function listNaive(tree: NaiveTree): string[] {
  const names = new Map<NaiveInode, string[]>()
  for (const [path, { inode }] of tree) names.set(inode, [...(names.get(inode) ?? []), path])
  return [...tree]
    .toSorted(([a], [b]) => (treeOrder(a) < treeOrder(b) ? -1 : 1))
    .map(([path, { inode, layer }]) =>
      line({
        path,
        type: inode.type,
        mode: inode.mode,
        owner: `${inode.uid}:${inode.gid}`,
        time: inode.mtime,
        size: inode.content.length,
        target: inode.target,
        device: inode.device,
        xattrs: [...inode.xattrs].map(([name, value]) => `${name}=${value}`),
        names: [...(names.get(inode) ?? [])].sort(),
        layer: path === '' ? 0 : layer,
      }),
    )
}

type Line = {
  readonly path: string
  readonly type: string
  readonly mode: number
  readonly owner: string
  readonly time: { readonly seconds: number; readonly nanoseconds: number } | undefined
  readonly size: number
  readonly target: string
  readonly device: string
  readonly xattrs: readonly string[]
  readonly names: readonly string[]
  readonly layer: number
}

function line({ path, type, mode, owner, time, size, target, device, xattrs, names, layer }: Line): string {
  const seconds = time === undefined ? '-' : `${time.seconds}.${time.nanoseconds}`
  const parts = [type, mode.toString(8), owner, seconds, size, target, device, xattrs.toSorted(), names, layer]
  return `${JSON.stringify(path)} ${JSON.stringify(parts)}`
}

function treeOrder(path: string): string {
  return path.replaceAll('/', '\0')
}
