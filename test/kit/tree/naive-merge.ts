import { digestOf } from '../../../src/blob/digest.ts'
import type { BlobSource } from '../../../src/blob/source.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import type { Workshop } from '../../../src/rebuild/workshop.ts'
import { onlyImage } from '../rebuild/rebuild.ts'
import type { TreeFile } from './memory-tree.ts'

/** A file of the model; names of one inode share one. */
type Node = {
  type: string
  mode: number
  uid: number
  gid: number
  time: readonly [seconds: number, nanoseconds: number]
  size: number
  sha256: string | undefined
  target: string | undefined
  device: unknown
  xattrs: readonly unknown[]
}

export type MergeRules = { readonly target: string; readonly keepTimes: boolean; readonly time: number }

/**
 * A base with files laid over it, by a flat map of paths: independent of stacks and layers. Lines as `treeLines` has them.
 */
export async function mergedLines(
  base: BlobSource,
  workshop: Workshop,
  files: readonly TreeFile[],
  rules: MergeRules,
): Promise<readonly string[]> {
  const nodes = await nodesOf(base, workshop)
  // Symlinks are followed as the base has them, whatever was laid over it meanwhile.
  const below = new Map(nodes)
  const places = new Map<string, string>()
  const inodes = new Map<string, TreeFile[]>()
  for (const file of files) {
    const place = file.path === '' ? beginAt(nodes, file, rules) : placeOf(places, file.path)
    if (/(?:^|\/)\.wh\./.test(place)) {
      places.set(file.path, place)
      continue
    }
    const old = below.get(place)
    if (file.type === 'directory') {
      const led = old?.type === 'symlink' ? follow(below, place.split('/')) : place
      const merges = led === '' || (led !== undefined && below.get(led)?.type === 'directory')
      places.set(file.path, merges && led !== undefined ? led : place)
      if ((file.path === '' || led !== place) && merges) continue
    } else places.set(file.path, place)
    if (file.inode !== undefined) inodes.set(file.inode, [...(inodes.get(file.inode) ?? []), file])
    else if (!isSame(old, file, rules)) put(nodes, place, nodeOf(file, rules))
  }
  for (const group of inodes.values()) putGroup(nodes, group, path => places.get(path) ?? '', rules)
  return linesOf(nodes)
}

function putGroup(
  nodes: Map<string, Node>,
  group: readonly TreeFile[],
  place: (path: string) => string,
  rules: MergeRules,
): void {
  const [first] = group
  if (first === undefined) return
  const olds = group.map(({ path }) => nodes.get(place(path)))
  const shared = [...nodes.values()].filter(node => node === olds[0]).length
  if (olds.every(node => node === olds[0]) && shared === group.length && isSame(olds[0], first, rules)) return
  const node = nodeOf(first, rules)
  for (const { path } of group) put(nodes, place(path), node)
}

function beginAt(nodes: Map<string, Node>, file: TreeFile, { target, time }: MergeRules): string {
  const place = follow(nodes, target.split('/')) ?? ''
  const parts = place.split('/')
  const last = file.type === 'directory' ? parts.length - 1 : parts.length
  for (let count = 1; count <= last; count++) {
    const above = parts.slice(0, count).join('/')
    if (nodes.get(above)?.type !== 'directory') {
      put(nodes, above, { ...nodeOf({ path: '', type: 'directory' }, { target, time, keepTimes: false }), mode: 0o755 })
    }
  }
  return place
}

function follow(nodes: Map<string, Node>, names: readonly string[]): string | undefined {
  const pending = [...names]
  let place: string[] = []
  for (let steps = 0; pending.length > 0; steps++) {
    if (steps > 10_000) return undefined
    const name = pending.shift() ?? ''
    if (name === '' || name === '.') continue
    if (name === '..') {
      place = place.slice(0, -1)
      continue
    }
    const child = [...place, name]
    const node = nodes.get(child.join('/'))
    if (node?.type !== 'symlink') {
      place = child
      continue
    }
    if (node.target?.startsWith('/')) place = []
    pending.unshift(...(node.target ?? '').split('/'))
  }
  return place.join('/')
}

function placeOf(places: ReadonlyMap<string, string>, path: string): string {
  const slash = path.lastIndexOf('/')
  const parent = places.get(path.slice(0, Math.max(0, slash))) ?? ''
  const name = path.slice(slash + 1)
  return parent === '' ? name : `${parent}/${name}`
}

function put(nodes: Map<string, Node>, place: string, node: Node): void {
  for (const path of [...nodes.keys()]) {
    if (path.startsWith(`${place}/`) && node.type !== 'directory') nodes.delete(path)
    if (place.startsWith(`${path}/`) && nodes.get(path)?.type !== 'directory') nodes.delete(path)
  }
  nodes.set(place, node)
}

function isSame(old: Node | undefined, file: TreeFile, rules: MergeRules): boolean {
  if (old === undefined) return false
  const fresh = nodeOf(file, rules)
  const { time: oldTime, ...was } = old
  const { time, ...is } = fresh
  // A symlink has no mode of its own.
  if (was.type === 'symlink') is.mode = was.mode
  return JSON.stringify(sorted(was)) === JSON.stringify(sorted(is)) && (!rules.keepTimes || String(oldTime) === String(time))
}

function sorted(value: object): unknown {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}

function nodeOf({ type = 'file', mode, content = '', mtime, target }: TreeFile, rules: MergeRules): Node {
  const given = mode ?? (type === 'directory' ? 0o755 : 0o644)
  return {
    type,
    mode: type === 'symlink' ? 0o777 : given & ~0o022,
    uid: 0,
    gid: 0,
    time: [rules.keepTimes ? (mtime ?? 1_700_000_000) : rules.time, 0],
    size: type === 'file' ? content.length : 0,
    sha256: type === 'file' ? digestOf(Buffer.from(content, 'latin1')).slice(7) : undefined,
    target: type === 'symlink' ? (target ?? 'a') : undefined,
    device: undefined,
    xattrs: [],
  }
}

async function nodesOf(base: BlobSource, workshop: Workshop): Promise<Map<string, Node>> {
  const image = await onlyImage(base)
  const readings = await Promise.all(image.layers.map(layer => workshop.readLayer(base, layer.blob)))
  const snapshot = buildStack(
    readings.map(({ changeset }) => changeset),
    'overlay',
  ).snapshot(readings.length)
  const inodes = new Map<number, Node>()
  const nodes = new Map<string, Node>()
  for (const node of snapshot.walk()) {
    const { type, mode, uid, gid, mtime, size, sha256, target, device } = node
    const xattrs = node.xattrs.map(([name, value]) => [name, Buffer.from(value).toString('hex')]).sort()
    const time = [mtime?.seconds ?? 0, mtime?.nanoseconds ?? 0] as const
    const one: Node = { type, mode, uid, gid, time, size, sha256, target, device, xattrs }
    const known = inodes.get(node.inode)
    const linked = node.links > 1 && type !== 'directory'
    if (linked && known === undefined) inodes.set(node.inode, one)
    nodes.set(node.path, linked ? (known ?? one) : one)
  }
  return nodes
}

function linesOf(nodes: ReadonlyMap<string, Node>): readonly string[] {
  const names = new Map<Node, string[]>()
  for (const [path, node] of nodes) names.set(node, [...(names.get(node) ?? []), path])
  return [...nodes]
    .sort(([a], [b]) => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1))
    .map(([path, { type, mode, uid, gid, time, size, sha256, target, device, xattrs }]) => {
      const group = [...new Set(names.get(nodes.get(path) as Node))].sort()
      const links = group.length > 1 && type !== 'directory' ? group : 1
      return JSON.stringify([path, type, mode, uid, gid, ...time, size, sha256, target, device, xattrs, links])
    })
}
