import { escapeText } from '../../escape.ts'
import { ageText, commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import type { HistoryStep } from '../../image/history.ts'
import type { Image } from '../../image/load.ts'
import { line, span } from '../../line/line.ts'
import { padStart, wrap } from '../../line/text.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import { withLayer } from '../model/layer-steps.ts'
import type { Row } from '../model/rows.ts'
import type { State, Step } from '../model/state.ts'
import { jumpTo } from '../model/trail.ts'
import type { View } from '../model/view.ts'

/** The build, step by step, every command in full. */
export const HISTORY_VIEW: View<HistoryStep, CommandsOf<'history'>> = {
  name: 'history',
  contexts: ['history', 'preview'],
  picks: true,
  title: ({ image }) => ({
    left: line(span('commands in full')),
    right: line(span(`${image?.image.steps.length ?? 0} steps`, 'dim')),
  }),
  head: (_, width) => line(span(width < AGE_FROM ? 'layer      size  command' : 'layer      size  age         command')),
  rows: ({ image }, width) => (image === undefined ? [] : historyRows(image.image, width)),
  madeOf: ({ image }) => [image?.image],
  empty: () => 'The config of this image has no history.',
  commands: { 'history.enter': (state, { row }) => goToLayer(state, row) },
  previews: (_, step) => (step?.layer === undefined ? undefined : { kind: 'layer', layer: step.layer }),
  copies: (_, step) => {
    const command = step?.history?.createdBy
    return command === undefined ? [] : [{ label: 'command', command: 'copy', argument: `the command\n${command}` }]
  },
}

/** From this width on the age has a column. */
const AGE_FROM = 56

/** Layer, size and age before the command. */
function commandAt(width: number): number {
  return width < AGE_FROM ? 17 : 29
}

/** Every step with its whole command, in as many rows as that takes. */
function historyRows({ steps, layers }: Image, width: number): readonly Row<HistoryStep>[] {
  return steps.flatMap(step => {
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
      subject: step,
      line: line(
        span(row === 0 ? before : ' '.repeat(commandAt(width)), 'dim'),
        span(text, step.layer === undefined ? 'dim' : 'plain'),
      ),
    }))
  })
}

function fullText(step: HistoryStep): string {
  const { history } = step
  const command = commandText(history)
  const comment = history?.createdBy !== undefined && history.comment ? `  (${escapeText(history.comment)})` : ''
  return `${command}${comment}${step.aligned ? '' : '  — does not fit the layers'}`
}

function goToLayer(state: State, step: HistoryStep | undefined): Step<Effect> {
  if (step === undefined) return [state, []]
  const steps = state.image?.image.steps ?? []
  const before = steps.slice(0, steps.indexOf(step) + 1).findLast(({ layer }) => layer !== undefined)
  return [withLayer(jumpTo(state, { focus: 'layers' }), step.layer ?? before?.layer ?? 0), []]
}
