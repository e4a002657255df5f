import { type Descriptor, sizeOfBlobs } from '../blob/descriptor.ts'
import { halfOf } from './half-of.ts'
import { LayerThread } from './layer-thread.ts'

export type Task = {
  readonly blob: Descriptor
  readonly priority?: () => number
  readonly signal?: AbortSignal
  /** For as long as it says so, tasks like it take half of the threads, and none for hashing. */
  readonly isSparing?: (() => boolean) | undefined
}

type Waiting = Task & { readonly start: (thread: LayerThread) => void; readonly fail: (reason: unknown) => void }

/** A smaller layer is read before another thread has started. */
const HASHER_FROM = 8 * 1024 * 1024
/** How much more than a thread's share of all bytes a layer must have: below, every core is busy without help. */
const HASHER_SHARE = 1.5

/**
 * Hands layers to threads: higher priority first, then the larger layer, then the earlier request. A layer that would be waited for
 * when all others are read gets one more thread, which hashes what the first one inflates.
 */
export class LayerQueue {
  readonly #waiting: Waiting[] = []
  readonly #running = new Set<Task>()
  readonly #idle: LayerThread[]
  readonly #threads: LayerThread[]
  readonly #hasher: LayerThread | undefined
  #hasherIsFree = true
  /** Threads that are on their way out. */
  #resting: Promise<unknown> | undefined

  /** `helped`: whether there are cores for a thread that hashes. */
  constructor(size: number, helped: boolean) {
    // The first layer to be read is the largest, and its reader has the higher priority: the others will wait for it.
    this.#threads = [new LayerThread()]
    while (this.#threads.length < size) this.#threads.push(new LayerThread({ yields: true }))
    this.#idle = this.#threads.toReversed()
    this.#hasher = helped ? new LayerThread() : undefined
  }

  /** Runs `work` once a thread is free. */
  async run<T>(task: Task, work: (thread: LayerThread, hasher: LayerThread | undefined) => Promise<T>): Promise<T> {
    const thread = await this.#thread(task)
    const hasher = this.#hasherFor(task)
    try {
      return await work(thread, hasher)
    } finally {
      this.#running.delete(task)
      if (hasher !== undefined) this.#hasherIsFree = true
      this.#idle.push(thread)
      this.#next()
      // One started thread waits for more work, and the memory of the others is better free. Not waited for: ending one takes milliseconds.
      if (this.#waiting.length === 0) this.#resting = Promise.all([this.#resting, this.rest(1)])
    }
  }

  /** Ends threads that do nothing now, but for so many of those that have started. */
  async rest(kept = 0): Promise<void> {
    await closeAll([...this.#idle.filter(({ started }) => started).slice(kept), ...this.#freeHasher])
  }

  async close(): Promise<void> {
    const reason = new DOMException('The pool is closed', 'AbortError')
    for (const { fail } of this.#waiting.splice(0)) fail(reason)
    await closeAll(this.#hasher === undefined ? this.#threads : [...this.#threads, this.#hasher])
    await this.#resting
  }

  /** The thread that hashes, for a layer larger than its share of what is to be read. */
  #hasherFor(task: Task): LayerThread | undefined {
    if (isSparing(task)) return undefined
    const { size } = task.blob
    const total = sizeOfBlobs([...this.#waiting, ...this.#running])
    const large = size >= HASHER_FROM && size * this.#threads.length >= total * HASHER_SHARE
    const [hasher] = large ? this.#freeHasher : []
    if (hasher !== undefined) this.#hasherIsFree = false
    return hasher
  }

  get #freeHasher(): readonly LayerThread[] {
    return this.#hasher !== undefined && this.#hasherIsFree ? [this.#hasher] : []
  }

  #thread(task: Task): Promise<LayerThread> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        ...task,
        start: thread => {
          task.signal?.removeEventListener('abort', abort)
          this.#running.add(task)
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

  #next(): void {
    while (this.#idle.length > 0) {
      let next: Waiting | undefined
      for (const task of this.#waiting) if (!this.#mustWait(task) && (next === undefined || goesBefore(task, next))) next = task
      const thread = next === undefined ? undefined : this.#idle.pop()
      if (next === undefined || thread === undefined) return
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      next.start(thread)
    }
  }

  /** Whether half of the threads work on tasks that are to leave the other half alone. */
  #mustWait(task: Task): boolean {
    return isSparing(task) && [...this.#running].filter(isSparing).length >= halfOf(this.#threads.length)
  }
}

/** Higher priority first, then the larger layer. */
function goesBefore(one: Task, other: Task): boolean {
  const ahead = (one.priority?.() ?? 0) - (other.priority?.() ?? 0)
  return ahead > 0 || (ahead === 0 && one.blob.size > other.blob.size)
}

function isSparing(task: Task): boolean {
  return task.isSparing?.() === true
}

async function closeAll(threads: readonly LayerThread[]): Promise<void> {
  await Promise.all(threads.map(thread => thread.close()))
}
