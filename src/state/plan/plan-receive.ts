import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Action } from '../model/action.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import type { RebuildSummary } from '../model/rebuild-summary.ts'
import { type OpenPlan, withoutWriting } from '../model/squash-plan.ts'
import { opens, type State, type Step, withSlice } from '../model/state.ts'
import { litterChoices } from './plan-dialogs.ts'
import { measure } from './plan-open.ts'

/** Takes the answers of a dry run, of writing, and of the searches for litter and destinations. */
export function receivePlan(state: State, action: Action): Step<Effect> | undefined {
  const { plan } = state.slices
  switch (action.type) {
    case 'rebuild-step':
      return plan === undefined ? undefined : stepped(state, plan, action)
    case 'rebuilt':
      if (action.tag === 'write') return written(state, action.summary)
      return plan === undefined ? undefined : measured(state, plan, action.summary)
    case 'failed':
      return plan === undefined || KINDS[action.tag] !== plan.run.kind ? undefined : failed(state, plan, action)
    case 'completed':
      return completed(state, action.text, action.offers)
    case 'computed':
      return action.answer.kind === 'litter' ? litterChoices(state, action.answer.litter) : undefined
    default:
      return undefined
  }
}

const KINDS: Readonly<Record<string, OpenPlan['run']['kind']>> = { measure: 'measuring', write: 'writing' }

function stepped(state: State, plan: OpenPlan, { tag, step }: Extract<Action, { type: 'rebuild-step' }>): Step<Effect> {
  const { run } = plan
  if ((run.kind !== 'measuring' && run.kind !== 'writing') || run.kind !== KINDS[tag]) return [state, []]
  return [withPlan(state, { ...plan, run: { ...run, step } }), []]
}

/** A writing that the dry run is needed for, or that began beside it, goes on. */
function measured(state: State, plan: OpenPlan, summary: RebuildSummary): Step<Effect> | undefined {
  const { run } = plan
  if (run.kind !== 'measuring' && run.kind !== 'writing') return undefined
  return [withPlan(state, { ...plan, measured: summary, run: run.kind === 'writing' ? run : { kind: 'idle' } }), []]
}

function withPlan(state: State, plan: OpenPlan): State {
  return withSlice(state, 'plan', plan)
}

/** A name that is taken is asked about; other failures of writing leave the plan as it was. */
function failed(state: State, plan: OpenPlan, { tag, error }: Extract<Action, { type: 'failed' }>): Step<Effect> {
  if (tag === 'measure') return [withPlan(state, { ...plan, run: { kind: 'failed', error } }), []]
  const [idle, effects] = measure(state, withoutWriting(plan))
  if (error.code !== 'DESTINATION_EXISTS') return [idle, effects]
  const { message: _, ...quiet } = idle
  const items: readonly MenuItem[] = [
    { label: 'Write somewhere else', command: 'plan.destination' },
    { label: `Replace what is at ${escapeText(plan.destination)}`, command: 'plan.replace' },
  ]
  return [{ ...quiet, message: undefined, dialog: { type: 'choose', title: 'This name is taken', items } }, effects]
}

/** `421 MB → 250 MB, −41 %`. */
export function figuresText({ before, after }: { readonly before: number; readonly after: number }): string {
  const percent = before === 0 ? 0 : Math.round(((after - before) / before) * 100)
  const sign = percent < 0 ? '−' : percent > 0 ? '+' : ''
  return `${formatSize(before)} → ${formatSize(after)}, ${sign}${Math.abs(percent)} %`
}

/** How long the figures stay at the bottom. */
const FIGURES_MILLISECONDS = 20_000

/** The result is opened beside the original, with the figures before and after. */
function written(state: State, summary: RebuildSummary): Step<Effect> {
  const { image } = state
  const { result, before, after } = summary
  const plan = state.slices.plan
  const done = plan === undefined ? state : withPlan(state, { ...plan, measured: summary, run: { kind: 'idle' } })
  if (image === undefined || result === undefined) return [done, []]
  const text = `${figuresText(summary)}. B: the original, b: what changed, @: serve it. Written to ${escapeText(result.reference)}`
  const original = { reference: image.source, digest: image.image.descriptor.digest }
  const sum = (figure: 'before' | 'after') => summary.layers.reduce((total, layer) => total + layer[figure], 0)
  const own = { before: sum('before'), after: sum('after') }
  const planned = { marks: done.slices.marks, plan: done.slices.plan }
  const beside = withSlice(done, 'beside', { original, result, before, after, own, planned })
  return [
    { ...opens(beside, escapeText(result.reference)), message: { severity: 'info', text } },
    [
      { type: 'open', image: 'shown', ...result },
      { type: 'wait', milliseconds: FIGURES_MILLISECONDS },
    ],
  ]
}

/** Offers belong to the text they were looked up for. */
function completed(state: State, text: string, offers: readonly string[]): Step<Effect> | undefined {
  const { dialog } = state
  if (dialog?.type !== 'prompt' || dialog.command !== 'plan.destination' || dialog.field.text !== text) return undefined
  return [{ ...state, dialog: { ...dialog, offers } }, []]
}
