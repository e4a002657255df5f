import { type HeldBlock, publishBlocks, storeCacheBlock } from './cache-block.ts'

/** Milliseconds that a reader is kept waiting for the disk, in all. Then blocks are left out where the disk does not keep up. */
const MOST_WAITING = 3000

/**
 * Blocks of the cache on their way to the disk while reading goes on. A disk that is full, slow or fails costs blocks, and nothing else:
 * `failed` tells it, no method throws.
 */
export class BlockWrites {
  readonly #held: HeldBlock[] | undefined
  readonly #writing = new Set<Promise<void>>()
  /** Buffers that were written: used again, since new ones cost more than filling them. */
  readonly #spares: Buffer<ArrayBuffer>[] = []
  #bytes = 0
  #failed = false
  #waited = 0

  /** `held`: gets what is written under temporary names, for `publishBlocks`; without it a block is found as soon as it is written. */
  constructor(held: HeldBlock[] | undefined) {
    this.#held = held
  }

  /** Blocks that are being written. */
  get count(): number {
    return this.#writing.size
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether a block could not be written. */
  get failed(): boolean {
    return this.#failed
  }

  /** A buffer of at least `size` bytes, for `store`; its content is undefined. */
  buffer(size: number): Buffer<ArrayBuffer> {
    const spare = this.#spares.pop()
    return spare !== undefined && spare.length >= size ? spare : Buffer.allocUnsafeSlow(size)
  }

  /** Writes the first `size` bytes of `buffer`, which belongs to this object from now on. */
  store(file: string, buffer: Buffer<ArrayBuffer>, size: number): void {
    const writing = storeCacheBlock(file, buffer.subarray(0, size))
      .then(async stored => {
        if (this.#held === undefined) await publishBlocks(stored)
        else this.#held.push(...stored)
      })
      .catch(() => {
        this.#failed = true
      })
      .finally(() => {
        this.#writing.delete(writing)
        this.#bytes -= size
        this.#spares.push(buffer)
      })
    this.#writing.add(writing)
    this.#bytes += size
  }

  /** Waits while `isFull`; not for ever on a slow disk, which gets what it can take. */
  async ready(isFull: () => boolean): Promise<void> {
    while (isFull() && this.#waited < MOST_WAITING) {
      const from = performance.now()
      await this.next()
      this.#waited += performance.now() - from
    }
  }

  /** Waits until one block less is being written. */
  async next(): Promise<void> {
    await Promise.race(this.#writing)
  }

  /** Waits until every block is written, or given up. */
  async end(): Promise<void> {
    await Promise.all(this.#writing)
  }
}
