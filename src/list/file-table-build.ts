import type { Change } from '../filter/filter-term.ts'
import { differencesOf } from '../format/file-text.ts'
import { ENTRY_TYPES } from '../layer/entry.ts'
import { NO_PATH, type PathId, type PathTable, ROOT_PATH } from '../overlay/path-table.ts'
import { ROOT_VERSION } from '../overlay/snapshot.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot, Stack } from '../overlay/tree.ts'
import { NO_VERSION, type VersionId } from '../overlay/version-table.ts'
import { contentSizeOf } from '../space/waste.ts'
import { CHANGES, type FileScope, type FileTable, TOUCHED_BELOW } from './file-table.ts'
import { RowColumns } from './file-table-columns.ts'
import { type Ghosts, removedNames, touchedBy } from './touched-paths.ts'

/**
 * Makes the table of `scope` a few hundred rows at a time: the caller decides how long the screen may wait between
 * two steps. Marks say what changed: up to a layer, what that layer did; in the
 * whole image, what the layer did that a name comes from, where that is not the first.
 */
export function* buildFileTable(stack: Stack, scope: FileScope): Steps<FileTable> {
  const layers = stack.changesets.length
  const upper = stack.snapshot(scope.kind === 'image' ? layers : Math.min(layers, scope.layer + 1))
  const first = scope.kind === 'image' ? 1 : scope.layer
  const ghosts = yield* removedNames(stack, upper, first, scope.kind === 'image' ? layers - 1 : scope.layer)
  const touched = scope.kind === 'layer' ? yield* touchedBy(stack, scope.layer) : undefined
  const rows = touched === undefined ? upper.count + ghosts.count + 1 : 0
  const columns = new RowColumns(stack.tree.paths, rows)
  yield* new TableFill({ stack, upper, ghosts, first, touched, columns }).all()
  yield* columns.folding()
  return columns.table(scope, id => upper.node(id) ?? ghosts.node(id) ?? upper.root)
}

type Filling = {
  readonly stack: Stack
  readonly upper: Snapshot
  readonly ghosts: Ghosts
  /** The first layer whose doings are changes. */
  readonly first: number
  /** Where only what a layer touched is wanted: those paths and the directories above. */
  readonly touched: { get(path: PathId): number } | undefined
  readonly columns: RowColumns
}

/** A row whose end is not known yet, and the next path below it to look at. */
type Frame = { readonly row: number; readonly removed: boolean; next: PathId }

/** Walks the tree along the links of the path table: no list of a directory's children is ever made. */
class TableFill {
  readonly #on: Filling
  readonly #paths: PathTable
  /** Inodes of several names that have been counted. */
  readonly #counted = new Set<VersionId>()
  readonly #open: Frame[] = []

  constructor(on: Filling) {
    this.#on = on
    this.#paths = on.stack.tree.paths
  }

  *all(): Steps<void> {
    const { versions } = this.#on.stack.tree
    yield* this.#enter(ROOT_PATH, versions.visible(ROOT_PATH, this.#on.upper.layers) || ROOT_VERSION, false)
    for (let steps = 1; ; steps++) {
      const frame = this.#open.at(-1)
      if (frame === undefined) return
      const path = frame.next
      if (path === NO_PATH) {
        this.#open.pop()
        this.#leave(frame.row, frame.removed)
      } else {
        frame.next = this.#paths.nextInOrder(path)
        const below = this.#look(path)
        if (below !== undefined) yield* below
      }
      if (steps % STEP === 0) yield
    }
  }

  /** Adds the path's row if it has one; gives what is to be done where something may be below it. */
  #look(path: PathId): Steps<void> | undefined {
    const { stack, upper, ghosts, touched } = this.#on
    if (touched !== undefined && touched.get(path) === 0) return undefined
    const alive = stack.tree.versions.visible(path, upper.layers)
    const version = alive === NO_VERSION ? ghosts.version(path) : alive
    if (version === NO_VERSION) return undefined
    const removed = alive === NO_VERSION
    if (this.#paths.hasChildren(path)) return this.#enter(path, version, removed)
    this.#leave(this.#add(path, version, removed), removed)
    return undefined
  }

  *#enter(path: PathId, version: VersionId, removed: boolean): Steps<void> {
    const row = this.#add(path, version, removed)
    yield* this.#paths.ordering(path)
    this.#open.push({ row, removed, next: this.#paths.firstInOrder(path) })
  }

  #add(path: PathId, version: VersionId, removed: boolean): number {
    const { stack, columns, touched } = this.#on
    const { tree } = stack
    const type = tree.type(version)
    const change = CHANGES.indexOf(removed ? 'removed' : this.#change(path, version))
    const row = columns.add(path, tree.versions.layer(version), this.#open.at(-1)?.row ?? 0, this.#open.length)
    columns.types[row] = ENTRY_TYPES.indexOf(type)
    columns.changes[row] = change
    const inode = tree.versions.inode(version)
    // An inode with several names is counted at its first one that is shown; names that are gone are counted each.
    const again =
      !removed && !tree.versions.hasOneName(inode) && (change !== 0 || touched === undefined) && this.#isCounted(inode)
    columns.sizes[row] = type !== 'file' || again ? 0 : contentSizeOf(tree, inode)
    return row
  }

  #isCounted(inode: VersionId): boolean {
    return this.#counted.size === this.#counted.add(inode).size
  }

  #change(path: PathId, version: VersionId): Change {
    const { stack, upper, first } = this.#on
    const { tree } = stack
    const layer = tree.versions.layer(version)
    if (layer < first || path === ROOT_PATH) return 'unchanged'
    const before = tree.versions.visible(path, layer)
    if (before === NO_VERSION) return 'added'
    if (tree.type(version) !== 'directory' || tree.type(before) !== 'directory') return 'modified'
    // Every layer carries the directories above what it writes: only a difference makes them a change.
    const [below, node] = [stack.snapshot(layer).node(path), upper.node(path)]
    return below !== undefined && node !== undefined && differencesOf(below, node).length === 0 ? 'unchanged' : 'modified'
  }

  /** Closes a row: its end is known now, its parent learns its bytes and whether it changed; or it goes again. */
  #leave(row: number, removed: boolean): void {
    const { columns, touched } = this.#on
    columns.close(row)
    const parent = this.#open.at(-1)
    if (parent === undefined) return
    if (touched !== undefined && columns.changes[row] === 0) {
      columns.cutTo(row)
      return
    }
    if (columns.changes[row] !== 0) columns.changes[parent.row] = (columns.changes[parent.row] ?? 0) | TOUCHED_BELOW
    if (removed === parent.removed) columns.sizes[parent.row] = (columns.sizes[parent.row] ?? 0) + (columns.sizes[row] ?? 0)
  }
}
