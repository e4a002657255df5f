import { finish, STEP, type Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import { litterPaths } from '../rebuild/litter-paths.ts'
import { PRESETS } from '../rebuild/preset.ts'
import { contentSizeOf, wasteSteps } from '../space/waste.ts'
import { changeOf, type FileScope, type FileTable, rowOf } from './file-table.ts'
import { buildFileTable } from './file-table-build.ts'
import { Largest } from './largest.ts'

/** A tree of files with what each row costs: bytes that can be read, and bytes that a later layer hides. */
export type WeighedTree = {
  readonly stack: Stack
  readonly table: FileTable
  /** Hidden content bytes at and below each row. */
  readonly hidden: Float64Array
  /** Not 0 where the row is litter, or lies below it. */
  readonly litter: Uint8Array
  /** The heaviest children of the directories that were looked at so far. */
  readonly heavy: Map<number, HeavyChildren>
}

/** A directory with as many rows below it may take longer than a frame to look through: that is done with the weighing. */
const MANY_ROWS = 10_000

/** Weighs the tree of `scope`; `known` is its table where it was made before. */
export function* weighTree(stack: Stack, scope: FileScope, known: FileTable | undefined): Steps<WeighedTree> {
  const table = known ?? (yield* buildFileTable(stack, scope))
  const [hidden, litter] = [yield* hiddenByRow(stack, table), yield* litterByRow(stack, table)]
  const tree = { stack, table, hidden, litter, heavy: new Map() }
  for (let row = 0; row < table.count; row++) {
    if ((table.ends[row] ?? 0) - row > MANY_ROWS) tree.heavy.set(row, yield* findHeavy(tree, row))
    else if (row % (STEP * 16) === 0) yield
  }
  return tree
}

/** Bytes at and below a row that can be read in the tree's scope. */
export function aliveAt({ table, hidden }: WeighedTree, row: number): number {
  if (changeOf(table, row) === 'removed') return 0
  const bytes = table.sizes[row] ?? 0
  // All that a layer ships is in its own table, whichever layer hides it later.
  return table.scope.kind === 'layer' ? Math.max(0, bytes - (hidden[row] ?? 0)) : bytes
}

/** All bytes at and below a row. */
export function weightAt(tree: WeighedTree, row: number): number {
  return aliveAt(tree, row) + (tree.hidden[row] ?? 0)
}

/** The heaviest rows directly below a row, heaviest first, and what the others weigh together. */
export type HeavyChildren = {
  readonly rows: readonly number[]
  readonly weights: readonly number[]
  readonly otherBytes: number
  /** Rows with a weight that are not among `rows`. */
  readonly others: number
}

/** More are not told apart on any screen. */
const MOST_CHILDREN = 256

/** Looks at each child once; the result is kept as long as the tree. */
export function heavyChildren(tree: WeighedTree, row: number): HeavyChildren {
  const known = tree.heavy.get(row)
  if (known !== undefined) return known
  const found = finish(findHeavy(tree, row))
  tree.heavy.set(row, found)
  return found
}

function* findHeavy(tree: WeighedTree, row: number): Steps<HeavyChildren> {
  const { ends } = tree.table
  const largest = new Largest<number>(MOST_CHILDREN)
  let [total, count, steps] = [0, 0, 0]
  const end = ends[row] ?? 0
  for (let child = row + 1; child < end; child = ends[child] ?? end) {
    if (++steps % STEP === 0) yield
    const weight = weightAt(tree, child)
    if (weight === 0) continue
    total += weight
    count++
    if (largest.wants(weight)) largest.add(weight, child)
  }
  const rows = largest.all()
  const weights = rows.map(child => weightAt(tree, child))
  const shown = weights.reduce((sum, weight) => sum + weight, 0)
  return { rows, weights, otherBytes: Math.max(0, total - shown), others: count - rows.length }
}

function* hiddenByRow(stack: Stack, table: FileTable): Steps<Float64Array> {
  const { scope, paths, count } = table
  const { tree } = stack
  const layers = scope.kind === 'upto' ? Math.min(stack.changesets.length, scope.layer + 1) : stack.changesets.length
  const ledger = yield* wasteSteps(stack, layers)
  const totals = new Float64Array(tree.paths.count + 1)
  for (let index = 0; index < ledger.inodes.length; index++) {
    const inode = ledger.inodes[index] ?? 0
    if (index % STEP === 0) yield
    if (scope.kind === 'layer' && tree.versions.layer(inode) !== scope.layer) continue
    const path = tree.versions.path(inode)
    totals[path] = (totals[path] ?? 0) + contentSizeOf(tree, inode)
  }
  // Parents have smaller identifiers than their children.
  for (let path = tree.paths.count; path > 1; path--) {
    const parent = tree.paths.parent(path)
    totals[parent] = (totals[parent] ?? 0) + (totals[path] ?? 0)
    if (path % (STEP * 16) === 0) yield
  }
  const hidden = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    hidden[row] = totals[paths[row] ?? 0] ?? 0
    if (row % (STEP * 16) === 0) yield
  }
  return hidden
}

function* litterByRow(stack: Stack, table: FileTable): Steps<Uint8Array> {
  const presets = Object.values(PRESETS)
  const found = yield* litterPaths(stack, path => presets.some(({ matches }) => matches(path)))
  const litter = new Uint8Array(table.count)
  let steps = 0
  for (const path of found) {
    if (++steps % STEP === 0) yield
    const { row, exact } = rowOf(table, path)
    if (exact) litter.fill(1, row, table.ends[row] ?? row + 1)
  }
  return litter
}
