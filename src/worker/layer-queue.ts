import type { Descriptor } from '../blob/descriptor.ts'
import { LayerThread } from './layer-thread.ts'

export type Task = { readonly blob: Descriptor; readonly priority?: () => number; readonly signal?: AbortSignal }

type Waiting = Task & { readonly start: (thread: LayerThread) => void; readonly fail: (reason: unknown) => void }

/** Hands layers to threads: higher priority first, then the larger layer, then who came first. */
export class LayerQueue {
  readonly #waiting: Waiting[] = []
  readonly #idle: LayerThread[]
  readonly #threads: readonly LayerThread[]

  constructor(size: number) {
    this.#threads = Array.from({ length: Math.max(1, size) }, () => new LayerThread())
    this.#idle = [...this.#threads]
  }

  /** Runs `work` once a thread is free. */
  async run<T>(task: Task, work: (thread: LayerThread) => Promise<T>): Promise<T> {
    const thread = await this.#thread(task)
    try {
      return await work(thread)
    } finally {
      this.#idle.push(thread)
      this.#next()
      await this.#rest()
    }
  }

  async rest(): Promise<void> {
    await Promise.all(this.#idle.map(thread => thread.close()))
  }

  async close(): Promise<void> {
    const reason = new DOMException('The pool is closed', 'AbortError')
    for (const { fail } of this.#waiting.splice(0)) fail(reason)
    await Promise.all(this.#threads.map(thread => thread.close()))
  }

  #thread(task: Task): Promise<LayerThread> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        ...task,
        start: thread => {
          task.signal?.removeEventListener('abort', abort)
          resolve(thread)
        },
        fail: reason => {
          task.signal?.removeEventListener('abort', abort)
          reject(reason)
        },
      }
      const abort = () => {
        const at = this.#waiting.indexOf(waiting)
        if (at !== -1) this.#waiting.splice(at, 1)
        waiting.fail(task.signal?.reason)
      }
      task.signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.push(waiting)
      // In a moment, so that layers asked for together are put in order before the first one starts.
      setImmediate(() => this.#next())
    })
  }

  /** One started thread waits for what may come; what the others hold is better free. */
  async #rest(): Promise<void> {
    const resting = this.#idle.filter(({ started }) => started).slice(1)
    if (this.#waiting.length === 0) await Promise.all(resting.map(thread => thread.close()))
  }

  #next(): void {
    const priority = ({ priority }: Task) => priority?.() ?? 0
    while (this.#waiting.length > 0 && this.#idle.length > 0) {
      this.#waiting.sort((a, b) => priority(b) - priority(a) || b.blob.size - a.blob.size)
      const thread = this.#idle.pop()
      if (thread !== undefined) this.#waiting.shift()?.start(thread)
    }
  }
}
