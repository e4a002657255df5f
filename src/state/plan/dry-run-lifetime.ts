import type { Effect } from '../model/effect.ts'
import { UNMEASURED } from '../model/squash-plan.ts'
import { type State, type Step, type TrailStop, withSlice } from '../model/state.ts'
import { measure } from './plan-open.ts'

/**
 * The dry run goes on while its plan is on the screen or a place that Esc goes back to, and what it has made is kept for so long;
 * anywhere else it is stopped, because it keeps every core busy and fills the disk. Coming back begins it again where its
 * figures are not known.
 */
export function followDryRun(before: State, [state, effects]: Step<Effect>): Step<Effect> {
  const { plan } = state.slices
  if (plan === undefined) return [state, effects]
  const isRunning = plan.run.kind === 'measuring'
  const begun = effects.some(isDryRun)
  if (isInReach(state)) {
    if (!isRunning || begun || isInReach(before)) return [state, effects]
    const [next, more] = measure(state, plan)
    return [next, [...effects, ...more]]
  }
  if (!begun && !isInReach(before)) return [state, effects]
  const stopped = isRunning ? withSlice(state, 'plan', { ...plan, ...UNMEASURED }) : state
  return [stopped, [...effects.filter(effect => !isDryRun(effect)), { type: 'abort', key: 'rebuild:measure' }]]
}

function isDryRun(effect: Effect): boolean {
  return effect.type === 'rebuild' && effect.tag === 'measure'
}

function isInReach({ screen, trail }: State): boolean {
  const shows = (place: Pick<TrailStop, 'over'>) => place.over.includes('plan')
  return screen.kind === 'image' && (shows(screen) || trail.some(shows))
}
