import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a thread of one kind: `file` is the worker's file beside this one, without its ending. From source Node runs the .ts file
 * as it is; in the bundle every entry lies in one directory.
 */
export function startThread(file: string, options: WorkerOptions): Worker {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.cjs'
  return new Worker(new URL(`./${file}${ending}`, import.meta.url), { execArgv: [], ...options })
}
