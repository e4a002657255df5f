import { STEP, type Steps } from './steps.ts'
import type { Snapshot, TreeNode } from './tree.ts'

/** Nodes one by one, `undefined` between small steps: for lists that grow with the image. */
export type NodeSteps = Generator<TreeNode | undefined>

/** The visible nodes of paths, by their identifiers. */
export function* nodesOf(snapshot: Snapshot, ids: readonly number[]): NodeSteps {
  for (const [index, id] of ids.entries()) {
    if (index % STEP === STEP - 1) yield
    const node = snapshot.node(id)
    if (node !== undefined) yield node
  }
}

/** All nodes at any depth below a directory. */
export function* nodesBelow(snapshot: Snapshot, directory: TreeNode): NodeSteps {
  const pending = [directory]
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    for (const child of snapshot.childSteps(each)) {
      if (child?.type === 'directory') pending.push(child)
      yield child
    }
    yield
  }
}

/** A list of those nodes that `keeps` is true of: the first `limit` of them. */
export function* keptNodes(
  nodes: Iterable<TreeNode | undefined>,
  keeps: (node: TreeNode) => boolean,
  limit = Number.POSITIVE_INFINITY,
): Steps<readonly TreeNode[]> {
  const kept: TreeNode[] = []
  for (const node of nodes) {
    if (node === undefined) yield
    else if (keeps(node)) kept.push(node)
    if (kept.length >= limit) break
  }
  return kept
}
