import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import type { HistoryStep } from '../../image/history.ts'
import type { Layer } from '../../image/load.ts'
import { isListing } from '../../layer/reading.ts'
import { START } from '../../line/cursor.ts'
import { type Line, line, span } from '../../line/line.ts'
import { cut, wrap } from '../../line/text.ts'
import { refreshFiles } from '../files/files-refresh.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { markLayer, markOnTheWay, markRange } from '../marks/mark-commands.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import { layerSteps, selectedLayer, withLayer } from '../model/layer-steps.ts'
import { LAYER_ORDERS, type LayerOrder, type LayersSlice } from '../model/layers.ts'
import { WIDE } from '../model/layout.ts'
import { rowsOf } from '../model/rows.ts'
import { panesOf } from '../model/screen.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import type { View } from '../model/view.ts'
import { askReading } from '../reading/held-layers.ts'
import { hiddenOf, layerHead, layerLine, oddMark } from './layer-line.ts'
import { openMatrix } from './matrix-view.ts'

/** The layers with what each costs and the command that made it; steps that made none stand in their places. */
export const LAYERS_VIEW: View<HistoryStep, CommandsOf<'layers'>> = {
  name: 'layers',
  contexts: ['layers'],
  picks: true,
  title: state => ({ left: titleLine(state), right: amount(state.image?.image.layers ?? []) }),
  brief,
  head: (_, width) => layerHead(width),
  foot: commandLines,
  rows: (state, width) => {
    const { image } = state
    return image === undefined ? [] : rowsOf(layerSteps(state), step => layerLine(state, image, step, width))
  },
  empty: ({ image, slices }) =>
    image?.image.layers.length === 0
      ? 'This image has no layers.'
      : `No command has all of “${escapeText(slices.layers.filter)}”. Esc shows all layers again.`,
  commands: {
    'layers.enter': state => showFiles(state, 'layer'),
    'layers.upto': state => showFiles(state, 'upto'),
    'layers.mark': markLayer,
    'layers.range': markRange,
    'layers.mark-down': state => moved(markOnTheWay(state, 1)),
    'layers.mark-up': state => moved(markOnTheWay(state, -1)),
    'layers.details': state => [jumpTo(state, { focus: 'details' }), []],
    'layers.read': readWhole,
    'layers.matrix': openMatrix,
    'layers.sort': turnOrder,
    'layers.filter': (state, { argument }) => filter(state, argument),
    'layers.unfilter': state => listAnew(state, { filter: '' }),
    'layers.steps': state => listAnew(state, { showsSteps: !state.slices.layers.showsSteps }),
    back: state => (state.slices.layers.filter === '' ? undefined : listAnew(state, { filter: '' })),
  },
  guard: { slice: 'waiting', command: (_, [state, effects]) => [withSlice(state, 'waiting', undefined), effects] },
  receive: (state, action) =>
    action.type === 'analysed' && action.id === 'shown' && action.analysis.complete ? [allRead(state), []] : undefined,
  moved: state => moved([state, []]),
  idle: ({ slices }, row) =>
    row !== undefined ? [] : slices.layers.filter === '' ? [...OF_A_LAYER, 'layers.filter', 'layers.sort'] : OF_A_LAYER,
  compares: state => {
    const [layer, { image }] = [selectedLayer(state), state]
    if (image === undefined || layer === undefined) return undefined
    const digest = image.image.descriptor.digest
    return {
      reference: image.source,
      digest,
      layers: layer.position + 1,
      label: image.reference,
    }
  },
  copies: copiesOf,
  crumbs: state => {
    const layer = selectedLayer(state)
    return layer === undefined ? [] : [`layer ${layer.position + 1}`]
  },
}

/** Commands without a use where no layer is listed. */
const OF_A_LAYER = ['layers.enter', 'layers.mark', 'layers.upto', 'layers.matrix', 'layers.details'] as const

/** Once all layers are read the first tab opens, unless a key was pressed meanwhile. */
function allRead(state: State): State {
  return state.slices.waiting === undefined ? state : { ...withSlice(state, 'waiting', undefined), focus: 'main' }
}

/** Another list of the same layers, the cursor on the same one. */
function listAnew(state: State, change: Partial<LayersSlice>): Step<Effect> {
  const layer = selectedLayer(state)?.position ?? 0
  const listed = withSlice(state, 'layers', { ...state.slices.layers, ...change })
  const isThere = layerSteps(listed).some(step => step.layer === layer)
  return moved([isThere ? withLayer(listed, layer) : withCursor(listed, 'layers', START), []])
}

function turnOrder(state: State): Step<Effect> {
  const { order } = state.slices.layers
  const next = LAYER_ORDERS[(LAYER_ORDERS.indexOf(order) + 1) % LAYER_ORDERS.length] ?? 'order'
  return chain(listAnew(state, { order: next }), each => note(each, ORDER_NOTES[next]))
}

const ORDER_NOTES: Readonly<Record<LayerOrder, string>> = {
  order: 'In the order of the image, the base first.',
  size: 'The largest layers first.',
  hidden: 'The layers first of which the most is hidden.',
}

/** Every letter that is typed lists anew. */
function filter(state: State, text: string | undefined): Step<Effect> {
  const before = state.slices.layers.filter
  if (text === undefined) {
    const field = fieldOf(before)
    const prompt = {
      type: 'prompt',
      label: 'commands with',
      field,
      command: 'layers.filter',
      live: true,
      cancel: 'layers.unfilter',
    } as const
    return [{ ...state, dialog: prompt }, []]
  }
  return text.trim() === before ? [state, []] : listAnew(state, { filter: text.trim() })
}

/** Rows that the whole command of the layer under the cursor has, where no other pane shows it. */
const COMMAND_ROWS = 3
const HIGH = 14

function commandLines(state: State, width: number): readonly Line[] {
  const { size, image } = state
  if ((size.columns >= WIDE && !panesOf(state.screen).zoom) || size.rows < HIGH || image === undefined) return []
  const step = layerSteps(state)[state.cursors.layers.index]
  const rows = wrap(commandText(step?.history), width)
  return Array.from({ length: COMMAND_ROWS }, (_, row) => {
    const text = rows[row] ?? ''
    return line(span(row === COMMAND_ROWS - 1 && rows.length > COMMAND_ROWS ? cut(`${text}…`, width) : text, 'dim'))
  })
}

/** A layer that was only listed is read to verify it, one that failed once more. */
function readWhole(state: State): Step<Effect> {
  const { image } = state
  const layer = selectedLayer(state)?.position
  const progress = layer === undefined ? undefined : image?.progress[layer]
  if (layer !== undefined && image?.held?.layers.includes(layer) === true) return askReading(state, layer)
  if (image === undefined || layer === undefined || progress?.status === 'waiting' || progress?.status === 'reading')
    return [state, []]
  const isUnseen = state.slices.story.unseen.includes(layer)
  if (progress?.status === 'read' && !isListing(progress.reading) && !isUnseen)
    return note(state, 'This layer has been read whole already.')
  const waiting = { ...image, progress: image.progress.with(layer, { status: 'waiting' }) }
  return [{ ...state, image: waiting }, [{ type: 'read-layer', image: image.id, layer }]]
}

/** The files follow the cursor where they are a layer's. */
function moved(step: Step<Effect>): Step<Effect> {
  const preferring = chain(step, state => [state, preferred(state)])
  return chain(preferring, state => (state.slices.files.scope === 'image' ? [state, []] : refreshFiles(state)))
}

/** The layer under the cursor is read before the others that wait. */
function preferred(state: State): readonly Effect[] {
  const layer = selectedLayer(state)?.position
  return layer !== undefined && state.image?.progress[layer]?.status === 'waiting'
    ? [{ type: 'prefer-layer', image: 'shown', layer }]
    : []
}

/** The files of the layer under the cursor. */
function showFiles(state: State, scope: 'layer' | 'upto'): Step<Effect> {
  const jumped = jumpTo(state, { tab: 'files' })
  const shown = refreshFiles({ ...jumped, slices: { ...jumped.slices, files: { ...jumped.slices.files, scope } } })
  const layer = selectedLayer(state)?.position
  const isHeld = state.image?.held?.layers.some(each => layer !== undefined && each <= layer) === true
  return isHeld ? chain(shown, next => askReading(next, layer)) : shown
}

/** `9 layers · the largest first · with apt-get`. */
function titleLine(state: State): Line {
  const { image, slices } = state
  const count = image?.image.layers.length ?? 0
  if (count === 0) return []
  const { order, filter: words } = slices.layers
  return line(
    span(countOf(count, 'layer')),
    span(image?.analysis === undefined || image.analysis.complete ? '' : ' · hidden so far', 'accent'),
    ...(order === 'order' ? [] : [span(` · by ${order}`, 'dim')]),
    ...(words === '' ? [] : [span(` · with ${escapeText(words)}`, 'accent')]),
  )
}

/** When the pane is one row, the layer under the cursor is named in it. */
function brief(state: State): { left: Line; right: Line } {
  const layer = selectedLayer(state)
  const { image } = state
  if (layer === undefined || image === undefined) return { left: [], right: [] }
  const { position } = layer
  const step = image.image.steps.find(each => each.layer === position)
  const share = Math.round((100 * hiddenOf(image, position)) / Math.max(1, image.analysis?.shipped[position] ?? 0))
  return {
    left: line(
      span(`${position + 1} of ${image.image.layers.length}`),
      span(' · ', 'dim'),
      ...oddMark(image, position),
      span(cut(commandText(step?.history), 60), 'dim'),
    ),
    right: [...amount([layer]), ...(share === 0 ? [] : [span(' · ', 'dim'), span(`${share} % hidden`, 'waste')])],
  }
}

function amount(layers: readonly Layer[]): Line {
  return layers.length === 0 ? [] : line(span(formatSize(sizeOfBlobs(layers)), 'dim'))
}

function copiesOf(state: State): readonly MenuItem[] {
  const layer = selectedLayer(state)
  if (layer === undefined) return []
  const step = state.image?.image.steps.find(each => each.layer === layer.position)
  const choice = (what: string, text: string): MenuItem => ({
    label: `${what}  ${escapeText(cut(text, 60))}`,
    command: 'copy',
    argument: `the ${what}\n${text}`,
  })
  return [
    choice('digest', layer.blob.digest),
    ...(layer.diffID === undefined ? [] : [choice('DiffID', layer.diffID)]),
    ...(step?.history?.createdBy === undefined ? [] : [choice('command', step.history.createdBy)]),
  ]
}
