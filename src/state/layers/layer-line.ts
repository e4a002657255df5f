import { ageText, commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { rateOf } from '../../format/transfer-rate.ts'
import type { HistoryStep } from '../../image/history.ts'
import { isListing } from '../../layer/reading.ts'
import { type Line, line, lineWidth, type Span, span } from '../../line/line.ts'
import { ribbonBar } from '../../line/ribbon.ts'
import { padEnd, padStart } from '../../line/text.ts'
import { layerTint } from '../../line/tint.ts'
import { layerMark } from '../marks/mark-commands.ts'
import { isOddLayer } from '../model/findings.ts'
import type { OpenImage } from '../model/open-image.ts'
import type { State } from '../model/state.ts'
import { litterByLayer } from '../model/story.ts'

/** From these widths on a column is shown. */
const AGE_FROM = 110
const UNPACKED_FROM = 60

/** Cells of the columns, 0 for none; the command gets what is left, and at least these. */
type Cells = {
  readonly size: number
  readonly bar: number
  readonly unpacked: number
  readonly hidden: number
  readonly age: number
}

const COMMAND = 14

function cellsOf(width: number): Cells {
  const [unpacked, age] = [width >= UNPACKED_FROM ? 10 : 0, width >= AGE_FROM ? 10 : 0]
  const free = width - (3 + 9 + 1 + unpacked + 9 + 1 + age) - COMMAND
  return { size: 9, bar: Math.max(0, Math.min(Math.floor(width * 0.4), Math.ceil(free * 0.6))), unpacked, hidden: 9, age }
}

export function layerHead(width: number): Line {
  const { size, bar, unpacked, hidden, age } = cellsOf(width)
  return line(
    span(`  #${padStart('size', size)} ${' '.repeat(bar)}${padStart(unpacked === 0 ? '' : 'unpacked', unpacked)}`),
    span(`${padStart('hidden', hidden)} ${padEnd('age', age)}command`),
  )
}

/** The row of a layer, or of a step that made none. */
export function layerLine(state: State, image: OpenImage, step: HistoryStep, width: number): Line {
  const command = span(commandText(step.history), step.layer === undefined ? 'dim' : 'plain')
  if (step.layer === undefined) {
    return line(span(`  ${step.aligned ? '·' : '?'}`.padEnd(lineWidth(layerHead(width)) - 'command'.length), 'dim'), command)
  }
  const { layer } = step
  const cells = cellsOf(width)
  const age = ageText(step.history?.created, Date.now())
  return line(
    span(layerMark(state.slices.marks, layer, state.settings.ascii), 'accent'),
    span(padStart(String(layer + 1), layer < 99 ? 2 : 3)),
    span(`${padStart(formatSize(image.image.layers[layer]?.blob.size ?? 0), cells.size)} `),
    ...barOf(state, image, layer, cells.bar),
    ...(cells.unpacked === 0 ? [] : [unpacked(image, layer, cells.unpacked)]),
    hiddenSpan(image, layer, cells.unpacked === 0),
    span(' '),
    ...(cells.age === 0 ? [] : [span(padEnd(age, cells.age), 'dim')]),
    ...oddMark(image, layer),
    command,
  )
}

/** As long as the layer weighs against the heaviest: its alive, litter and hidden bytes; while it is read, the part that has come. */
function barOf({ slices, settings }: State, image: OpenImage, layer: number, cells: number): Line {
  const bytes = image.image.layers[layer]?.blob.size ?? 0
  const most = image.image.layers.reduce((all, { blob }) => Math.max(all, blob.size), 1)
  const progress = image.progress[layer]
  if (progress?.status !== 'read') {
    const whole = Math.min(cells, Math.max(bytes > 0 ? 1 : 0, Math.round((cells * bytes) / most)))
    const came =
      progress?.status === 'reading' ? Math.min(whole, Math.floor((whole * progress.done) / Math.max(1, progress.total))) : 0
    const [read, waiting] = settings.ascii ? ['.', '-'] : ['░', '─']
    return [
      { ...span(read.repeat(came)), fore: layerTint(layer) },
      span(waiting.repeat(whole - came) + ' '.repeat(Math.max(0, cells - whole)), 'dim'),
    ]
  }
  const { analysis } = image
  const shipped = Math.max(1, analysis?.shipped[layer] ?? 1)
  const share = (part: number | undefined) => bytes * Math.min(1, (part ?? 0) / shipped)
  const [hidden, litter] = [share(analysis?.hidden[layer]), share(litterOf(slices.story.findings).get(layer))]
  return ribbonBar({ label: '', bytes, hidden, litter, tint: layerTint(layer) }, most, cells, settings.ascii)
}

/** Asked for by every row of a frame. */
const litterKnown = new WeakMap<object, ReadonlyMap<number, number>>()

function litterOf(findings: State['slices']['story']['findings']): ReadonlyMap<number, number> {
  const found = litterKnown.get(findings) ?? litterByLayer(findings)
  litterKnown.set(findings, found)
  return found
}

/** Before the command of a layer that something is wrong with: the same sign as the key that tells what. */
export function oddMark(image: OpenImage, layer: number): readonly Span[] {
  return isOddLayer(image, layer) ? [span('! ', 'warning')] : []
}

/** The layer's unpacked size; while it is read, how far that is. */
function unpacked(image: OpenImage, layer: number, cells: number): Span {
  const progress = image.progress[layer]
  if (progress?.status !== 'read') return farSpan(image, layer, cells)
  if (isListing(progress.reading)) return span(padStart('listed', cells), 'dim')
  return span(padStart(formatSize(progress.reading.tarSize), cells))
}

function farSpan({ progress }: OpenImage, layer: number, cells: number): Span {
  const far = progress[layer]
  if (far?.status === 'failed') return span(padStart('not read', cells), 'error')
  if (far?.status !== 'reading') return span(padStart('…', cells), 'dim')
  return span(padStart(`${Math.floor((100 * far.done) / Math.max(1, far.total))} %`, cells), 'accent')
}

/** The bytes of it that later layers hide; while it is read, how fast, and how far where no other column says that. */
function hiddenSpan(image: OpenImage, layer: number, saysHowFar: boolean): Span {
  const progress = image.progress[layer]
  const rate = progress?.status === 'reading' ? rateOf(progress.pace) : undefined
  if (rate !== undefined) return span(padStart(`${formatSize(rate).replace(' ', '')}/s`, 9), 'accent')
  if (saysHowFar && progress?.status !== 'read') return farSpan(image, layer, 9)
  const known = image.analysis !== undefined && layer < image.analysis.layers
  const hidden = hiddenOf(image, layer)
  return span(padStart(known ? (hidden === 0 ? '·' : formatSize(hidden)) : '', 9), hidden > 0 ? 'waste' : 'dim')
}

export function hiddenOf(image: OpenImage, layer: number): number {
  return image.analysis?.hidden[layer] ?? 0
}
