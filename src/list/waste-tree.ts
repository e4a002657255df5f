import type { Filter } from '../filter/filter.ts'
import { ENTRY_TYPES } from '../layer/entry.ts'
import { NO_PATH, type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Stack, TreeNode } from '../overlay/tree.ts'
import { NO_VERSION } from '../overlay/version-table.ts'
import { contentSizeOf, type WasteLedger } from '../space/waste.ts'
import { leadsOn } from './directory-chain.ts'
import { COLLAPSED, type Expansion } from './file-rows.ts'
import { CHANGES, changeOf, type FileTable, pathAt } from './file-table.ts'
import { RowColumns } from './file-table-columns.ts'
import { keepsWaste } from './ranking.ts'

/**
 * The tree of the hidden files that a filter keeps. The sizes of its table are hidden bytes at and below each row, its layers the
 * last that shipped some of them; a row is removed where the image has no such path any more.
 */
export type WasteTree = {
  /** Its counts are those of the hidden contents at and below each row. */
  readonly table: FileTable & { readonly counts: Uint32Array }
  /** Positions of the first layer that shipped some of them, and of the last one that hid some. */
  readonly shippedFrom: Uint16Array
  readonly hiddenBy: Uint16Array
}

const [DIRECTORY, FILE] = [ENTRY_TYPES.indexOf('directory'), ENTRY_TYPES.indexOf('file')]
const [UNCHANGED, REMOVED] = [CHANGES.indexOf('unchanged'), CHANGES.indexOf('removed')]

/** Makes the tree in small steps. */
export function* buildWasteTree(stack: Stack, ledger: WasteLedger, filter: Filter | undefined): Steps<WasteTree> {
  const sums = yield* sumsByPath(stack, ledger, filter)
  const table = yield* tableOf(stack, sums)
  const counts = new Uint32Array(table.count)
  const rows = {
    shippedFrom: new Uint16Array(table.count),
    hiddenBy: new Uint16Array(table.count),
  }
  for (let row = 0; row < table.count; row++) {
    const path = table.paths[row] ?? 0
    counts[row] = sums.counts[path] ?? 0
    rows.shippedFrom[row] = sums.shippedFrom[path] ?? 0
    rows.hiddenBy[row] = sums.hiddenBy[path] ?? 0
    if (row % STEP === 0) yield
  }
  return { table: { ...table, counts }, ...rows }
}

/** By path: what is hidden at and below it; `own` is the number of contents that it shipped itself. */
type PathSums = {
  readonly bytes: Float64Array
  readonly counts: Uint32Array
  readonly own: Uint32Array
  readonly shippedFrom: Uint16Array
  readonly shippedBy: Uint16Array
  readonly hiddenBy: Uint16Array
}

function* sumsByPath(stack: Stack, ledger: WasteLedger, filter: Filter | undefined): Steps<PathSums> {
  const { paths, versions } = stack.tree
  const length = paths.count + 1
  const sums = {
    bytes: new Float64Array(length),
    counts: new Uint32Array(length),
    own: new Uint32Array(length),
    shippedFrom: new Uint16Array(length).fill(0xffff),
    shippedBy: new Uint16Array(length),
    hiddenBy: new Uint16Array(length),
  }
  for (const [index, inode] of ledger.inodes.entries()) {
    if (index % STEP === 0) yield
    if (filter !== undefined && !keepsWaste(stack, filter, ledger.file(inode))) continue
    const layer = versions.layer(inode)
    const path = versions.path(inode)
    sums.own[path] = (sums.own[path] ?? 0) + 1
    addTo(sums, path, contentSizeOf(stack.tree, inode), 1, [layer, layer, ledger.hiding(inode).hiddenBy])
  }
  // Parents have smaller identifiers than their children.
  for (let path = paths.count; path > ROOT_PATH; path--) {
    if (path % STEP === 0) yield
    const count = sums.counts[path] ?? 0
    if (count === 0) continue
    const layers = [sums.shippedFrom[path] ?? 0, sums.shippedBy[path] ?? 0, sums.hiddenBy[path] ?? 0] as const
    addTo(sums, paths.parent(path), sums.bytes[path] ?? 0, count, layers)
  }
  return sums
}

function addTo(sums: PathSums, path: PathId, bytes: number, count: number, layers: readonly [number, number, number]): void {
  const [shippedFrom, shippedBy, hiddenBy] = layers
  sums.bytes[path] = (sums.bytes[path] ?? 0) + bytes
  sums.counts[path] = (sums.counts[path] ?? 0) + count
  sums.shippedFrom[path] = Math.min(sums.shippedFrom[path] ?? 0, shippedFrom)
  sums.shippedBy[path] = Math.max(sums.shippedBy[path] ?? 0, shippedBy)
  sums.hiddenBy[path] = Math.max(sums.hiddenBy[path] ?? 0, hiddenBy)
}

/** A row for each path with something hidden at or below it. */
function* tableOf(stack: Stack, sums: PathSums): Steps<FileTable> {
  const { paths } = stack.tree
  const columns = new RowColumns(paths, 0)
  const open: { readonly row: number; next: PathId }[] = []
  const add = function* (path: PathId): Steps<void> {
    const row = columns.add(path, sums.shippedBy[path] ?? 0, open.at(-1)?.row ?? 0, open.length)
    const isAround = (sums.counts[path] ?? 0) > (sums.own[path] ?? 0) || path === ROOT_PATH
    // A path that was a file and a directory is no link of a chain: it has bytes of its own.
    columns.types[row] = isAround && sums.own[path] === 0 ? DIRECTORY : FILE
    columns.changes[row] = isGone(stack, path) ? REMOVED : UNCHANGED
    columns.sizes[row] = sums.bytes[path] ?? 0
    columns.close(row)
    if (!isAround) return
    yield* paths.ordering(path)
    open.push({ row, next: paths.firstInOrder(path) })
  }
  yield* add(ROOT_PATH)
  for (let steps = 1; open.length > 0; steps++) {
    if (steps % STEP === 0) yield
    const frame = open.at(-1)
    if (frame === undefined) break
    const path = frame.next
    if (path === NO_PATH) {
      columns.close(frame.row)
      open.pop()
      continue
    }
    frame.next = paths.nextInOrder(path)
    if ((sums.counts[path] ?? 0) > 0) yield* add(path)
  }
  yield* columns.folding()
  return columns.table({ kind: 'image' }, id => lastNode(stack, id))
}

function isGone({ tree, changesets }: Stack, path: PathId): boolean {
  return path !== ROOT_PATH && tree.versions.visible(path, changesets.length) === NO_VERSION
}

/** The entry of a path in the last snapshot that has it. */
function lastNode(stack: Stack, id: number): TreeNode {
  for (let layers = stack.changesets.length; layers > 0; layers--) {
    const node = stack.snapshot(layers).node(id)
    if (node !== undefined) return node
  }
  return stack.snapshot(0).root
}

/** The share of all hidden bytes from which on a row is on the first list. */
const HEAVY = 0.1

/**
 * Which directories are open at first: those above each row with a tenth of the hidden bytes, so that the first list says where
 * most of them lie. A directory that was removed as a whole is closed: all in it went with it.
 */
export function* openAtFirst({ table }: WasteTree): Steps<Expansion> {
  const open = new Set(COLLAPSED.except)
  const least = HEAVY * (table.sizes[0] ?? 0)
  for (let row = 1, steps = 1; row < table.count; steps++) {
    if (steps % STEP === 0) yield
    const end = table.ends[row] ?? row + 1
    if ((table.sizes[row] ?? 0) < least) {
      row = end
      continue
    }
    const parent = table.parents[row] ?? 0
    // Of a chain of directories the last is asked.
    if (parent !== 0 && !leadsOn(table, parent)) open.add(pathAt(table, parent))
    row = changeOf(table, row) === 'removed' ? end : row + 1
  }
  return { all: false, except: open }
}
