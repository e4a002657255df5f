import { getAsset, isSea } from 'node:sea'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a thread of one kind: `file` is the worker's file beside this one, without its ending. From source Node runs the .ts file
 * as it is; in the bundle every entry lies in one directory; in the single executable it is an asset (bin/release/executable.js).
 */
export function startThread(file: string, options: WorkerOptions): Worker {
  if (isSea()) return new Worker(getAsset(`${file}.thread`, 'utf8'), { eval: true, execArgv: [], ...options })
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.cjs'
  return new Worker(new URL(`./${file}${ending}`, import.meta.url), { execArgv: [], ...options })
}

/** Longer than any thread takes to end. */
const HOLD_MILLISECONDS = 60_000

/**
 * Ends a thread and waits until it has. An answer that arrives meanwhile lets go of the worker (`unref`): without the timer the
 * process would then have nothing left to wait for and end here, with status 0 and nothing tidied up.
 */
export async function endThread(worker: Worker): Promise<void> {
  const hold = setInterval(() => {}, HOLD_MILLISECONDS)
  try {
    await worker.terminate()
  } finally {
    clearInterval(hold)
  }
}
