import { ImageError } from '../error.ts'
import type { Rebuilt } from '../rebuild/rebuild-alone.ts'
import type { RebuildProgress } from '../rebuild/workshop.ts'
import { Making, type MakingWork } from './making.ts'

/** A task is known by `key`: what is done to which image. Two with one key come to the same result, byte for byte. */
export type MakingTask = MakingWork & { readonly key: string }

type Watching = { readonly onProgress: (progress: RebuildProgress) => void; readonly signal: AbortSignal }

/** The results of the plan on the screen: made for its preview, and used when that very plan is written. */
export class Makings {
  /** The newest; one before it lasts for as long as it is held. */
  #current: { readonly key: string; readonly making: Making } | undefined
  readonly #all = new Set<Making>()

  /** The result of a task; the result is kept until `signal` aborts. @throws ImageError those of `rebuild` */
  async preview(task: MakingTask, { onProgress, signal }: Watching): Promise<Rebuilt> {
    signal.throwIfAborted()
    const making = this.#known(task.key) ?? this.#begin(task, false)
    const release = making.hold()
    signal.addEventListener('abort', release, { once: true })
    try {
      return await making.result(onProgress, signal)
    } catch (thrown) {
      release()
      throw thrown
    }
  }

  /** Keeps what there is of a task until the answer is called. */
  hold(key: string): () => void {
    return this.#known(key)?.hold() ?? (() => undefined)
  }

  /**
   * Sends what a task comes to: what its preview has made or is making, where all of it was kept, else what is made now. Nothing
   * of it stays once it was sent; where that fails, its preview still has it, unless the room is needed.
   * @throws ImageError those of `rebuild` and `send`
   */
  async publish<T>(task: MakingTask, watching: Watching, send: (rebuilt: Rebuilt) => Promise<T>): Promise<T> {
    const known = this.#known(task.key)
    if (known?.want() === true) {
      const sent = await use(known, watching, async rebuilt =>
        (await known.isWhole()) ? { value: await send(rebuilt) } : undefined,
      )
      if (sent !== undefined) return sent.value
    }
    // The threads and the disk are for the writing now.
    await this.#current?.making.end()
    return await use(this.#begin(task, true), watching, send)
  }

  /** Stops everything; nothing that was made is left when this ends. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map(making => making.end()))
  }

  #begin({ key, ...work }: MakingTask, wanted: boolean): Making {
    const making = new Making(work, wanted)
    this.#all.add(making)
    void making.gone.then(() => this.#all.delete(making))
    this.#current = { key, making }
    return making
  }

  #known(key: string): Making | undefined {
    return this.#current?.key === key && !this.#current.making.isOver ? this.#current.making : undefined
  }
}

async function use<T>(making: Making, { onProgress, signal }: Watching, act: (rebuilt: Rebuilt) => Promise<T>): Promise<T> {
  const release = making.hold()
  try {
    const done = await act(await making.result(onProgress, signal))
    await making.end()
    return done
  } catch (thrown) {
    if (thrown instanceof ImageError && thrown.code === 'NO_SPACE') await making.end()
    throw thrown
  } finally {
    release()
  }
}
