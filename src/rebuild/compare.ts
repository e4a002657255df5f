import type { FilePath } from '../layer/file-path.ts'
import { haveSameTime, haveSameXattrs } from '../overlay/layer-entries.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { TreeNode } from '../overlay/tree.ts'
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
    const others = new Map<string, TreeNode>()
    for (const child of actual.children(other)) others.set(child.name, child)
    for (const child of wanted.children(one)) {
      const twin = others.get(child.name)
      if (twin === undefined) return { path: child.path, what: 'missing' }
      others.delete(child.name)
      pending.push([child, twin])
    }
    const [added] = others.values()
    if (added !== undefined) return { path: added.path, what: 'added' }
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

/** The attributes that two nodes of one path can differ in; undefined when they are the same in every attribute. Link groups are compared apart. */
export type Attribute = 'type' | 'mode' | 'owner' | 'mtime' | 'size' | 'content' | 'target' | 'device' | 'xattrs' | 'links'

/**
 * The first attribute that differs. A time that no entry gives (an implied directory) equals any where `impliedTimes` says so:
 * a written layer must give it one.
 */
export function attributeDiffering(a: TreeNode, b: TreeNode, impliedTimes = false): Attribute | undefined {
  if (a.type !== b.type) return 'type'
  if (a.mode !== b.mode) return 'mode'
  if (a.uid !== b.uid || a.gid !== b.gid) return 'owner'
  if (!haveSameTime(a.mtime, b.mtime) && !(impliedTimes && (a.mtime === undefined || b.mtime === undefined))) return 'mtime'
  if (a.size !== b.size) return 'size'
  if (a.sha256 !== b.sha256) return 'content'
  if (a.target !== b.target) return 'target'
  if (a.device?.[0] !== b.device?.[0] || a.device?.[1] !== b.device?.[1]) return 'device'
  return haveSameXattrs(a.xattrs, b.xattrs) ? undefined : 'xattrs'
}
