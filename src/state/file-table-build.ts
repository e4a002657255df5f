import { ENTRY_TYPES } from '../layer/entry.ts'
import { type FilePath, parentPath, ROOT } from '../layer/file-path.ts'
import type { Snapshot, Stack, TreeNode } from '../overlay/tree.ts'
import { CHANGES, type FileScope, type FileTable, TOUCHED_BELOW } from './file-table.ts'
import { RowColumns } from './file-table-columns.ts'
import { differencesOf } from './file-text.ts'
import type { Change } from './filter-term.ts'

/**
 * Makes the table of `scope` a few hundred rows at a time: whoever runs it decides how long the screen may wait between
 * two steps. Marks say what changed: up to a layer, what that layer did; in the whole image, what the layers above the first did.
 */
export function* buildFileTable(stack: Stack, scope: FileScope): Generator<undefined, FileTable> {
  const layers = stack.changesets.length
  const upper = stack.snapshot(scope.kind === 'image' ? layers : Math.min(layers, scope.layer + 1))
  const lower = stack.snapshot(scope.kind === 'image' ? Math.min(1, layers) : Math.min(layers, scope.layer))
  const first = scope.kind === 'image' ? 1 : scope.layer
  const ghosts = yield* removedNodes(stack, upper, first, scope.kind === 'image' ? layers - 1 : scope.layer)
  const changeOf = (node: TreeNode): Change => {
    if (node.layer < first || node.path === ROOT) return 'unchanged'
    const below = lower.node(node.id)
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
    const after = stack.snapshot(layer + 1)
    for (const node of stack.snapshot(layer).walk()) {
      if (after.node(node.id) === undefined && upper.node(node.id) === undefined) byId.set(node.id, node)
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

type Frame = { readonly row: number; readonly removed: boolean; readonly children: readonly Child[]; next: number }
type Child = { readonly node: TreeNode; readonly removed: boolean }

function* fill(
  columns: RowColumns,
  upper: Snapshot,
  ghosts: Ghosts,
  changeOf: (node: TreeNode) => Change,
  onlyTouched: boolean,
): Generator<undefined, void> {
  const childrenOf = ({ node, removed }: Child) => merge(removed ? [] : upper.children(node), ghosts.below.get(node.path) ?? [])
  const counted = new Set<number>()
  const enter = (child: Child, depth: number): Frame => {
    const { node, removed } = child
    const row = columns.add(node, depth === 0 ? 0 : (stack.at(-1)?.row ?? 0), depth)
    columns.types[row] = ENTRY_TYPES.indexOf(node.type)
    columns.changes[row] = CHANGES.indexOf(removed ? 'removed' : changeOf(node))
    // An inode with several names is counted at its first one; names that are gone are counted each.
    const shown = removed || !onlyTouched || columns.changes[row] !== 0
    const again = shown && !removed && node.links > 1 && counted.size === counted.add(node.inode).size
    columns.sizes[row] = again ? 0 : node.size
    const listed = node.type === 'directory' || ghosts.below.has(node.path)
    return { row, removed, children: listed ? childrenOf(child) : [], next: 0 }
  }
  const stack: Frame[] = []
  stack.push(enter({ node: upper.root, removed: false }, 0))
  for (let steps = 1; stack.length > 0; steps++) {
    const frame = stack.at(-1)
    const child = frame?.children[frame.next]
    if (frame !== undefined && child !== undefined) {
      frame.next++
      stack.push(enter(child, stack.length))
    } else {
      const left = stack.pop()
      if (left !== undefined) leave(columns, left, stack.at(-1), onlyTouched)
    }
    if (steps % STEP === 0) yield
  }
}

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

function merge(alive: readonly TreeNode[], gone: readonly TreeNode[]): readonly Child[] {
  const children = [...alive.map(node => ({ node, removed: false })), ...gone.map(node => ({ node, removed: true }))]
  return gone.length === 0 ? children : children.sort((one, other) => byName(one.node, other.node))
}

function byName(one: TreeNode, other: TreeNode): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0
}

/** Rows between two yields: well under a millisecond. */
const STEP = 256
