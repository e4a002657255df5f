import type { Snapshot, TreeNode } from '../overlay/tree.ts'

/**
 * Every name at and below `top` (the root's own name left out), ordered bytewise by its whole path, one at a time.
 *
 * That is not the order of a walk: `a-b` comes before `a/c`, since `-` is below `/`. Within one directory it is enough to
 * order the names and, for what lies below a directory, its name with a slash: all paths below it begin with just that.
 */
export function* pathOrder(snapshot: Snapshot, top: TreeNode): Generator<TreeNode> {
  if (top.path !== '') yield top
  if (top.type !== 'directory') return
  // A stack of our own: directories nest deeper than calls may.
  const open: Iterator<Step>[] = [steps(snapshot, top)]
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const { value, done } = directory.next()
    if (done === true) open.pop()
    else if (value.below) open.push(steps(snapshot, value.node))
    else yield value.node
  }
}

type Step = { readonly key: string; readonly node: TreeNode; readonly below: boolean }

function steps(snapshot: Snapshot, directory: TreeNode): Iterator<Step> {
  const found: Step[] = []
  for (const node of snapshot.children(directory)) {
    found.push({ key: node.name, node, below: false })
    if (node.type === 'directory') found.push({ key: `${node.name}/`, node, below: true })
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).values()
}
