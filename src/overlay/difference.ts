import type { FilePath } from '../layer/file-path.ts'
import { type Aspect, changedAspects, nameComparison } from './node-comparison.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import { STEP, type Steps } from './steps.ts'
import { touchedPaths } from './touched-paths.ts'
import type { Snapshot, TreeNode } from './tree.ts'

/** One path on which two snapshots differ; `aspects` says in what, for a path that both have. */
export type Difference = { readonly path: FilePath; readonly aspects: readonly Aspect[] } & (
  | { readonly change: 'added'; readonly lower: undefined; readonly upper: TreeNode }
  | { readonly change: 'removed'; readonly lower: TreeNode; readonly upper: undefined }
  | { readonly change: 'modified'; readonly lower: TreeNode; readonly upper: TreeNode }
)

/**
 * Every path on which `upper` differs from `lower`, parents before children, siblings bytewise; removed and added
 * directories with all that is in them, the root only where its attributes differ. An entry that was written again as it was is
 * no difference. Of two snapshots of one stack it costs what the layers between them did, of two stacks a walk of both.
 */
export function* difference(lower: Snapshot, upper: Snapshot): Generator<Difference> {
  if (isSmall(lower, upper)) yield* differenceOfLayers(lower, upper)
  else for (const found of differenceOfTrees(lower, upper)) if (found !== undefined) yield found
}

/** Whether the layers between did little enough that sorting what they touched is cheaper than a walk. */
function isSmall(lower: Snapshot, upper: Snapshot): boolean {
  if (lower.tree !== upper.tree) return false
  const { versionEnds, hidingEnds } = lower.tree
  const between = (ends: readonly number[]) => Math.abs((ends[upper.layers] ?? 0) - (ends[lower.layers] ?? 0))
  return between(versionEnds) + between(hidingEnds) < (lower.count + upper.count) / 4 + 1000
}

function* differenceOfLayers(lower: Snapshot, upper: Snapshot): Generator<Difference> {
  const compare = comparison(lower, upper)
  const [from, to] = [Math.min(lower.layers, upper.layers), Math.max(lower.layers, upper.layers)]
  for (const { path } of inTreeOrder(lower, new Set(touchedPaths(lower.tree, from, to)))) {
    const found = compare(lower.node(path), upper.node(path))
    if (found !== undefined) yield found
  }
}

function inTreeOrder({ tree }: Snapshot, paths: ReadonlySet<PathId>): readonly { readonly path: PathId }[] {
  const keyed: { readonly path: PathId; readonly key: string }[] = []
  for (const path of paths) {
    const key = tree.paths.fullPath(path).replaceAll('/', '\0')
    keyed.push({ path, key })
  }
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1))
}

type Pair = { readonly lower: TreeNode | undefined; readonly upper: TreeNode | undefined }

/** The same of two trees by a walk of both, `undefined` between small steps. */
export function* differenceOfTrees(lower: Snapshot, upper: Snapshot): Generator<Difference | undefined> {
  const compare = comparison(lower, upper)
  const pending: Pair[] = [{ lower: lower.root, upper: upper.root }]
  let seen = 0
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    if (++seen % STEP === 0) yield
    const found = compare(pair.lower, pair.upper)
    if (found !== undefined) yield found
    const [a, b] = [pair.lower, pair.upper]
    if (a?.type !== 'directory' && b?.type !== 'directory') continue
    const below = yield* pairs(yield* childrenOf(lower, a), yield* childrenOf(upper, b))
    for (const child of below.reverse()) pending.push(child)
  }
}

function* childrenOf(snapshot: Snapshot, directory: TreeNode | undefined): Steps<readonly TreeNode[]> {
  const children: TreeNode[] = []
  if (directory === undefined) return children
  for (const child of snapshot.childSteps(directory))
    if (child === undefined) yield
    else children.push(child)
  return children
}

/** Children of both sides by name, in order. */
function* pairs(lower: readonly TreeNode[], upper: readonly TreeNode[]): Steps<Pair[]> {
  const merged: Pair[] = []
  for (let [i, j] = [0, 0]; i < lower.length || j < upper.length; ) {
    const [a, b] = [lower[i], upper[j]]
    const takesA = a !== undefined && (b === undefined || a.name <= b.name)
    const takesB = b !== undefined && (a === undefined || b.name <= a.name)
    if (merged.push({ lower: takesA ? a : undefined, upper: takesB ? b : undefined }) % STEP === 0) yield
    if (takesA) i++
    if (takesB) j++
  }
  return merged
}

function comparison(
  lower: Snapshot,
  upper: Snapshot,
): (a: TreeNode | undefined, b: TreeNode | undefined) => Difference | undefined {
  const haveSameNames = nameComparison(lower, upper)
  return (a, b) => {
    if (a === undefined) return b && { path: b.path, change: 'added', lower: a, upper: b, aspects: [] }
    if (b === undefined) return { path: a.path, change: 'removed', lower: a, upper: b, aspects: [] }
    const aspects = changedAspects(a, b)
    if (a.id !== ROOT_PATH && !haveSameNames(a, b)) aspects.push('links')
    return aspects.length === 0 ? undefined : { path: a.path, change: 'modified', lower: a, upper: b, aspects }
  }
}
