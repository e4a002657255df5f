import type { Effect } from '../effect.ts'
import type { Place, State, Step } from '../state.ts'
import { measure } from './plan-open.ts'
import { UNMEASURED } from './squash-plan.ts'

/**
 * The dry run goes on while its plan is on the screen or a place that Esc goes back to; elsewhere nobody waits for what it keeps
 * every core busy with. Coming back begins it again.
 */
export function followDryRun(before: State, [state, effects]: Step<Effect>): Step<Effect> {
  const { plan } = state.slices
  if (plan?.run.kind !== 'measuring') return [state, effects]
  const begun = effects.some(isDryRun)
  if (isInReach(state)) {
    if (begun || isInReach(before)) return [state, effects]
    const [next, more] = measure(state, plan)
    return [next, [...effects, ...more]]
  }
  if (!begun && !isInReach(before)) return [state, effects]
  const stopped = { ...state, slices: { ...state.slices, plan: { ...plan, ...UNMEASURED } } }
  return [stopped, [...effects.filter(effect => !isDryRun(effect)), { type: 'abort', key: 'rebuild:measure' }]]
}

function isDryRun(effect: Effect): boolean {
  return effect.type === 'rebuild' && effect.tag === 'measure'
}

function isInReach({ choosing, over, trail }: State): boolean {
  const shows = (place: Pick<Place, 'over'>) => place.over.includes('plan')
  return !choosing && (shows({ over }) || trail.some(shows))
}
