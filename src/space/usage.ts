import type { MergedTree } from '../overlay/merged-tree.ts'
import { type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import { NO_VERSION, type VersionId } from '../overlay/version-table.ts'
import { contentSizeOf } from './waste.ts'

/** Content bytes and names of a snapshot by directory. An inode with several names counts once, at the first of them bytewise. */
export type Usage = {
  /** Bytes at and below a node. */
  bytes(node: TreeNode): number
  /** Names below a node. */
  names(node: TreeNode): number
}

/** So many snapshots of a stack keep their totals: the one on screen and the one before. */
const KEPT_TOTALS = 2

const kept = new WeakMap<MergedTree, { readonly layers: number; readonly usage: Usage }[]>()

/** Directory totals of a snapshot, in small steps; the last two of a stack are remembered. */
export function* usageSteps(snapshot: Snapshot): Steps<Usage> {
  const known = (kept.get(snapshot.tree) ?? []).find(({ layers }) => layers === snapshot.layers)
  const latest = known ?? { layers: snapshot.layers, usage: yield* totals(snapshot) }
  const others = (kept.get(snapshot.tree) ?? []).filter(({ layers }) => layers !== snapshot.layers)
  kept.set(snapshot.tree, [latest, ...others].slice(0, KEPT_TOTALS))
  return latest.usage
}

function* totals({ tree, layers }: Snapshot): Steps<Usage> {
  const { paths, versions } = tree
  const bytes = new Float64Array(paths.count + 1)
  const names = new Uint32Array(paths.count + 1)
  const add = (path: PathId, more: number, count: number) => {
    bytes[path] = (bytes[path] ?? 0) + more
    names[path] = (names[path] ?? 0) + count
  }
  const firstNames = new Map<VersionId, VersionId>()
  /** Parents have smaller identifiers than their children: one pass from the end sums every directory. */
  for (let path = paths.count; path > ROOT_PATH; path--) {
    if (path % STEP === 0) yield
    const version = versions.visible(path, layers)
    if (version === NO_VERSION) continue
    const inode = versions.inode(version)
    if (tree.type(version) === 'file' && firstName(tree, inode, layers, firstNames) === version)
      add(path, contentSizeOf(tree, inode), 0)
    add(paths.parent(path), bytes[path] ?? 0, (names[path] ?? 0) + 1)
  }
  return { bytes: node => bytes[node.id] ?? 0, names: node => names[node.id] ?? 0 }
}

/** The first living name of an inode bytewise: the one its bytes are counted at. `known` remembers it for inodes with several. */
export function firstName(tree: MergedTree, inode: VersionId, layers: number, known: Map<VersionId, VersionId>): VersionId {
  const { versions, paths } = tree
  if (versions.hasOneName(inode)) return inode
  const before = known.get(inode)
  if (before !== undefined) return before
  const path = (version: VersionId) => paths.fullPath(versions.path(version))
  let first = NO_VERSION
  for (const name of versions.names(inode))
    if (versions.isVisible(name, layers) && (first === NO_VERSION || path(name) < path(first))) first = name
  known.set(inode, first)
  return first
}
