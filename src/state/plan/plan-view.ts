import { escapeText } from '../../escape.ts'
import { type Line, line, lineWidth, span, spread } from '../../line/line.ts'
import { type Command, isCommand, type PlanCommand } from '../keys/keys.ts'
import { lazyRows } from '../model/rows.ts'
import { type OpenPlan, undoPlan } from '../model/squash-plan.ts'
import type { State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { followDryRun } from './dry-run-lifetime.ts'
import { openBeside } from './open-beside.ts'
import { PLAN_COMMANDS } from './plan-commands.ts'
import { hasLitter } from './plan-leaving.ts'
import { openPlan } from './plan-open.ts'
import { receivePlan } from './plan-receive.ts'
import { PLAN_FIGURES, PLAN_HEAD, type PlanSubject, planRows } from './plan-rows.ts'
import { planRibbons, sumLine, sumOf } from './plan-sum.ts'
import { askBeforeLeaving, holdOpening, isOnHalfTheCores, isWriting, runText } from './write-guard.ts'

/** The plan of a rebuild and what it will come to, before anything is written. */
export const PLAN_VIEW: View<PlanSubject, PlanCommand> = {
  name: 'squash',
  contexts: ['plan'],
  picks: true,
  title: state => ({ left: fromTo(state), right: sumText(state) }),
  banner: planRibbons,
  head: (state, width) => headLine(state, width),
  rows: (state, width) => {
    const rows = planRows(state, width)
    return lazyRows(rows.length, index => rows[index] ?? { subject: undefined, line: [] })
  },
  madeOf: ({ image, slices: { plan, story }, settings: { ascii } }) => [image, plan, story, ascii],
  empty: () => 'No plan: mark layers or files and press s.',
  commands: { ...PLAN_COMMANDS, squash: openPlan, beside: openBeside },
  receive: receivePlan,
  crumbs: () => ['squash'],
  guard: {
    slice: 'plan',
    before: askBeforeLeaving,
    command: holdOpening,
    step: followDryRun,
    working: state => (isWriting(state) && state.slices.plan !== undefined ? runText(state.slices.plan, false) : undefined),
  },
  idle: idleIn,
}

/** Commands without a use: the plan is here, it is measured or written, nothing was changed, the row has no check box, there is no litter. */
function idleIn(state: State, row: PlanSubject): readonly Command[] {
  const { plan, story } = state.slices
  if (isWriting(state)) return NOT_WHILE_WRITING
  return [
    'squash',
    ...(plan?.measured === undefined ? [] : (['plan.measure'] as const)),
    ...(row?.kind === 'leaving' ? [] : (['plan.mark'] as const)),
    ...(hasLitter(story.findings) ? [] : (['plan.take-litter'] as const)),
    ...(plan !== undefined && undoPlan(plan) !== undefined ? [] : (['plan.undo'] as const)),
  ]
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
/** Below, `~` alone says that figures are estimated. */
const NARROW = 60

/** The sum of the plan, and how far the work is. */
function sumText({ image, slices: { plan }, settings: { ascii }, size }: State): Line {
  if (image === undefined || plan === undefined) return []
  if (plan.run.kind === 'failed') return line(span('cannot be done', 'error'))
  const figures = sumLine(sumOf(image, plan), runText(plan, size.columns >= WIDE), ascii)
  return size.columns < NARROW ? figures.slice(0, -1) : figures
}

/** The names of the columns and what is chosen: the name of the last column, which explains itself, gives way to that. */
function headLine(state: State, width: number): Line {
  const chosen = chosenText(state)
  const fitting = [PLAN_HEAD, PLAN_FIGURES].find(each => each.length + 2 + lineWidth(chosen) <= width)
  return fitting === undefined ? line(span(PLAN_HEAD)) : spread([span(fitting)], chosen, width)
}

/** The layers that are squashed, their compression, and how many cores measure it. */
function chosenText({ image, slices: { plan }, size }: State): Line {
  if (image === undefined || plan === undefined) return []
  const how = sumOf(image, plan).isUnpacked ? 'not compressed' : compressionText(plan)
  // The title has no room for it where it is narrow.
  const cores = size.columns < WIDE && isOnHalfTheCores(plan) ? ' · on half the cores' : ''
  return line(span(`${rangesText(plan)}${how}${cores}`, 'dim'))
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
