import { availableParallelism } from 'node:os'
import { abortable } from '../blob/abortable.ts'
import { ImageError } from '../error.ts'
import { RequestThread } from './request-thread.ts'
import type { MadeZtoc, ZtocOrder } from './soci/ztoc-maker.ts'
import type { ZtocAnswer } from './ztoc-worker.ts'

/** A thread holds the windows of one layer's checkpoints, 0.8 % of its tar. */
const MOST_THREADS = 4

/** Makes the zTOCs of layers in threads, one layer each, the largest first. */
export class ZtocThreads {
  readonly #threads: readonly RequestThread<ZtocOrder, ZtocAnswer>[]

  constructor(layers: number) {
    const count = Math.max(1, Math.min(layers, MOST_THREADS, availableParallelism()))
    this.#threads = Array.from(
      { length: count },
      (_, index) =>
        new RequestThread<ZtocOrder, ZtocAnswer>({
          file: 'ztoc-worker',
          name: `peel index ${index}`,
          youngGenerationMegabytes: 16,
          failure: why => new ImageError('LAYER_READ_FAILED', `Cannot index a layer: ${why}`),
        }),
    )
  }

  /**
   * The zTOC of each order, in their order; `done` is told after each. Stops at the first failure.
   * @throws ImageError as `makeZtoc`
   */
  async make(orders: readonly ZtocOrder[], done: (order: ZtocOrder) => void, signal: AbortSignal): Promise<readonly MadeZtoc[]> {
    const made = new Map<ZtocOrder, MadeZtoc>()
    const waiting = [...orders].sort((a, b) => b.blob.size - a.blob.size)
    const work = async (thread: RequestThread<ZtocOrder, ZtocAnswer>) => {
      for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) {
        signal.throwIfAborted()
        const answer = await abortable(thread.ask(order), signal)
        if ('failed' in answer) throw new ImageError(answer.failed.code, answer.failed.message)
        made.set(order, answer.made)
        done(order)
      }
    }
    await Promise.all(this.#threads.map(work))
    return orders.map(order => made.get(order) ?? { skipped: 'it was not reached' })
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(thread => thread.close()))
  }
}
