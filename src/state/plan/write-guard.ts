import { formatSeconds } from '../../format/transfer-rate.ts'
import type { Command } from '../keys/keys.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import type { RebuildStep } from '../model/rebuild-summary.ts'
import { type OpenPlan, withoutWriting } from '../model/squash-plan.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { choice, choose } from './plan-dialogs.ts'
import { measure } from './plan-open.ts'

/** Whether an image is being written now, whatever is on the screen. */
export function isWriting({ slices: { plan } }: State): boolean {
  return plan?.run.kind === 'writing'
}

/**
 * Keys that would leave: while an image is being written Esc and q ask first, wherever they are pressed, since minutes of work
 * hang on it. Undefined for everything else.
 */
export function askBeforeLeaving(state: State, command: Command): Step<Effect> | undefined {
  const { plan } = state.slices
  if (plan === undefined || !isWriting(state) || (command !== 'back' && command !== 'close')) return undefined
  const onward: readonly MenuItem[] = state.trail.length === 0 ? [] : [choice('Go back and keep writing', 'leave', command)]
  return choose(state, 'An image is being written', [
    choice('Keep writing here', 'plan.nothing'),
    choice('Cancel and remove what was written', 'plan.cancel'),
    ...onward,
  ])
}

/** Another image would end the writing: it is not opened meanwhile. */
export function holdOpening(before: State, step: Step<Effect>): Step<Effect> {
  const [, effects] = step
  if (!isWriting(before) || !effects.some(({ type }) => type === 'open')) return step
  return note({ ...before, dialog: undefined }, 'Finish or cancel (Esc) this write before opening another image.')
}

/** Ends the writing; the sink takes away what it has begun. */
export function cancelWriting(state: State): Step<Effect> {
  const open = state.slices.plan
  if (open === undefined || !isWriting(state)) return note(state, 'The write has already finished.')
  const [idle, measuring] = measure(state, withoutWriting(open))
  const [said, effects] = note(idle, 'Cancelled: nothing was written.')
  return [said, [{ type: 'abort', key: 'rebuild:write' }, ...measuring, ...effects]]
}

/** How far it is, in words: `writing 2/3 34 % · 14 s left`; undefined while nothing is under way. `wide` names the step and the cores. */
export function runText({ run, plan }: OpenPlan, wide: boolean): string | undefined {
  if (run.kind !== 'writing' && run.kind !== 'measuring') return undefined
  const steps = run.kind === 'writing' ? STEPS : STEPS.slice(0, 2)
  // A dry run waits until the plan has been left alone: until then nothing is measured.
  if (run.step === undefined) return run.kind === 'writing' ? 'writing…' : undefined
  const { phase, done, total, secondsLeft } = run.step
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total))
  const number = `${steps.indexOf(phase) + 1}/${steps.length}`
  const far = `${run.kind} ${number}${wide ? ` ${WORDS[phase]}` : ''} ${percent} %`
  const left = secondsLeft === undefined ? '' : ` · ${formatSeconds(secondsLeft)} left`
  if (!isOnHalfTheCores({ run, plan })) return `${far}${left}`
  return wide ? `${far} on half the cores${left}` : far
}

/** Whether it is being measured on half the cores; another base is looked up with all of them. */
export function isOnHalfTheCores({ run, plan }: Pick<OpenPlan, 'run' | 'plan'>): boolean {
  return run.kind === 'measuring' && run.step !== undefined && plan.edits.every(({ type }) => type !== 'rebase')
}

const STEPS: readonly RebuildStep['phase'][] = ['reading', 'writing', 'copying']
const WORDS = { reading: 'reading', writing: 'compressing', copying: 'copying' } as const
