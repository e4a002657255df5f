import type { FilePath } from '../layer/file-path.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { TreeNode } from '../overlay/tree.ts'
import { type Attribute, attributeDiffering } from './same-node.ts'
import type { TargetTree } from './target-tree.ts'

/** Where two trees are not the same, and in what. */
export type TreeDifference = { readonly path: FilePath; readonly what: Attribute | 'missing' | 'added' }

/**
 * The first difference between what was wanted and what a written layer gives, in every attribute: path, type, content, mode,
 * owner, time in nanoseconds, xattrs, devices and link groups. The shapes may come from different stacks. Linear.
 */
export function* firstDifference(wanted: TargetTree, actual: TargetTree): Steps<TreeDifference | undefined> {
  const [firstWanted, firstActual] = [new Map<number, FilePath>(), new Map<number, FilePath>()]
  let steps = 0
  const pending: [TreeNode, TreeNode][] = [[wanted.root, actual.root]]
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    if (++steps % STEP === 0) yield
    const [one, other] = pair
    const what = attributeDiffering(one, other, true) ?? (sameGroup(one, firstWanted, other, firstActual) ? undefined : 'links')
    if (what !== undefined) return { path: one.path, what }
    if (one.type !== 'directory') continue
    const [children, others] = [wanted.children(one), actual.children(other)]
    const names = new Set(others.map(child => child.name))
    const missing = children.find(child => !names.has(child.name))
    if (missing !== undefined) return { path: missing.path, what: 'missing' }
    const known = new Set(children.map(child => child.name))
    const added = others.find(child => !known.has(child.name))
    if (added !== undefined) return { path: added.path, what: 'added' }
    children.forEach((child, index) => {
      const twin = others[index]
      if (twin !== undefined) pending.push([child, twin])
    })
  }
  return undefined
}

/** Both walks meet the names of a group in the same order: the groups are the same when the first names met are. */
function sameGroup(one: TreeNode, firstOne: Map<number, FilePath>, other: TreeNode, firstOther: Map<number, FilePath>): boolean {
  if (one.type === 'directory') return true
  if (one.links !== other.links) return false
  if (one.links <= 1) return true
  const [first, twin] = [firstOne.get(one.inode) ?? one.path, firstOther.get(other.inode) ?? other.path]
  firstOne.set(one.inode, first)
  firstOther.set(other.inode, twin)
  return first === twin
}
