import { escapeText } from '../../escape.ts'
import { type Line, line, span } from '../../line/line.ts'
import { type Command, isCommand, type PlanCommand } from '../model/keys.ts'
import type { OpenPlan } from '../model/squash-plan.ts'
import type { State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { followDryRun } from './dry-run-lifetime.ts'
import { openBeside } from './open-beside.ts'
import { PLAN_COMMANDS } from './plan-commands.ts'
import { openPlan } from './plan-open.ts'
import { receivePlan } from './plan-receive.ts'
import { PLAN_HEAD, planRows } from './plan-rows.ts'
import { askBeforeLeaving, holdOpening, isWriting, runText } from './write-guard.ts'

/** The plan of a rebuild and what it will come to, before anything is written. */
export const PLAN_VIEW: View<number | undefined, PlanCommand> = {
  name: 'squash',
  contexts: ['plan'],
  picks: true,
  title: state => ({ left: fromTo(state), right: running(state) }),
  head: () => line(span(PLAN_HEAD)),
  rows: ({ image, slices: { plan }, settings: { ascii } }) =>
    image === undefined || plan === undefined ? [] : planRows(image, plan, ascii),
  madeOf: ({ image, slices: { plan }, settings: { ascii } }) => [image, plan, ascii],
  empty: () => 'No plan: mark layers or files and press s.',
  commands: { ...PLAN_COMMANDS, squash: openPlan, beside: openBeside },
  receive: receivePlan,
  crumbs: () => ['squash'],
  guard: {
    before: askBeforeLeaving,
    command: holdOpening,
    step: followDryRun,
    working: state => (isWriting(state) && state.slices.plan !== undefined ? runText(state.slices.plan, false) : undefined),
  },
  idle: state => (isWriting(state) ? NOT_WHILE_WRITING : []),
}

const NOT_WHILE_WRITING: readonly Command[] = ['squash', ...Object.keys(PLAN_COMMANDS).filter(isCommand)]

/** `app:latest → oci:./app-squashed:latest`; where it is narrow, the header has what is at the left of the arrow. */
function fromTo({ image, slices: { plan }, settings: { ascii }, size }: State): Line {
  if (image === undefined || plan === undefined) return []
  return line(
    span(size.columns >= WIDE ? `${image.reference} ` : '', 'dim'),
    span(ascii ? '-> ' : '→ ', 'dim'),
    span(escapeText(plan.destination), 'strong'),
  )
}

/** From this width on the step is named, and what is squashed. */
const WIDE = 100

/** How far it is; at rest, what is squashed and how it is compressed. */
function running({ slices: { plan }, size }: State): Line {
  if (plan === undefined) return []
  if (plan.run.kind === 'failed') return line(span('cannot be done', 'error'))
  const text = runText(plan, size.columns >= WIDE)
  return text === undefined ? line(span(`${rangesText(plan)}${compressionText(plan)}`, 'dim')) : line(span(text, 'accent'))
}

/** `layers 2–4 and 5–6 · `. */
function rangesText({ plan }: OpenPlan): string {
  const ranges = plan.edits.flatMap(edit => (edit.type === 'squash' ? [edit] : []))
  if (ranges.some(({ from, to }) => from === undefined || to === undefined)) return 'all layers · '
  const words = ranges.map(({ from = 0, to = 0 }) => `${from + 1}–${to + 1}`)
  return words.length === 0 ? '' : `layers ${words.join(' and ')} · `
}

function compressionText({ plan }: OpenPlan): string {
  const edit = plan.edits.findLast(each => each.type === 'compress')
  return edit?.type === 'compress' ? `${edit.compression}${edit.level === undefined ? '' : `:${edit.level}`}` : 'gzip'
}
