import { escapeText } from '../../escape.ts'
import { ageText, commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { rateOf } from '../../format/transfer-rate.ts'
import type { HistoryStep } from '../../image/history.ts'
import type { Layer } from '../../image/load.ts'
import { isListing } from '../../layer/reading.ts'
import { bar } from '../../line/bar.ts'
import { type Line, line, lineWidth, type Span, span } from '../../line/line.ts'
import { cut, padEnd, padStart } from '../../line/text.ts'
import { refreshFiles } from '../files/files-refresh.ts'
import { layerMark, markLayer, markOnTheWay, markRange } from '../marks/mark-commands.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { isOddLayer } from '../model/image-diagnostics.ts'
import type { CommandsOf } from '../model/keys.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import type { OpenImage } from '../model/open-image.ts'
import { rowsOf } from '../model/rows.ts'
import type { State, Step } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import type { View } from '../model/view.ts'
import { askReading } from '../reading/held-layers.ts'

/** The layers with what each costs and the command that made it; steps that made none stand in their places. */
export const LAYERS_VIEW: View<HistoryStep, CommandsOf<'layers'>> = {
  name: 'layers',
  contexts: ['layers'],
  picks: true,
  title: ({ image }) => ({ left: line(span(countText(image))), right: amount(image?.image.layers ?? []) }),
  brief,
  head: (_, width) => headLine(width),
  rows: (state, width) => {
    const { image } = state
    return image === undefined ? [] : rowsOf(image.image.steps, step => stepLine(image, step, width, state))
  },
  empty: () => 'This image has no layers.',
  commands: {
    'layers.enter': state => showFiles(state, 'layer'),
    'layers.upto': state => showFiles(state, 'upto'),
    'layers.mark': markLayer,
    'layers.range': markRange,
    'layers.mark-down': state => moved(markOnTheWay(state, 1)),
    'layers.mark-up': state => moved(markOnTheWay(state, -1)),
    'layers.details': state => [jumpTo(state, { focus: 'details' }), []],
    'layers.read': readWhole,
  },
  moved: state => moved([state, []]),
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

/** A layer that was only listed is read to verify it, one that failed once more. */
function readWhole(state: State): Step<Effect> {
  const { image } = state
  const layer = selectedLayer(state)?.position
  const progress = layer === undefined ? undefined : image?.progress[layer]
  if (layer !== undefined && image?.held?.layers.includes(layer) === true) return askReading(state, layer)
  if (image === undefined || layer === undefined || progress?.status === 'waiting' || progress?.status === 'reading')
    return [state, []]
  if (progress?.status === 'read' && !isListing(progress.reading)) return note(state, 'This layer has been read whole already.')
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

/** From these widths on a column is shown. */
const AGE_FROM = 90
const WIDE_FROM = 70
const UNPACKED_FROM = 46

/** Cells of the columns, 0 for none; where there is little room the command gets what they can spare. */
type Cells = {
  readonly size: number
  readonly sizeBar: number
  readonly unpacked: number
  readonly ratio: number
  readonly hidden: number
  readonly wasteBar: number
  readonly age: number
}

function cells(width: number): Cells {
  if (width < WIDE_FROM) {
    const unpacked = width >= UNPACKED_FROM ? 9 : 0
    return { size: 9, sizeBar: 0, unpacked, ratio: 0, hidden: 9, wasteBar: 1, age: 0 }
  }
  return { size: 9, sizeBar: 6, unpacked: 10, ratio: 6, hidden: 9, wasteBar: 5, age: width >= AGE_FROM ? 10 : 0 }
}

function headLine(width: number): Line {
  const { size, sizeBar, unpacked, ratio, hidden, wasteBar, age } = cells(width)
  return line(
    span(`  #${padStart('size', size)}${gapFor(sizeBar)}${padStart('unpacked', unpacked)}${padStart('ratio', ratio)}`),
    span(`${padStart('hidden', hidden)}${gapFor(wasteBar)} ${padEnd('age', age)}command`),
  )
}

/** The cells that a bar of so many takes, with the blank before it. */
function gapFor(bar: number): string {
  return bar === 0 ? '' : ' '.repeat(bar + 1)
}

function stepLine(image: OpenImage, step: HistoryStep, width: number, state: State): Line {
  const { ascii } = state.settings
  const wide = cells(width)
  const command = span(commandText(step.history), step.layer === undefined ? 'dim' : 'plain')
  if (step.layer === undefined) {
    return line(span(`  ${step.aligned ? '·' : '?'}`.padEnd(lineWidth(headLine(width)) - 'command'.length), 'dim'), command)
  }
  const { layer } = step
  const size = image.image.layers[layer]?.blob.size ?? 0
  const largest = Math.max(1, ...image.image.layers.map(each => each.blob.size))
  return line(
    span(layerMark(state.slices.marks, layer, ascii), 'accent'),
    span(padStart(String(layer + 1), layer < 99 ? 2 : 3)),
    span(padStart(formatSize(size), wide.size), 'number'),
    ...(wide.sizeBar === 0 ? [] : [span(` ${bar(size / largest, wide.sizeBar, ascii)}`, 'dim')]),
    ...(wide.unpacked === 0 ? [] : [unpacked(image, layer, wide.unpacked)]),
    ...(wide.ratio === 0 ? [] : [span(padStart(ratioText(image, layer), wide.ratio), 'dim')]),
    hiddenSpan(image, layer),
    span(` ${bar(wasteShare(image, layer), wide.wasteBar, ascii)} `, 'waste'),
    ...(wide.age === 0 ? [] : [span(padEnd(ageText(step.history?.created, Date.now()), wide.age), 'dim')]),
    ...oddMark(image, layer),
    command,
  )
}

/** Before the command of a layer that something is wrong with: the same sign as the key that tells what. */
function oddMark(image: OpenImage, layer: number): readonly Span[] {
  return isOddLayer(image, layer) ? [span('! ', 'warning')] : []
}

/** Waste that fills the bar is at least this share of all that is shipped: a few hidden bytes are no alarm. */
const FULL_WASTE_BAR = 0.05

/** The layer's waste against that of the worst. */
function wasteShare({ analysis }: OpenImage, layer: number): number {
  if (analysis === undefined) return 0
  const shipped = analysis.shipped.reduce((sum, bytes) => sum + bytes, 0)
  return (analysis.hidden[layer] ?? 0) / Math.max(1, shipped * FULL_WASTE_BAR, ...analysis.hidden)
}

/** The layer's unpacked size; while it is read, how far that is. */
function unpacked(image: OpenImage, layer: number, cells: number): Span {
  const progress = image.progress[layer]
  switch (progress?.status) {
    case 'read':
      if (isListing(progress.reading)) return span(padStart('listed', cells), 'dim')
      return span(padStart(formatSize(progress.reading.tarSize), cells), 'number')
    case 'reading':
      return span(padStart(`${Math.floor((100 * progress.done) / Math.max(1, progress.total))} %`, cells), 'accent')
    case 'failed':
      return span(padStart('not read', cells), 'error')
    default:
      return span(padStart('…', cells), 'dim')
  }
}

function ratioText(image: OpenImage, layer: number): string {
  const progress = image.progress[layer]
  if (progress?.status !== 'read' || progress.reading.size === 0 || isListing(progress.reading)) return ''
  const ratio = progress.reading.tarSize / progress.reading.size
  return `${ratio.toFixed(ratio >= 99.95 ? 0 : 1)}×`
}

function hiddenOf(image: OpenImage, layer: number): number {
  return image.analysis?.hidden[layer] ?? 0
}

/** The layer's bytes that later layers hide; while it is read, how fast. */
function hiddenSpan(image: OpenImage, layer: number): Span {
  const progress = image.progress[layer]
  const rate = progress?.status === 'reading' ? rateOf(progress.pace) : undefined
  if (rate !== undefined) return span(padStart(`${formatSize(rate).replace(' ', '')}/s`, 9), 'accent')
  const known = image.analysis !== undefined && layer < image.analysis.layers
  const hidden = hiddenOf(image, layer)
  return span(padStart(known ? (hidden === 0 ? '·' : formatSize(hidden)) : '', 9), hidden > 0 ? 'waste' : 'dim')
}

function countText(image: OpenImage | undefined): string {
  const count = image?.image.layers.length ?? 0
  return count === 0 ? '' : `${count} ${count === 1 ? 'layer' : 'layers'}`
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
  return layers.length === 0 ? [] : line(span(formatSize(layers.reduce((sum, { blob }) => sum + blob.size, 0)), 'dim'))
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
