import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { type Cursor, move } from '../../line/cursor.ts'
import { isBelow } from '../../rebuild/target-tree.ts'
import type { Effect } from '../model/effect.ts'
import { selectedLayer, withLayer } from '../model/layer-steps.ts'
import { extendLayers, isMarked, type Marks, NO_MARKS, rangeAt, toggleLayer, togglePath } from '../model/marks.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'

/** Space in the layers: marks the layer under the cursor, or takes its range away. */
export function markLayer(state: State): Step<Effect> {
  return changeMarks(state, (marks, position) => toggleLayer(marks, position))
}

/** `V`: everything from the layer marked last to the one under the cursor. */
export function markRange(state: State): Step<Effect> {
  return changeMarks(state, (marks, position) => extendLayers(marks, position))
}

/** Shift with an arrow: marks on the way. */
export function markOnTheWay(state: State, by: 1 | -1): Step<Effect> {
  const { image } = state
  const from = selectedLayer(state)
  if (image === undefined || from === undefined) return [state, []]
  const to = image.image.layers[from.position + by]
  if (to === undefined) return [state, []]
  const { marks } = state.slices
  const started = marks.anchor === from.position ? marks : toggleLayer(rangeFree(marks, from.position), from.position)
  const marked = { ...extendLayers({ ...started, anchor: from.position }, to.position), anchor: to.position }
  return [withLayer(withSlice(state, 'marks', marked), to.position), []]
}

/** Space in the files and the waste: marks a path for removal and goes on to the next row. */
export function markPath(
  state: State,
  id: 'files' | 'waste' | 'story',
  path: FilePath | undefined,
  length: number,
): Step<Effect> {
  if (path === undefined) return [state, []]
  if (path === '') return note(state, 'The root cannot be removed.')
  const marked = withSlice(state, 'marks', togglePath(state.slices.marks, path))
  const next: Cursor = move(state.cursors[id], 'down', length, Math.max(1, state.size.rows - 5))
  return [withCursor(marked, id, next), []]
}

/**
 * Space in the waste: content that no container sees any more is marked for removal. Content that is still in the image shall not go with its
 * waste: the layers that ship it twice are marked instead, a squash of them ships it once.
 */
export function markWaste(
  state: State,
  id: 'waste' | 'story',
  row: { readonly path: FilePath | undefined; readonly layer: number | undefined; readonly hiddenBy?: number } | undefined,
  length: number,
): Step<Effect> {
  const stack = state.image?.analysis?.stack
  const path = row?.path
  const lives = path !== undefined && stack?.snapshot(stack.changesets.length).find(path) !== undefined
  if (!lives || state.slices.marks.paths.has(path)) return markPath(state, id, path, length)
  const { layer: from, hiddenBy: to } = row ?? {}
  const name = `/${displayPath(path)}`
  if (from === undefined || to === undefined || from === to) {
    return note(state, `${name} is still in the image: mark it in the files (2) to remove it from there.`)
  }
  const { marks } = state.slices
  const range = rangeAt(marks, from)
  const free = range !== undefined && range === rangeAt(marks, to)
  const marked = free ? marks : { ...extendLayers({ ...marks, anchor: from }, to), anchor: undefined }
  const said = `Still in the image: layers ${from + 1} to ${to + 1} are marked, squashed they ship it once.`
  return note(withSlice(state, 'marks', marked), said)
}

export function unmark(state: State): Step<Effect> {
  if (!isMarked(state.slices.marks)) return note(state, 'Nothing is marked.')
  return note(withSlice(state, 'marks', NO_MARKS), 'All marks cleared.')
}

/** The mark's cell before a layer: the range it is in, drawn along its layers. */
export function layerMark(marks: Marks, position: number, ascii: boolean): string {
  const range = rangeAt(marks, position)
  if (range === undefined) return ' '
  if (range.from === range.to) return '*'
  const [first, between, last] = ascii ? ['/', '|', '\\'] : ['┌', '│', '└']
  return (position === range.from ? first : position === range.to ? last : between) ?? '*'
}

/** `*` before what is marked, `·` before what goes with the directory around it. */
export function pathMark({ paths }: Marks, path: FilePath): string {
  if (paths.size === 0) return ' '
  return paths.has(path) ? '*' : isBelow(paths, path) ? '·' : ' '
}

function changeMarks(state: State, change: (marks: Marks, position: number) => Marks): Step<Effect> {
  const layer = selectedLayer(state)
  if (layer === undefined) return [state, []]
  return [withSlice(state, 'marks', change(state.slices.marks, layer.position)), []]
}

/** A layer that is in a range already starts a new one only when it is taken out first. */
function rangeFree(marks: Marks, position: number): Marks {
  return rangeAt(marks, position) === undefined ? marks : toggleLayer(marks, position)
}
