/** How long a computation may keep keys waiting. */
const SLICE_MILLISECONDS = 8

/**
 * Does work that is in small steps, answering keys between slices of it. The first slice runs at once, so that what is
 * quickly done is done before the next frame. Undefined when `signal` ended it.
 */
export async function inSlices<Result>(work: Generator<undefined, Result>, signal: AbortSignal): Promise<Result | undefined> {
  for (let until = performance.now() + SLICE_MILLISECONDS; ; ) {
    const step = work.next()
    if (step.done === true) return step.value
    if (performance.now() < until) continue
    await new Promise(setImmediate)
    if (signal.aborted) return undefined
    until = performance.now() + SLICE_MILLISECONDS
  }
}
