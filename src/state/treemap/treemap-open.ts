import type { FilePath } from '../../layer/file-path.ts'
import { parentPath, ROOT } from '../../layer/file-path.ts'
import { START } from '../../line/cursor.ts'
import type { Answer } from '../../list/compute.ts'
import { chainStart } from '../../list/directory-chain.ts'
import { pathAt, rowOf } from '../../list/file-table.ts'
import { currentPath } from '../files/files-refresh.ts'
import type { Effect } from '../model/effect.ts'
import { foldAt, sameScope, scopeFor } from '../model/files.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import { layoutOf, rowWidth } from '../model/layout.ts'
import { panesOf } from '../model/screen.ts'
import { focusedView, type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import type { OpenTreemap } from '../model/treemap.ts'
import { mapOf, type TreeMap } from './map-layout.ts'

/** `M`: the map of the tree on the screen, at the place of the cursor; from elsewhere that of the whole image. */
export function openTreemap(state: State): Step<Effect> {
  if (state.image === undefined || panesOf(state.screen).over.at(-1) === 'treemap') return [state, []]
  if (state.image.image.layers.length === 0) return note(state, 'There is no layer to draw a map of.')
  const inFiles = focusedView(state) === 'files'
  const wanted = inFiles ? pathUnder(state) : undefined
  const scope = inFiles ? scopeFor(state.slices.files.scope, selectedLayer(state)?.position ?? 0) : ({ kind: 'image' } as const)
  const path = wanted === undefined ? ROOT : parentPath(wanted)
  const slice = { scope, tree: undefined, path, picked: 0, wanted, entered: 0, colours: 'layer' } as const
  return weigh(withCursor(withSlice(jumpTo(state, { over: 'treemap' }), 'treemap', slice), 'treemap', START))
}

/** The path under the cursor of the tree; of a chain of directories the first, which has others beside it. */
function pathUnder(state: State): FilePath | undefined {
  const { shown } = state.slices.files
  const row = shown?.rows[state.cursors.files.index]
  if (shown === undefined || row === undefined || foldAt(shown, row) !== undefined) return currentPath(state)
  return pathAt(shown.table, chainStart(shown.table, row))
}

/** Weighs the tree of the layers as they are read now. */
export function weigh(state: State): Step<Effect> {
  const { treemap, files } = state.slices
  const analysis = state.image?.analysis
  if (treemap === undefined || analysis === undefined || analysis.layers === 0) return [state, []]
  const { scope } = treemap
  const isRead = scope.kind === 'image' || scope.layer < analysis.layers
  if (!isRead || treemap.tree?.stack === analysis.stack) return [state, []]
  const { shown } = files
  const table = shown?.stack === analysis.stack && sameScope(shown.table.scope, scope) ? shown.table : undefined
  return [state, [{ type: 'compute', tag: 'treemap', job: { kind: 'weigh', stack: analysis.stack, scope, table } }]]
}

/** The tree was weighed: the picked rectangle stays the same path, or is the one that was asked for. */
export function receiveTree(state: State, { tree }: Extract<Answer, { kind: 'weigh' }>): Step<Effect> {
  const { treemap } = state.slices
  if (treemap === undefined || !sameScope(tree.table.scope, treemap.scope)) return [state, []]
  const wanted = treemap.wanted ?? pickedPath(state)
  const found = rowOf(tree.table, treemap.path)
  const path = found.exact ? treemap.path : pathAt(tree.table, found.row)
  const next = withSlice(state, 'treemap', { ...treemap, tree, path, wanted: undefined })
  return [pick(next, wanted), []]
}

/** The map as it is drawn on the screen of `state`; undefined until the tree was weighed. */
export function shownMap(state: State, width = mapWidth(state)): TreeMap | undefined {
  const { treemap } = state.slices
  if (treemap?.tree === undefined) return undefined
  const { row } = rowOf(treemap.tree.table, treemap.path)
  const size = { columns: width, rows: mapRows(state), step: state.settings.ascii ? 2 : 1 } as const
  return mapOf(treemap.tree, row, size, treemap.colours)
}

function mapArea(state: State): { readonly width: number; readonly height: number } {
  const areas = layoutOf({ ...state, focus: 'main' }, () => 0).panes
  return areas.find(({ pane }) => pane === 'main') ?? { width: state.size.columns, height: state.size.rows }
}

function mapWidth(state: State): number {
  return rowWidth(mapArea(state).width)
}

/** Rows below the title and the legend. */
function mapRows(state: State): number {
  return Math.max(1, mapArea(state).height - 2)
}

/** The path of the picked rectangle; undefined for what is folded. */
export function pickedPath(state: State): FilePath | undefined {
  const { treemap } = state.slices
  const row = shownMap(state)?.tiles[treemap?.picked ?? 0]?.row
  return treemap?.tree === undefined || row === undefined ? undefined : pathAt(treemap.tree.table, row)
}

/** `state` with the rectangle of `path` picked, or the one it is folded into; without a path the heaviest. */
export function pick(state: State, path: FilePath | undefined): State {
  const { treemap } = state.slices
  const map = shownMap(state)
  if (treemap?.tree === undefined || map === undefined) return state
  const { table } = treemap.tree
  if (path === undefined) return withTreemap(state, { picked: 0 })
  const { row } = rowOf(table, path)
  const found = map.tiles.findIndex(tile => tile.row === row)
  const folded = map.tiles.findIndex(tile => tile.row === undefined)
  return withTreemap(state, { picked: Math.max(0, found === -1 ? folded : found) })
}

export function withTreemap(state: State, change: Partial<OpenTreemap>): State {
  const { treemap } = state.slices
  return treemap === undefined ? state : withSlice(state, 'treemap', { ...treemap, ...change })
}
