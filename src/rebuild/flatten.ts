import { type FilePath, joinPath, parentPath, ROOT } from '../layer/file-path.ts'
import type { TreeNode } from '../overlay/tree.ts'
import { attributeDiffering } from './compare.ts'
import { LinkGroups } from './link-groups.ts'
import type { TargetTree } from './target-tree.ts'

/** A member of the layer that turns one tree into another. */
export type Member =
  /** The node itself: directory, file with its content, symlink, device, fifo. */
  | { readonly kind: 'node'; readonly node: TreeNode }
  /** Another name of what was written before under `target`. */
  | { readonly kind: 'link'; readonly node: TreeNode; readonly target: FilePath }
  /** `path` is what goes. */
  | { readonly kind: 'whiteout'; readonly path: FilePath }

const WHITEOUT_PREFIX = '.wh.'

/**
 * The members of the one layer D for which lower + D = upper (semantics.md, "Writing a squashed layer", rules 2 to 5): what is
 * new or differs, all ancestors of it, whiteouts for topmost removed paths only, whole hard-link groups. Parents come before
 * children, siblings bytewise, whiteouts right after their directory, link targets before links.
 *
 * Both shapes must come from one stack: a path has the same identifier in both. `lower` is undefined for the empty tree.
 */
export function* flatten(lower: TargetTree | undefined, upper: TargetTree): Generator<Member> {
  const marks = new Marks()
  markChanges(lower, upper, marks)
  yield* members(lower, upper, marks)
}

/** Whiteout's name for a removed path. */
export function whiteoutPath(path: FilePath): FilePath {
  const parent = parentPath(path)
  return joinPath(parent, `${WHITEOUT_PREFIX}${path.slice(parent === ROOT ? 0 : parent.length + 1)}`)
}

type Pair = { readonly lower: TreeNode | undefined; readonly upper: TreeNode; readonly above: Pair | undefined }

/** Marks every node that must be written, ancestors included. */
function markChanges(lower: TargetTree | undefined, upper: TargetTree, marks: Marks): void {
  const linked: TreeNode[] = []
  const groups = lower === undefined ? undefined : new LinkGroups(lower, upper)
  const pending: Pair[] = [{ lower: lower?.root, upper: upper.root, above: undefined }]
  if (rootDiffers(lower, upper)) marks.add(upper.root.id)
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    for (const [below, above] of pairs(lower, pair.lower, upper, pair.upper)) {
      if (above === undefined) {
        markUp(pair, marks)
        continue
      }
      if (below === undefined || attributeDiffering(below, above) !== undefined || groups?.same(below, above) !== true) {
        marks.add(above.id)
        markUp(pair, marks)
      }
      if (above.type === 'directory') {
        pending.push({ lower: below?.type === 'directory' ? below : undefined, upper: above, above: pair })
      } else if (above.links > 1) linked.push(above)
    }
  }
  markLinkGroups(linked, upper, marks)
}

/** Rule 5: if any name of a group is written, all its names are. */
function markLinkGroups(linked: readonly TreeNode[], upper: TargetTree, marks: Marks): void {
  const written = new Set<number>()
  for (const node of linked) if (marks.has(node.id)) written.add(node.inode)
  for (const node of linked) {
    if (!written.has(node.inode) || marks.has(node.id)) continue
    marks.add(node.id)
    for (let path = parentPath(node.path); path !== ROOT; path = parentPath(path)) {
      const parent = upper.find(path)
      if (parent === undefined || marks.has(parent.id)) break
      marks.add(parent.id)
    }
  }
}

/** Stops at the first marked ancestor: those above it are marked already. */
function markUp(pair: Pair, marks: Marks): void {
  for (let each: Pair | undefined = pair; each?.above !== undefined && !marks.has(each.upper.id); each = each.above) {
    marks.add(each.upper.id)
  }
}

function* members(lower: TargetTree | undefined, upper: TargetTree, marks: Marks): Generator<Member> {
  const first = new Map<number, FilePath>()
  // Last in, first out: children are pushed in reverse.
  const pending: { lower: TreeNode | undefined; upper: TreeNode }[] = [{ lower: lower?.root, upper: upper.root }]
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const { upper: node } = pair
    if (node.path === ROOT ? marks.has(node.id) : true) yield member(node, first)
    if (node.type !== 'directory') continue
    const below = pair.lower?.type === 'directory' ? pair.lower : undefined
    const next: typeof pending = []
    for (const [gone, child] of pairs(lower, below, upper, node)) {
      if (child === undefined) {
        if (gone !== undefined) yield { kind: 'whiteout', path: gone.path }
      } else if (marks.has(child.id)) next.push({ lower: gone, upper: child })
    }
    for (let child = next.pop(); child !== undefined; child = next.pop()) pending.push(child)
  }
}

function member(node: TreeNode, first: Map<number, FilePath>): Member {
  if (node.links <= 1 || node.type === 'directory') return { kind: 'node', node }
  const target = first.get(node.inode)
  if (target !== undefined) return { kind: 'link', node, target }
  first.set(node.inode, node.path)
  return { kind: 'node', node }
}

/** Children of two directories side by side, bytewise; one of each pair may be missing. */
function* pairs(
  lower: TargetTree | undefined,
  below: TreeNode | undefined,
  upper: TargetTree,
  above: TreeNode,
): Generator<readonly [TreeNode | undefined, TreeNode | undefined]> {
  const olds = lower === undefined || below === undefined ? [] : lower.children(below)
  const news = upper.children(above)
  let [oldAt, newAt] = [0, 0]
  for (;;) {
    const [old, fresh] = [olds[oldAt], news[newAt]]
    if (old === undefined && fresh === undefined) return
    const order = old === undefined ? 1 : fresh === undefined ? -1 : compareNames(old.name, fresh.name)
    if (order <= 0) oldAt++
    if (order >= 0) newAt++
    yield [order <= 0 ? old : undefined, order >= 0 ? fresh : undefined]
  }
}

function compareNames(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** The root is written only where an entry changed it: most runtimes never look at it. */
function rootDiffers(lower: TargetTree | undefined, upper: TargetTree): boolean {
  if (lower !== undefined) return attributeDiffering(lower.root, upper.root) !== undefined
  return upper.root.entry !== undefined
}

/** A set of small identifiers as bits: a million of them in 125 kB. */
class Marks {
  #bits = new Uint8Array(1024)

  has(id: number): boolean {
    return ((this.#bits[id >>> 3] ?? 0) & (1 << (id & 7))) !== 0
  }

  add(id: number): void {
    const at = id >>> 3
    if (at >= this.#bits.length) {
      const wider = new Uint8Array(Math.max(at + 1, this.#bits.length * 2))
      wider.set(this.#bits)
      this.#bits = wider
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (id & 7))
  }
}
