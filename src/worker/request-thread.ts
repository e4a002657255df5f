import { getAsset, isSea } from 'node:sea'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { ImageError } from '../error.ts'

/** The answer of every worker of this kind that cannot do what it was asked. */
export type Refusal = { readonly error: string }

export type RequestThreadOptions = {
  /** The worker's file beside this one, without its ending. */
  readonly file: string
  readonly name: string
  readonly youngGenerationMegabytes: number
  /** The error for what the worker, or its end, says. */
  readonly failure: (why: string) => ImageError
}

/** One worker that answers every message with one, in order. It keeps the process alive only while an answer is owed. */
export class RequestThread<Task, Answer extends object> {
  readonly #worker: Worker
  readonly #failure: (why: string) => ImageError
  readonly #waiting: PromiseWithResolvers<Answer>[] = []
  /** Why there will be no more answers. */
  #ended: string | undefined

  constructor({ file, name, youngGenerationMegabytes, failure }: RequestThreadOptions) {
    this.#failure = failure
    this.#worker = startThread(file, { name, resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMegabytes } })
    this.#worker.unref()
    this.#worker.on('message', (answer: Answer | Refusal) => {
      const waiting = this.#waiting.shift()
      if (isRefusal(answer)) waiting?.reject(failure(answer.error))
      else waiting?.resolve(answer)
    })
    this.#worker.on('error', error => this.#fail(error.message))
    this.#worker.on('exit', () => this.#fail('its thread ended'))
  }

  /** Tasks that are not answered yet. */
  get owed(): number {
    return this.#waiting.length
  }

  ask(task: Task): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#failure(this.#ended))
    const waiting = Promise.withResolvers<Answer>()
    this.#waiting.push(waiting)
    this.#worker.ref()
    const settled = () => {
      if (this.#waiting.length === 0) this.#worker.unref()
    }
    waiting.promise.then(settled, settled)
    this.#worker.postMessage(task)
    return waiting.promise
  }

  async close(): Promise<void> {
    await endThread(this.#worker)
  }

  #fail(why: string): void {
    this.#ended ??= why
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure(why))
  }
}

function isRefusal(answer: object): answer is Refusal {
  return 'error' in answer
}

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
