import { escapeText } from '../escape.ts'
import { type Line, line, span } from './line.ts'
import { PLAN_COMMANDS } from './plan-commands.ts'
import { receivePlan } from './plan-receive.ts'
import { PLAN_HEAD, type PlanRow, planRows } from './plan-rows.ts'
import type { RebuildStep } from './rebuild-summary.ts'
import type { OpenPlan } from './squash-plan.ts'
import type { State } from './state.ts'
import type { View } from './view.ts'

/** The plan of a rebuild and what it will come to, before anything is written. */
export const PLAN_VIEW: View = {
  name: 'squash',
  contexts: ['plan'],
  picks: true,
  title: state => ({ left: fromTo(state), right: running(state.slices.plan) }),
  head: () => line(span(PLAN_HEAD)),
  length: state => rowsOf(state).length,
  rows: (state, from, to) =>
    rowsOf(state)
      .slice(from, to)
      .map(row => row.line),
  empty: () => 'No plan: mark layers or files and press s.',
  update: (state, command, argument) => PLAN_COMMANDS[command]?.(state, argument),
  receive: receivePlan,
  crumbs: () => ['squash'],
}

const laidOut = new WeakMap<OpenPlan, { image: State['image']; ascii: boolean; rows: readonly PlanRow[] }>()

function rowsOf({ image, slices: { plan }, settings: { ascii } }: State): readonly PlanRow[] {
  if (image === undefined || plan === undefined) return []
  const known = laidOut.get(plan)
  if (known?.image === image && known.ascii === ascii) return known.rows
  const rows = planRows(image, plan, ascii)
  laidOut.set(plan, { image, ascii, rows })
  return rows
}

/** `app:latest → oci:./app-squashed:latest`. */
function fromTo({ image, slices: { plan }, settings: { ascii } }: State): Line {
  if (image === undefined || plan === undefined) return []
  return line(span(image.reference, 'dim'), span(ascii ? ' -> ' : ' → ', 'dim'), span(escapeText(plan.destination), 'strong'))
}

const WORDS: Readonly<Record<RebuildStep['phase'], string>> = { reading: 'reading', writing: 'compressing', copying: 'copying' }

function running(open: OpenPlan | undefined): Line {
  if (open === undefined) return []
  const { run } = open
  if (run.kind === 'failed') return line(span('cannot be done', 'error'))
  if (run.kind === 'idle') return []
  const what = run.kind === 'writing' ? 'writing' : 'measuring'
  if (run.step === undefined) return line(span(`${what}…`, 'accent'))
  const { phase, done, total, secondsLeft } = run.step
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total))
  const left = secondsLeft === undefined ? '' : ` · ${secondsLeft} s left`
  return line(span(`${what}: ${WORDS[phase]} ${percent} %${left}`, 'accent'))
}
