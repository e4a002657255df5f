import { BlockWrites } from './block-writes.ts'
import { type HeldBlock, readCacheBlock } from './cache-block.ts'

/**
 * The bytes of a zstd frame whose window is too large for checkpoints (`ZstdRecorder`), inflated, kept beside the reading of its layer:
 * without it every file would mean inflating all that lies before it. Blocks of 4 MiB, a file each, evicted one by one as the least
 * recently used of the cache. A block that is gone or damaged means inflating again, which writes it anew.
 */
const BLOCK = 4 * 1024 * 1024

/** Where a spool begins in its frame: the bytes before it are quickly inflated again. */
export const SPOOLED_FROM = 2 * BLOCK

/** Of one frame no more is kept than this, uncompressed: half of what the cache holds unless told otherwise. */
const SPOOL_LIMIT = 1024 ** 3

/** Blocks on their way to the disk while inflating goes on. */
const MOST_WRITING = 4

/** The blocks of the frame that starts at `uncompressed` in the tar of the layer whose reading is stored at `place`. */
export type InflatedSpool = { readonly place: string; readonly uncompressed: number }

/** Bytes `start` to `end` of the frame, `start` not before `SPOOLED_FROM`, as far as the spool has them without a gap. */
export async function* readSpool(spool: InflatedSpool, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const index = Math.floor(at / BLOCK)
    const block = await readCacheBlock(blockFile(spool, index), BLOCK)
    const piece = block?.subarray(at - index * BLOCK, end - index * BLOCK)
    if (piece === undefined || piece.length === 0) return
    at += piece.length
    yield piece
  }
}

/** Adds to a spool what passes of its frame, from the frame's start on. A disk that is full or fails ends that, and nothing else. */
export class InflatedSpoolWriter {
  readonly #spool: InflatedSpool
  readonly #writes: BlockWrites
  #block: Buffer<ArrayBuffer> | undefined
  #at = 0
  readonly #wanted: () => boolean
  #starts: boolean | undefined

  /**
   * `wanted`: asked once, where the spool begins. `held`: gets what is written under temporary names, for `publishBlocks`; without
   * it blocks are there at once.
   */
  constructor(spool: InflatedSpool, wanted: () => boolean, held?: HeldBlock[]) {
    this.#spool = spool
    this.#wanted = wanted
    this.#writes = new BlockWrites(held)
  }

  /** The next bytes of the frame; copied. */
  write(bytes: Buffer): void {
    let from = Math.max(0, Math.min(bytes.length, SPOOLED_FROM - this.#at))
    this.#at += from
    if (from < bytes.length) this.#starts ??= this.#wanted()
    if (this.#starts !== true) return
    while (from < bytes.length && !this.#writes.failed && this.#at < SPOOL_LIMIT) {
      this.#block ??= this.#writes.buffer(BLOCK)
      const block = this.#block
      const copied = bytes.copy(block, this.#at % BLOCK, from)
      from += copied
      this.#at += copied
      if (this.#at % BLOCK === 0) this.#store(this.#at / BLOCK - 1, block, BLOCK)
    }
  }

  /** Whether this frame is spooled, as far as that is known. */
  get isUsed(): boolean {
    return this.#starts === true
  }

  get isWriting(): boolean {
    return this.#writes.count > 0
  }

  /** Waits while too much is on its way to the disk; not for ever on a slow one, which gets what it can take. */
  async ready(): Promise<void> {
    await this.#writes.ready(() => this.#writes.count >= MOST_WRITING)
  }

  /** `ended`: the frame has no more bytes. */
  async close(ended: boolean): Promise<void> {
    const rest = this.#at % BLOCK
    // The block read last is likely wanted next.
    while (this.#writes.count >= MOST_WRITING) await this.#writes.next()
    if (ended && rest > 0 && this.#block !== undefined) this.#store(Math.floor(this.#at / BLOCK), this.#block, rest)
    await this.#writes.end()
  }

  #store(index: number, block: Buffer<ArrayBuffer>, size: number): void {
    if (this.#writes.count >= MOST_WRITING) return
    this.#block = undefined
    this.#writes.store(blockFile(this.#spool, index), block, size)
  }
}

function blockFile({ place, uncompressed }: InflatedSpool, index: number): string {
  return `${place}.${uncompressed}.${index}.block`
}
