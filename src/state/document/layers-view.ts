import { escapeText } from '../../escape.ts'
import type { HistoryStep } from '../../image/history.ts'
import type { Choice } from '../dialog/dialog.ts'
import type { Effect } from '../effect.ts'
import { refreshFiles } from '../files/files-refresh.ts'
import { bar } from '../line/bar.ts'
import { type Line, line, type Span, span } from '../line/line.ts'
import { formatSize } from '../line/size.ts'
import { cut, padStart } from '../line/text.ts'
import type { OpenImage } from '../open-image.ts'
import { rateOf } from '../pace.ts'
import { layerMark, markLayer, markOnTheWay, markRange } from '../plan/mark-commands.ts'
import type { State, Step } from '../state.ts'
import { then } from '../then.ts'
import { jumpTo } from '../trail.ts'
import type { View } from '../view.ts'
import { ageText, commandText } from './history-text.ts'
import { selectedLayer } from './layer-steps.ts'

/** The layers with what each costs and the command that made it; steps that made none stand in their places. */
export const LAYERS_VIEW: View = {
  name: 'layers',
  contexts: ['layers'],
  picks: true,
  title: state => ({ left: folded(state), right: amount(state.image) }),
  head: (_, width) => headLine(width),
  length: ({ image }) => image?.image.steps.length ?? 0,
  rows: (state, from, to, width) => {
    const { image } = state
    if (image === undefined) return []
    return image.image.steps.slice(from, to).map(step => stepLine(image, step, width, state))
  },
  empty: () => 'This image has no layers.',
  update: (state, command) => COMMANDS[command]?.(state),
  moved: state => moved([state, []]),
  copies: copiesOf,
  crumbs: state => {
    const layer = selectedLayer(state)
    return layer === undefined ? [] : [`layer ${layer.position + 1}`]
  },
}

const COMMANDS: Readonly<Record<string, (state: State) => Step<Effect>>> = {
  'layers.enter': state => showFiles(state, 'layer'),
  'layers.upto': state => showFiles(state, 'upto'),
  'layers.mark': markLayer,
  'layers.range': markRange,
  'layers.mark-down': state => moved(markOnTheWay(state, 1)),
  'layers.mark-up': state => moved(markOnTheWay(state, -1)),
  'layers.details': state => [jumpTo(state, { focus: 'details' }), []],
  'layers.retry': state => {
    const layer = selectedLayer(state)
    return [state, layer === undefined ? [] : [{ type: 'read-layer', layer: layer.position }]]
  },
}

/** The files follow the cursor where they are a layer's. */
function moved(step: Step<Effect>): Step<Effect> {
  const preferring = then(step, state => [state, preferred(state)])
  return then(preferring, state => (state.slices.files.scope === 'image' ? [state, []] : refreshFiles(state)))
}

/** The layer under the cursor is read before the others that wait. */
function preferred(state: State): readonly Effect[] {
  const layer = selectedLayer(state)?.position
  return layer !== undefined && state.image?.progress[layer]?.status === 'waiting' ? [{ type: 'prefer-layer', layer }] : []
}

/** The files of the layer under the cursor. */
function showFiles(state: State, scope: 'layer' | 'upto'): Step<Effect> {
  const jumped = jumpTo(state, { tab: 'files' })
  return refreshFiles({ ...jumped, slices: { ...jumped.slices, files: { ...jumped.slices.files, scope } } })
}

/** From these widths on a column is shown. */
const AGE_FROM = 84
const RATIO_FROM = 70
const UNPACKED_FROM = 46
const BAR_CELLS = 8

/** Cells of the columns; where there is little room the command gets what they can spare. */
function cells(width: number): { readonly size: number; readonly unpacked: number; readonly gap: string } {
  return width >= RATIO_FROM ? { size: 10, unpacked: 11, gap: '  ' } : { size: 9, unpacked: 9, gap: ' ' }
}

function headLine(width: number): Line {
  const { size, unpacked: wide, gap } = cells(width)
  return line(
    span(`  #${padStart('size', size)}`),
    ...(width >= UNPACKED_FROM ? [span(padStart('unpacked', wide))] : []),
    ...(width >= RATIO_FROM ? [span(' ratio')] : []),
    span(`   wasted${gap}${' '.repeat(barCells(width))}`),
    ...(width >= AGE_FROM ? [span('age       ')] : []),
    span('command'),
  )
}

function barCells(width: number): number {
  return width >= RATIO_FROM ? BAR_CELLS + 1 : 2
}

function stepLine(image: OpenImage, step: HistoryStep, width: number, state: State): Line {
  const { ascii } = state.settings
  const { size, unpacked: wide, gap } = cells(width)
  const command = span(commandText(step.history), step.layer === undefined ? 'dim' : 'plain')
  if (step.layer === undefined) {
    const before = columnsWidth(width)
    return line(span(`  ${step.aligned ? '·' : '?'}`.padEnd(before), 'dim'), command)
  }
  const { layer } = step
  const blob = image.image.layers[layer]?.blob
  const largest = Math.max(1, ...image.image.layers.map(each => each.blob.size))
  return line(
    span(layerMark(state.slices.marks, layer, ascii), 'accent'),
    span(padStart(String(layer + 1), layer < 99 ? 2 : 3)),
    span(padStart(formatSize(blob?.size ?? 0), size), 'number'),
    ...(width >= UNPACKED_FROM ? [unpacked(image, layer, wide)] : []),
    ...(width >= RATIO_FROM ? [span(padStart(ratioText(image, layer), 6), 'dim')] : []),
    wasted(image, layer),
    span(`${gap}${bar((blob?.size ?? 0) / largest, barCells(width) - 1, ascii)} `, hiddenOf(image, layer) > 0 ? 'waste' : 'dim'),
    ...(width >= AGE_FROM ? [span(ageText(step.history?.created, Date.now()).padEnd(10), 'dim')] : []),
    command,
  )
}

function columnsWidth(width: number): number {
  const { size, unpacked: wide, gap } = cells(width)
  const optional = (width >= UNPACKED_FROM ? wide : 0) + (width >= RATIO_FROM ? 6 : 0) + (width >= AGE_FROM ? 10 : 0)
  return 3 + size + 9 + gap.length + barCells(width) + optional
}

/** What the layer unpacks to; while it is read, how far that is. */
function unpacked(image: OpenImage, layer: number, cells: number): Span {
  const progress = image.progress[layer]
  switch (progress?.status) {
    case 'read':
      return span(padStart(formatSize(progress.reading.tarSize), cells), 'number')
    case 'reading':
      return span(padStart(`${Math.floor((100 * progress.done) / Math.max(1, progress.total))} %`, cells), 'accent')
    case 'failed':
      return span(padStart('unreadable', cells), 'error')
    default:
      return span(padStart('…', cells), 'dim')
  }
}

function ratioText(image: OpenImage, layer: number): string {
  const progress = image.progress[layer]
  if (progress?.status !== 'read' || progress.reading.size === 0) return ''
  const ratio = progress.reading.tarSize / progress.reading.size
  return `${ratio.toFixed(ratio >= 99.95 ? 0 : 1)}×`
}

function hiddenOf(image: OpenImage, layer: number): number {
  return image.analysis?.hidden[layer] ?? 0
}

/** What later layers hide of it; while it is read, how fast. */
function wasted(image: OpenImage, layer: number): Span {
  const progress = image.progress[layer]
  const rate = progress?.status === 'reading' ? rateOf(progress.pace) : undefined
  if (rate !== undefined) return span(padStart(`${formatSize(rate).replace(' ', '')}/s`, 9), 'accent')
  const known = image.analysis !== undefined && layer < image.analysis.layers
  const hidden = hiddenOf(image, layer)
  return span(padStart(known ? (hidden === 0 ? '·' : formatSize(hidden)) : '', 9), hidden > 0 ? 'waste' : 'dim')
}

/** When the pane is one row, the layer under the cursor is named in it. */
function folded(state: State): Line {
  const layer = selectedLayer(state)
  const { image } = state
  if (layer === undefined || image === undefined) return []
  const step = image.image.steps.find(each => each.layer === layer.position)
  return line(
    span(`${layer.position + 1} of ${image.image.layers.length}`),
    span(` · ${cut(commandText(step?.history), 60)}`, 'dim'),
  )
}

function amount(image: OpenImage | undefined): Line {
  if (image === undefined) return []
  const total = image.image.layers.reduce((sum, { blob }) => sum + blob.size, 0)
  return line(span(formatSize(total), 'dim'))
}

function copiesOf(state: State): readonly Choice[] {
  const layer = selectedLayer(state)
  if (layer === undefined) return []
  const step = state.image?.image.steps.find(each => each.layer === layer.position)
  const choice = (what: string, text: string): Choice => ({
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
