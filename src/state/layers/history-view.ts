import { escapeText } from '../../escape.ts'
import { ageText, commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import type { HistoryStep } from '../../image/history.ts'
import { type Line, line, span } from '../../line/line.ts'
import { padStart, wrap } from '../../line/text.ts'
import type { Effect } from '../model/effect.ts'
import { type State, type Step, withCursor } from '../model/state.ts'
import { jumpTo } from '../model/trail.ts'
import type { View } from '../model/view.ts'

/** The build, step by step, every command in full. */
export const HISTORY_VIEW: View = {
  name: 'history',
  contexts: ['history'],
  picks: true,
  title: ({ image }) => ({
    left: line(span('commands in full')),
    right: line(span(`${image?.image.steps.length ?? 0} steps`, 'dim')),
  }),
  head: (_, width) => line(span(width < AGE_FROM ? 'layer      size  command' : 'layer      size  age         command')),
  length: (state, width) => rowsOf(state, width).length,
  rows: (state, from, to, width) =>
    rowsOf(state, width)
      .slice(from, to)
      .map(each => each.line),
  empty: () => 'The config of this image has no history.',
  update: (state, command) => (command === 'history.enter' ? goToLayer(state) : undefined),
  copies: state => {
    const command = stepUnder(state)?.history?.createdBy
    return command === undefined ? [] : [{ label: 'command', command: 'copy', argument: `the command\n${command}` }]
  },
}

type Row = { readonly line: Line; readonly index: number }

/** From this width on the age has a column. */
const AGE_FROM = 56

/** Layer, size and age before the command. */
function commandAt(width: number): number {
  return width < AGE_FROM ? 17 : 29
}

const laidOut = new WeakMap<readonly HistoryStep[], { width: number; rows: readonly Row[] }>()

/** Rows of the whole history; kept while the width stays. */
function rowsOf({ image }: State, width: number): readonly Row[] {
  if (image === undefined) return []
  const { steps, layers } = image.image
  const known = laidOut.get(steps)
  if (known?.width === width) return known.rows
  const rows = steps.flatMap((step, index) => {
    const blob = step.layer === undefined ? undefined : layers[step.layer]?.blob
    const before = [
      padStart(step.layer === undefined ? (step.aligned ? '·' : '?') : String(step.layer + 1), 5),
      padStart(blob === undefined ? '' : formatSize(blob.size), 10),
      `  ${ageText(step.history?.created, Date.now()).padEnd(12)}`,
    ]
      .join('')
      .slice(0, commandAt(width))
    const texts = wrap(fullText(step), Math.max(10, width - commandAt(width)))
    return texts.map((text, row) => ({
      index,
      line: line(
        span(row === 0 ? before : ' '.repeat(commandAt(width)), 'dim'),
        span(text, step.layer === undefined ? 'dim' : 'plain'),
      ),
    }))
  })
  laidOut.set(steps, { width, rows })
  return rows
}

function fullText(step: HistoryStep): string {
  const { history } = step
  const command = commandText(history)
  const comment = history?.createdBy !== undefined && history.comment ? `  (${escapeText(history.comment)})` : ''
  return `${command}${comment}${step.aligned ? '' : '  — does not fit the layers'}`
}

function stepUnder(state: State): HistoryStep | undefined {
  const known = state.image === undefined ? undefined : laidOut.get(state.image.image.steps)
  return state.image?.image.steps[known?.rows[state.cursors.history.index]?.index ?? -1]
}

function goToLayer(state: State): Step<Effect> {
  const step = stepUnder(state)
  const index = step === undefined ? -1 : (state.image?.image.steps.indexOf(step) ?? -1)
  if (index === -1) return [state, []]
  return [withCursor(jumpTo(state, { focus: 'layers' }), 'layers', { ...state.cursors.layers, index }), []]
}
