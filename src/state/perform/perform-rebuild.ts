import { NO_PACE, secondsLeft, withMoment } from '../../format/transfer-rate.ts'
import type { RebuildProgress } from '../../rebuild/workshop.ts'
import type { Action } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import { aborted, pauseFor } from './pause.ts'
import type { ImageHandle } from './world.ts'

/** Each time costs a frame, over a slow line too. */
const STEP_MILLISECONDS = 250

/** A plan is measured after so much rest. */
const REST_MILLISECONDS = 1000

/** Carries a plan out and tells how far it is. A dry run lasts until it is aborted: its layers are kept for so long. */
export async function performRebuild(
  opened: ImageHandle,
  { tag, plan, destination, force, atOnce = false }: Extract<Effect, { type: 'rebuild' }>,
  signal: AbortSignal,
  dispatch: (action: Action) => void,
): Promise<void> {
  // A plan that is being changed is not measured at every key: that keeps cores busy which are wanted for the next.
  if (destination === undefined && !atOnce) await pauseFor(REST_MILLISECONDS, signal)
  if (signal.aborted) return
  let phase: RebuildProgress['phase'] | undefined
  let pace = NO_PACE
  let told = 0
  const onProgress = ({ done, total, phase: now }: RebuildProgress) => {
    const at = performance.now()
    if (now !== phase) [phase, pace] = [now, NO_PACE]
    else if (at - told < STEP_MILLISECONDS) return
    if (signal.aborted) return
    told = at
    pace = withMoment(pace, at, done)
    dispatch({ type: 'rebuild-step', tag, step: { phase: now, done, total, secondsLeft: secondsLeft(pace, total - done) } })
  }
  const summary = await opened.rebuild({ plan, destination, force }, onProgress, signal)
  // A result that has been published is reported, even if the write was cancelled at the last moment.
  if (destination !== undefined || !signal.aborted) dispatch({ type: 'rebuilt', tag, summary })
  if (destination === undefined) await aborted(signal)
}
