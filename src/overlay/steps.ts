/**
 * Work in small steps: its runner decides what may happen between two of them. The interface answers keys there;
 * the command line takes them all at once.
 */
export type Steps<Result> = Generator<undefined, Result>

/** Does all of it now. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Entries, paths or versions between two steps: well under a millisecond. */
export const STEP = 256
