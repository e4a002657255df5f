import { narrows } from '../../filter/filter.ts'
import { type FilePath, parentPath, ROOT } from '../../layer/file-path.ts'
import type { Cursor } from '../../line/cursor.ts'
import type { Answer } from '../../list/compute.ts'
import { foldWith } from '../../list/empty-rows.ts'
import { withOpen } from '../../list/file-rows.ts'
import { pathAt, rowOf } from '../../list/file-table.ts'
import type { Effect } from '../model/effect.ts'
import {
  expansionOf,
  type FilesSlice,
  foldAt,
  indexOnList,
  isFolding,
  isOnRow,
  pathOnList,
  type ShownFiles,
  sameScope,
  scopeFor,
  withExpansion,
} from '../model/files.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'

/** Computes the list anew where it is not of the present choices. The old one stays on the screen meanwhile. */
export function refreshFiles(state: State): Step<Effect> {
  const { files } = state.slices
  const analysis = state.image?.analysis
  if (analysis === undefined || analysis.layers === 0) return [state, []]
  const scope = scopeFor(files.scope, selectedLayer(state)?.position ?? 0)
  // A layer that is not read yet has no tree: say so instead of showing another one's.
  if (scope.kind !== 'image' && scope.layer >= analysis.layers) {
    const place = files.place ?? currentPath(state)
    return [
      withFiles(state, { shown: undefined, ...(place !== undefined && { place }) }),
      [{ type: 'abort', key: 'compute:files' }],
    ]
  }
  const { shown, sort, hideUnchanged, filter } = files
  const same = shown !== undefined && shown.stack === analysis.stack && sameScope(shown.table.scope, scope) ? shown : undefined
  const usable = same?.hits !== undefined && filter !== undefined && narrows(same.hits.filter, filter)
  const job = {
    kind: 'files' as const,
    stack: analysis.stack,
    scope,
    table: same?.table,
    view: { expansion: expansionOf(files), sort, hideUnchanged, unfolded: isFolding(files) ? files.unfolded : undefined },
    filter,
    within: usable ? same.hits : undefined,
  }
  return [state, [{ type: 'compute', tag: 'files', job }]]
}

/** Changes choices of the list and computes it anew. */
export function changeFiles(state: State, change: Partial<FilesSlice>): Step<Effect> {
  return refreshFiles(withFiles(state, change))
}

/** The list has been computed: the cursor stays on its path or its fold, or goes where it was told to. */
export function placeCursor(state: State, answer: Extract<Answer, { kind: 'files' }>): Step<Effect> {
  const { files } = state.slices
  const { table, hits, rows, folds, job } = answer
  const shown: ShownFiles = { stack: job.stack, table, hits, rows, folds }
  const fold = files.place === undefined ? foldedPath(state) : undefined
  const path = fold ?? files.place ?? currentPath(state) ?? ROOT
  const cursor = cursorOn(state.cursors.files, shown, path)
  const placed = withCursor(withFiles(state, { shown, place: undefined }), 'files', cursor)
  const [next, effects] = fold === undefined && isFolded(shown, path) ? unfold(placed, path) : [placed, []]
  // Rows that were found lie in the table that was shown before.
  const { search } = files
  if (search === undefined || files.shown?.table === table) return [next, effects]
  const again = { kind: 'search' as const, table, filter: search.filter, within: undefined }
  const searching = withFiles(next, { search: { ...search, hits: undefined } })
  return [searching, [...effects, { type: 'compute', tag: 'search', job: again }]]
}

/** Gives the empty entries beside `path` a row each; the cursor goes to that of `path`. */
export function unfold(state: State, path: FilePath): Step<Effect> {
  const unfolded = new Set(state.slices.files.unfolded).add(parentPath(path))
  return changeFiles(state, { unfolded, place: path })
}

/** The first path of the fold under the cursor. */
function foldedPath(state: State): FilePath | undefined {
  const { shown } = state.slices.files
  const row = shown?.rows[state.cursors.files.index]
  return shown === undefined || row === undefined || foldAt(shown, row) === undefined ? undefined : pathAt(shown.table, row)
}

function isFolded({ table, folds }: ShownFiles, path: FilePath): boolean {
  const { row, exact } = rowOf(table, path)
  return exact && foldWith(table, folds, row) !== undefined
}

/** Opens the directories above a path and puts the cursor on it. */
export function revealPath(state: State, path: FilePath): Step<Effect> {
  const { files } = state.slices
  let expansion = expansionOf(files)
  for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
    if (expansion.all === expansion.except.has(parent)) expansion = withOpen(expansion, parent, true)
  }
  const { shown } = files
  const scope = scopeFor(files.scope, selectedLayer(state)?.position ?? 0)
  const settled = shown !== undefined && sameScope(shown.table.scope, scope) && shown.hits?.filter === files.filter
  if (settled && expansion === expansionOf(files)) {
    const index = indexOnList(shown, path)
    if (isOnRow(shown, index, path)) return [withCursor(state, 'files', { ...state.cursors.files, index }), []]
  }
  return changeFiles(state, { ...withExpansion(files, expansion), place: path })
}

export function withFiles(state: State, change: Partial<FilesSlice>): State {
  return withSlice(state, 'files', { ...state.slices.files, ...change })
}

/** The path under the cursor of the list as it is shown. */
export function currentPath(state: State): FilePath | undefined {
  const { shown } = state.slices.files
  return shown === undefined ? undefined : pathOnList(shown, state.cursors.files.index)
}

/** On the row of `path`, as far from the top of the window as the cursor was. */
export function cursorOn(cursor: Cursor, shown: ShownFiles, path: FilePath): Cursor {
  const found = indexOnList(shown, path)
  const index = found === 0 && path !== ROOT && shown.hits !== undefined ? firstKept(shown) : found
  return { index, top: Math.max(0, index - (cursor.index - cursor.top)) }
}

/** The first row of the list that the filter itself keeps. */
function firstKept({ rows, hits }: ShownFiles): number {
  return Math.max(
    0,
    rows.findIndex(row => hits?.kept[row] !== 0),
  )
}
