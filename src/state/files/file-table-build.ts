import { ENTRY_TYPES } from '../../layer/entry.ts'
import { type FilePath, parentPath, ROOT } from '../../layer/file-path.ts'
import type { Snapshot, Stack, TreeNode } from '../../overlay/tree.ts'
import type { Change } from '../filter/filter-term.ts'
import { CHANGES, type FileScope, type FileTable, TOUCHED_BELOW } from './file-table.ts'
import { RowColumns } from './file-table-columns.ts'
import { differencesOf } from './file-text.ts'

/**
 * Makes the table of `scope` a few hundred rows at a time: whoever runs it decides how long the screen may wait between
 * two steps. Marks say what changed: up to a layer, what that layer did; in the
 * whole image, what the layer did that a name comes from, where that is not the first.
 */
export function* buildFileTable(stack: Stack, scope: FileScope): Generator<undefined, FileTable> {
  const layers = stack.changesets.length
  const upper = stack.snapshot(scope.kind === 'image' ? layers : Math.min(layers, scope.layer + 1))
  const first = scope.kind === 'image' ? 1 : scope.layer
  const ghosts = yield* removedNodes(stack, upper, first, scope.kind === 'image' ? layers - 1 : scope.layer)
  const changeOf = (node: TreeNode): Change => {
    if (node.layer < first || node.path === ROOT) return 'unchanged'
    const below = stack.snapshot(node.layer).node(node.id)
    if (below === undefined) return 'added'
    // Every layer carries the directories above what it writes: only a difference makes them a change.
    const again = node.type === 'directory' && below.type === 'directory' && differencesOf(below, node).length === 0
    return again ? 'unchanged' : 'modified'
  }
  const columns = new RowColumns(upper.count + ghosts.count + 1)
  yield* fill(columns, upper, ghosts, changeOf, scope.kind === 'layer')
  return columns.table(scope, id => upper.node(id) ?? ghosts.byId.get(id) ?? upper.root)
}

/** Names that a layer removed and that are not there at the end, by the path of their directory, bytewise by name. */
type Ghosts = {
  readonly count: number
  readonly byId: ReadonlyMap<number, TreeNode>
  readonly below: ReadonlyMap<FilePath, readonly TreeNode[]>
}

function* removedNodes(stack: Stack, upper: Snapshot, from: number, to: number): Generator<undefined, Ghosts> {
  const byId = new Map<number, TreeNode>()
  let steps = 0
  for (let layer = Math.max(0, from); layer <= to; layer++) {
    const before = stack.snapshot(layer)
    for (const version of stack.tree.hidings(layer, layer + 1)) {
      const id = stack.tree.versions.path(version)
      const node = upper.node(id) === undefined ? before.node(id) : undefined
      if (node !== undefined) byId.set(id, node)
      if (++steps % STEP === 0) yield
    }
  }
  const below = new Map<FilePath, TreeNode[]>()
  for (const node of byId.values()) {
    const parent = parentPath(node.path)
    const siblings = below.get(parent)
    if (siblings === undefined) below.set(parent, [node])
    else siblings.push(node)
    if (++steps % STEP === 0) yield
  }
  for (const siblings of below.values()) siblings.sort(byName)
  return { count: byId.size, byId, below }
}

type Frame = { readonly row: number; readonly removed: boolean; readonly children: readonly TreeNode[]; next: number }

function* fill(
  columns: RowColumns,
  upper: Snapshot,
  ghosts: Ghosts,
  changeOf: (node: TreeNode) => Change,
  onlyTouched: boolean,
): Generator<undefined, void> {
  const counted = new Set<number>()
  const enter = (node: TreeNode, depth: number): Frame => {
    const removed = ghosts.byId.get(node.id) === node
    const row = columns.add(node, depth === 0 ? 0 : (stack.at(-1)?.row ?? 0), depth)
    columns.types[row] = ENTRY_TYPES.indexOf(node.type)
    columns.changes[row] = CHANGES.indexOf(removed ? 'removed' : changeOf(node))
    const shown = removed || !onlyTouched || columns.changes[row] !== 0
    // An inode with several names is counted at its first one; names that are gone are counted each.
    const again = shown && !removed && node.links > 1 && counted.size === counted.add(node.inode).size
    columns.sizes[row] = again ? 0 : node.size
    const alive = removed ? NONE : upper.children(node)
    const gone = ghosts.count === 0 ? undefined : ghosts.below.get(node.path)
    return { row, removed, children: gone === undefined ? alive : [...alive, ...gone].sort(byName), next: 0 }
  }
  const stack: Frame[] = []
  stack.push(enter(upper.root, 0))
  for (let steps = 1; stack.length > 0; steps++) {
    const frame = stack.at(-1)
    const child = frame?.children[frame.next]
    if (frame !== undefined && child !== undefined) {
      frame.next++
      if (child.type === 'directory' || ghosts.count > 0) stack.push(enter(child, stack.length))
      else leave(columns, enter(child, stack.length), frame, onlyTouched)
    } else {
      const left = stack.pop()
      if (left !== undefined) leave(columns, left, stack.at(-1), onlyTouched)
    }
    if (steps % STEP === 0) yield
  }
}

const NONE: readonly TreeNode[] = []

/** Closes a row: its end is known now, its parent learns its bytes and whether it changed; or it goes again. */
function leave(columns: RowColumns, { row, removed }: Frame, parent: Frame | undefined, onlyTouched: boolean): void {
  columns.close(row)
  if (parent === undefined) return
  if (onlyTouched && columns.changes[row] === 0) {
    columns.cutTo(row)
    return
  }
  if (columns.changes[row] !== 0) columns.changes[parent.row] = (columns.changes[parent.row] ?? 0) | TOUCHED_BELOW
  if (removed === parent.removed) columns.sizes[parent.row] = (columns.sizes[parent.row] ?? 0) + (columns.sizes[row] ?? 0)
}

function byName(one: TreeNode, other: TreeNode): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0
}

/** Rows between two yields: well under a millisecond. */
const STEP = 256
