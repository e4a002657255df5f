import type { RebuildProgress } from '../../rebuild/workshop.ts'
import type { Action } from '../action.ts'
import type { Effect } from '../effect.ts'
import type { OpenedImage } from '../world.ts'

/** Each time costs a frame, over a slow line too. */
const STEP_MILLISECONDS = 250
/** A rate means something after this. */
const RATE_MILLISECONDS = 1000

/** Carries a plan out and tells how far it is. */
export async function performRebuild(
  opened: OpenedImage,
  { tag, plan, destination, force }: Extract<Effect, { type: 'rebuild' }>,
  signal: AbortSignal,
  dispatch: (action: Action) => void,
): Promise<void> {
  let phase: RebuildProgress['phase'] | undefined
  let [since, from, told] = [0, 0, 0]
  const onProgress = (progress: RebuildProgress) => {
    const now = performance.now()
    if (progress.phase !== phase) [phase, since, from] = [progress.phase, now, progress.done]
    else if (now - told < STEP_MILLISECONDS) return
    if (signal.aborted) return
    told = now
    const rate = (progress.done - from) / Math.max(1, now - since)
    const known = now - since >= RATE_MILLISECONDS && rate > 0
    const secondsLeft = known ? Math.ceil((progress.total - progress.done) / rate / 1000) : undefined
    dispatch({ type: 'rebuild-step', tag, step: { ...progress, secondsLeft } })
  }
  const summary = await opened.rebuild({ plan, destination, force }, onProgress, signal)
  // What is written is written, even where somebody cancelled at the last moment.
  if (destination !== undefined || !signal.aborted) dispatch({ type: 'rebuilt', tag, summary })
}
