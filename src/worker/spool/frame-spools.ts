import type { AccessPoint } from '../../blob/inflater.ts'
import { discardBlocks, type HeldBlock, publishBlocks } from './cache-block.ts'
import { InflatedSpoolWriter } from './inflated-spool.ts'

/**
 * Spools those frames of a zstd layer that have no checkpoints while it is read for the first time, so that a file asked for next needs no second pass. A frame
 * begins where the inflater says that inflating can start: the places that `inflatedRange` looks a spool up by. Nothing is found there before
 * the layer is known to have its digest.
 */
export class FrameSpools {
  readonly #place: string
  readonly #ending: Promise<void>[] = []
  readonly #held: HeldBlock[] = []
  #writer: InflatedSpoolWriter
  #points = 0
  #at = 0

  readonly #wanted: () => boolean

  /** `place`: where the layer's reading is stored. `wanted`: whether the frame that passes is to be spooled. */
  constructor(place: string, wanted: () => boolean) {
    this.#place = place
    this.#wanted = wanted
    this.#writer = new InflatedSpoolWriter({ place, uncompressed: 0 }, wanted, this.#held)
  }

  /** The next bytes of the tar, copied, and the places found so far where inflating can start. */
  write(bytes: Buffer, points: readonly AccessPoint[]): void {
    let from = 0
    for (; this.#points < points.length; this.#points++) {
      const uncompressed = points[this.#points]?.uncompressed ?? 0
      this.#writer.write(bytes.subarray(from, uncompressed - this.#at))
      from = uncompressed - this.#at
      this.#ending.push(this.#writer.close(true))
      this.#writer = new InflatedSpoolWriter({ place: this.#place, uncompressed }, this.#wanted, this.#held)
    }
    this.#writer.write(bytes.subarray(from))
    this.#at += bytes.length
  }

  /** Whether blocks are on their way: their result is noticed in another turn of the event loop. */
  get isWriting(): boolean {
    return this.#writer.isWriting
  }

  /** Waits while too much is on its way to the disk (`InflatedSpoolWriter.ready`). */
  async ready(): Promise<void> {
    await this.#writer.ready()
  }

  /** `verified`: the layer was read to its end and is what its digest names. Fails quietly. */
  async close(verified: boolean): Promise<void> {
    await Promise.all([...this.#ending, this.#writer.close(verified)])
    await (verified ? publishBlocks(this.#held) : discardBlocks(this.#held)).catch(() => undefined)
  }
}
