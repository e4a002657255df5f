import { readlinkSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** Enough that the scheduler notices; a machine that is busy otherwise still gives the thread a third of a fair share. */
const STEP = 5

/**
 * Lets the program's other threads go before the one that calls this. On Linux, where every thread has a priority of its own;
 * elsewhere nothing happens. Only root may raise the priority again.
 */
export function yieldToOthers(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    // The first thread has the number of the process: it is not for a worker to change.
    if (!Number.isInteger(thread) || thread === process.pid) return
    setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority(thread) + STEP))
  } catch {
    // It is only about what comes first.
  }
}
