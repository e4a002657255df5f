import type { FilePath } from '../layer/file-path.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import { chainEnd, chainStart, leadsOn } from './directory-chain.ts'
import { type Fold, type Folds, foldEmpty, NO_FOLDS } from './empty-rows.ts'
import { type SiblingOrder, siblingOrder, type TreeSort } from './file-sort.ts'
import { childrenOf, type FileTable, hasChildren, isChanged, pathAt } from './file-table.ts'

/** Which directories are open: all but `except`, or none but them. By path, so that it holds from layer to layer. */
export type Expansion = { readonly all: boolean; readonly except: ReadonlySet<FilePath> }

export const COLLAPSED: Expansion = { all: false, except: new Set() }
export const EXPANDED: Expansion = { all: true, except: new Set() }

export type RowsView = {
  readonly expansion: Expansion
  readonly sort: TreeSort
  readonly hideUnchanged: boolean
  /** Rows that a filter keeps, one byte each, not 0 when kept: they and the directories above them are shown. */
  readonly kept: Uint8Array | undefined
  /** Empty entries are folded, those directly in these directories excepted; undefined: none are. Only by size from the largest on. */
  readonly unfolded: ReadonlySet<FilePath> | undefined
}

/** Rows of the table that are on the list, top to bottom, the root first; a fold is there with its first row, a chain of directories with its last. */
export type VisibleRows = { readonly rows: Uint32Array; readonly folds: Folds }

/** The rows of the table that are on the list, made in small steps. */
export function* visibleRows(table: FileTable, view: RowsView): Steps<VisibleRows> {
  const shown = yield* shownRows(table, view)
  if (isWhole(view) && shown === undefined) return { rows: yield* allRows(table), folds: NO_FOLDS }
  const rows = new GrowingRows()
  const order = siblingOrder(table, view.sort)
  const folds = new Map<number, Fold>()
  const open: Siblings[] = []
  for (let row: number | undefined = 0, steps = 1; ; steps++) {
    if (row !== undefined && (row === 0 || shown === undefined || shown[row] !== 0)) {
      rows.push(row)
      if (isOpen(table, row, view.expansion))
        open.push(
          order === undefined
            ? inOrder(table, row, shown)
            : yield* sorted(table, row, { order, shown, folds: isFolding(table, row, view) ? folds : undefined }),
        )
    }
    const siblings = open.at(-1)
    if (siblings === undefined) return { rows: rows.all(), folds }
    row = siblings()
    if (row === undefined) open.pop()
    if (steps % STEP === 0) yield
  }
}

/** The next row directly below one, until there is none. */
type Siblings = () => number | undefined

function inOrder(table: FileTable, row: number, shown: Uint8Array | undefined): Siblings {
  const end = table.ends[row] ?? 0
  let next = row + 1
  return () => {
    const child = next
    next = table.ends[child] ?? end
    return child < end ? chainEnd(table, child, shown) : undefined
  }
}

type Sorting = {
  readonly order: SiblingOrder
  readonly shown: Uint8Array | undefined
  readonly folds: Map<number, Fold> | undefined
}

/** The rows in order; where `folds` is given, the empty ones among them as one that is noted there. */
function* sorted(table: FileTable, row: number, { order, shown, folds }: Sorting): Steps<Siblings> {
  const children: number[] = []
  for (const child of childrenOf(table, row)) if (children.push(chainEnd(table, child, shown)) % STEP === 0) yield
  const rows = yield* order(Uint32Array.from(children))
  const parts = folds === undefined ? undefined : yield* foldEmpty(table, row, rows)
  if (parts === undefined) return inTurn(rows)
  folds?.set(row, parts.fold)
  return inTurn(parts.own, parts.fold.rows[0])
}

function inTurn(rows: Uint32Array, last?: number): Siblings {
  let next = 0
  return () => {
    const index = next++
    return index === rows.length ? last : rows[index]
  }
}

function isFolding(table: FileTable, row: number, { unfolded, kept, hideUnchanged }: RowsView): boolean {
  if (unfolded === undefined || kept !== undefined || hideUnchanged) return false
  return unfolded.size === 0 || !unfolded.has(pathAt(table, row))
}

function* allRows(table: FileTable): Steps<Uint32Array> {
  const rows = new Uint32Array(table.count)
  let listed = 0
  for (let row = 0; row < table.count; row++) {
    if (!leadsOn(table, row)) rows[listed++] = row
    if (row % (STEP * 16) === 0) yield
  }
  return rows.subarray(0, listed)
}

export function isOpen(table: FileTable, row: number, { all, except }: Expansion): boolean {
  if (row === 0) return true
  return hasChildren(table, row) && (except.size === 0 ? all : all !== except.has(pathAt(table, row)))
}

/** The expansion with one directory opened or closed. */
export function withOpen({ all, except }: Expansion, path: FilePath, open: boolean): Expansion {
  const next = new Set(except)
  if (open === all) next.delete(path)
  else next.add(path)
  return { all, except: next }
}

/** Directories above the last of a chain that are opened and closed with it. */
const MOST_OPENED = 32

/** The expansion with the directory of a row opened or closed, and all of its chain: a layer that puts something else beside one of them tears it apart. */
export function withRowOpen(table: FileTable, row: number, expansion: Expansion, open: boolean): Expansion {
  let next = expansion
  for (let each = Math.max(chainStart(table, row), row - MOST_OPENED); each <= row; each++)
    next = withOpen(next, pathAt(table, each), open)
  return next
}

function isWhole({ expansion, sort }: RowsView): boolean {
  return expansion.all && expansion.except.size === 0 && sort.column === 'name' && !sort.descending
}

/** One byte a row, not 0 where it or something below it is kept; undefined when all are. */
function* shownRows(table: FileTable, { hideUnchanged, kept }: RowsView): Steps<Uint8Array | undefined> {
  if (kept === undefined && !hideUnchanged) return undefined
  const shown = new Uint8Array(table.count)
  for (let row = table.count - 1; row >= 0; row--) {
    const here = shown[row] !== 0 || ((kept === undefined || kept[row] !== 0) && (!hideUnchanged || isChanged(table, row)))
    if (here) {
      shown[row] = 1
      shown[table.parents[row] ?? 0] = 1
    }
    if (row % (STEP * 16) === 0) yield
  }
  return shown
}

/** A list of row numbers that grows in place. */
class GrowingRows {
  private rows = new Uint32Array(1024)
  private count = 0

  push(row: number): void {
    if (this.count === this.rows.length) {
      const more = new Uint32Array(this.rows.length * 2)
      more.set(this.rows)
      this.rows = more
    }
    this.rows[this.count++] = row
  }

  all(): Uint32Array {
    return this.rows.slice(0, this.count)
  }
}
