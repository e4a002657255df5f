import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { at } from '../../layer/changeset.ts'
import { type FilePath, parentPath, ROOT } from '../../layer/file-path.ts'
import { clickedSort, columnHeads, headsWithLast, nextSort, reversedSort, sortNote } from '../../line/column-sort.ts'
import { START } from '../../line/cursor.ts'
import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { bar, cutPath, padStart } from '../../line/text.ts'
import type { Answer } from '../../list/compute.ts'
import { chainStart } from '../../list/directory-chain.ts'
import { COLLAPSED, EXPANDED, type Expansion, isOpen, withRowOpen } from '../../list/file-rows.ts'
import { changeOf, hasChildren, pathAt } from '../../list/file-table.ts'
import { cursorOn } from '../files/files-refresh.ts'
import { indent, nameOnList, openMark } from '../files/tree-line.ts'
import type { Effect } from '../model/effect.ts'
import { indexOnList, pathOnList } from '../model/files.ts'
import { type ShownWaste, WASTE_TREE_COLUMNS, type WasteSlice } from '../model/ranked.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'

/** A row of the tree of hidden files: that of its table, and the layers that shipped something below it and hid it. */
export type WasteTreeRow = {
  readonly shown: ShownWaste
  readonly row: number
  readonly path: FilePath
  /** The last layer that shipped some of it. */
  readonly layer: number
  /** The first of them. */
  readonly shippedFrom: number
  /** The last layer that hid some of it. */
  readonly hiddenBy: number
}

type TreeSlice = WasteSlice['tree']

/** Computes the rows anew from the list of hidden files; those on the screen stay meanwhile. */
export function refreshWasteTree(state: State): Step<Effect> {
  const { by, list, tree } = state.slices.waste
  if (by !== 'directories' || list === undefined) return [state, []]
  const known = tree.shown?.list === list ? tree.shown.tree : undefined
  const job = { kind: 'waste-tree', list, tree: known, sort: tree.sort, expansion: tree.expansion } as const
  return [state, [{ type: 'compute', tag: 'waste-tree', job }]]
}

/** The tree was turned to: rows of another list than that of the title are not shown first. */
export function showWasteTree(state: State): Step<Effect> {
  const { list, tree } = state.slices.waste
  if (tree.shown !== undefined && tree.shown.list === list) return [state, []]
  return refreshWasteTree(withTree(state, { shown: undefined }))
}

/** The rows have been computed: the cursor stays on its path. */
export function placeInWasteTree(state: State, answer: Extract<Answer, { kind: 'waste-tree' }>): Step<Effect> {
  const { job, tree, expansion, rows, folds } = answer
  const { list, by, tree: before } = state.slices.waste
  if (job.list !== list) return [state, []]
  const shown = { stack: list.stack, table: tree.table, hits: undefined, rows, folds, list, tree, expansion }
  const placed = withTree(state, { shown })
  if (by !== 'directories') return [placed, []]
  const cursor = state.cursors.waste
  const path = before.shown === undefined ? undefined : pathOnList(before.shown, cursor.index)
  return [withCursor(placed, 'waste', path === undefined ? START : cursorOn(cursor, shown, path)), []]
}

function withTree(state: State, change: Partial<TreeSlice>): State {
  const { waste } = state.slices
  return withSlice(state, 'waste', { ...waste, tree: { ...waste.tree, ...change } })
}

export function sortWasteTree(state: State, how: 'next' | 'reverse' | { readonly column: string | undefined }): Step<Effect> {
  const { sort } = state.slices.waste.tree
  const other =
    how === 'next'
      ? nextSort(WASTE_TREE_COLUMNS, sort)
      : how === 'reverse'
        ? reversedSort(sort)
        : clickedSort(WASTE_TREE_COLUMNS, sort, how.column)
  const [next, effects] = refreshWasteTree(withTree(state, { sort: other }))
  const [noted, more] = note(next, sortNote(WASTE_TREE_COLUMNS, other))
  return [noted, [...effects, ...more]]
}

/** Opens all directories, or closes them. */
export function openAllWaste(state: State, open: boolean): Step<Effect> {
  return refreshWasteTree(withTree(state, { expansion: open ? EXPANDED : COLLAPSED }))
}

/** Opens or closes the directory of a row; undefined for a file, which has nothing to open. */
export function toggleWaste(state: State, { shown, row }: WasteTreeRow): Step<Effect> | undefined {
  if (!hasChildren(shown.table, row)) return undefined
  return setOpen(state, shown, row, !isOpen(shown.table, row, expansionNow(state, shown)))
}

/** Opens a directory, or goes to its first row; undefined for a file. */
export function openWaste(state: State, { shown, row }: WasteTreeRow): Step<Effect> | undefined {
  if (!hasChildren(shown.table, row)) return undefined
  if (!isOpen(shown.table, row, expansionNow(state, shown))) return setOpen(state, shown, row, true)
  const { index, top } = state.cursors.waste
  return [withCursor(state, 'waste', { index: Math.min(index + 1, shown.rows.length - 1), top }), []]
}

/** Closes a directory, or goes to the one around it. */
export function closeWaste(state: State, { shown, row }: WasteTreeRow): Step<Effect> {
  if (row === 0) return [state, []]
  if (isOpen(shown.table, row, expansionNow(state, shown))) return setOpen(state, shown, row, false)
  const parent = parentPath(pathAt(shown.table, chainStart(shown.table, row)))
  return [withCursor(state, 'waste', { ...state.cursors.waste, index: indexOnList(shown, parent) }), []]
}

/** Which directories are open, those included that the rows on the screen do not show yet. */
function expansionNow(state: State, shown: ShownWaste): Expansion {
  return state.slices.waste.tree.expansion ?? shown.expansion
}

function setOpen(state: State, shown: ShownWaste, row: number, open: boolean): Step<Effect> {
  if (row === 0) return [state, []]
  return refreshWasteTree(withTree(state, { expansion: withRowOpen(shown.table, row, expansionNow(state, shown), open) }))
}

/** The row of the tree on row `index` of its list; undefined outside of it. */
export function wasteTreeRow(shown: ShownWaste, index: number): WasteTreeRow | undefined {
  const { table, tree, rows } = shown
  const row = rows[index]
  if (row === undefined) return undefined
  return {
    shown,
    row,
    path: pathAt(table, row),
    layer: at(table.layers, row),
    shippedFrom: at(tree.shippedFrom, row),
    hiddenBy: at(tree.hiddenBy, row),
  }
}

const [SIZE_CELLS, FILES_CELLS] = [9, 9]

function barCells(width: number): number {
  return width >= 96 ? 12 : width >= 52 ? 8 : 0
}

/** The names of the tree's columns. */
export function wasteTreeHead({ sort }: TreeSlice, width: number): Line {
  const head = columnHeads(sort, 'waste.sort-by')
  const bars = barCells(width)
  const before = line(
    head({ column: 'size', cells: SIZE_CELLS, right: true }),
    span(' '.repeat(bars === 0 ? 0 : bars + 1)),
    head({ column: 'files', cells: FILES_CELLS, right: true }),
  )
  return headsWithLast(before, { column: 'name', text: 'path' }, sort, 'waste.sort-by', width)
}

/** One row of the tree: hidden bytes, their share of all that is listed, how many files, the name. */
export function wasteTreeLine({ shown, row, path }: WasteTreeRow, ascii: boolean, width: number): Line {
  const { table, tree, expansion, list } = shown
  const bytes = at(table.sizes, row)
  const bars = barCells(width)
  const opens = span(openMark(table, row, expansion, ascii), 'dim')
  const start = line(
    span(padStart(formatSize(bytes), SIZE_CELLS), 'waste'),
    span(bars === 0 ? '' : ` ${bar(bytes / Math.max(1, list.bytes), bars, ascii)}`, 'waste'),
    span(padStart(formatCount(at(tree.table.counts, row)), FILES_CELLS), 'dim'),
    span(indent(table, row)),
    hasChildren(table, row) && row !== 0 ? { ...opens, click: { command: 'waste.enter' } } : opens,
  )
  const said = changeOf(table, row) === 'removed' ? line(span('  removed', 'removed')) : []
  const room = Math.max(8, width - lineWidth(start) - lineWidth(said))
  return [...start, span(cutPath(path === ROOT ? '/' : nameOnList(table, row, path), room)), ...said]
}
