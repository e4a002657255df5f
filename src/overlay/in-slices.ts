import type { Steps } from './steps.ts'

/** How long all computations together may keep keys waiting in one turn of the event loop: a frame has to fit beside it. */
const TURN_MILLISECONDS = 4

/** The time in milliseconds, and the way to go on in the next turn of the event loop. */
export type Clock = { now(): number; nextTurn(run: () => void): void }

export type InSlices = <Result>(work: Steps<Result>, signal: AbortSignal) => Promise<Result | undefined>

/**
 * Does work that is in small steps, answering keys between slices of it. Jobs that run at the same time share one slice
 * a turn; the last one begun goes first, as a user waits for it. The first slice runs at once, so that work that
 * is quickly done ends before the next frame. Undefined when `signal` ended it.
 */
export const inSlices = createSlices({ now: () => performance.now(), nextTurn: run => void setImmediate(run) })

/** The same for a run that an abort ends: signals of the system are heard between slices. @throws the signal's reason */
export async function inTurns<Result>(steps: Steps<Result>, signal: AbortSignal | undefined): Promise<Result> {
  const result = await inSlices(steps, signal ?? NEVER)
  // Only the signal ends work without its result.
  signal?.throwIfAborted()
  return result as Result
}

/** Lets signals be heard between two stretches of work. @throws the signal's reason */
export async function nextTurn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  signal?.throwIfAborted()
}

const NEVER = new AbortController().signal

/** One share of the event loop's time, for everything that is given to it. */
export function createSlices(clock: Clock): InSlices {
  const tasks: Task[] = []
  let until = Number.NEGATIVE_INFINITY
  let waiting = false

  const run = () => {
    // Work that comes later in the same turn has no slice of its own.
    if (!waiting) {
      waiting = true
      until = clock.now() + TURN_MILLISECONDS
      clock.nextTurn(() => {
        waiting = false
        if (tasks.length > 0) run()
      })
    }
    for (let task = tasks.at(-1); task !== undefined && clock.now() < until; task = tasks.at(-1))
      if (!task()) tasks.splice(tasks.indexOf(task), 1)
  }
  return (steps, signal) =>
    new Promise((resolve, reject) => {
      tasks.push(() => {
        try {
          const step = signal.aborted ? ENDED : steps.next()
          if (step.done === true) resolve(step.value)
          return step.done !== true
        } catch (error) {
          reject(error)
          return false
        }
      })
      run()
    })
}

/** Does one step; false when there is none left. */
type Task = () => boolean

const ENDED = { done: true, value: undefined } as const
