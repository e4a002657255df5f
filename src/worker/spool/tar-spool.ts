import { closeSync, ftruncateSync, openSync, write, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { fullDisk, isFull } from './full-disk.ts'
import { giveBlock, openDirect, takeBlock } from './past-cache.ts'
import type { SpoolOrder } from './spool-order.ts'

/** Bytes after which is known what writing costs here. */
const TRIAL_BYTES = 16 * 1024 * 1024
/** Inflating and hashing a layer again takes half of what reading it took: a spool that takes a third of the time saves nothing. */
const MOST_TIME = 1 / 3
/** Blocks in memory: written while others are filled. Where all are on their way, the disk is waited for. */
const MOST_BLOCKS = 3

/**
 * The uncompressed tar of a layer, written to a private file while the layer is read, past the cache (`SpooledTar` reads it so).
 * One that is a convenience is given up where it costs more than it saves, on a slow disk. Its file is empty then.
 */
export class TarSpool {
  readonly #started = performance.now()
  #spent = 0
  readonly #descriptor: number
  #direct: number | undefined
  readonly #limit: number | undefined
  #block = takeBlock()
  #filled = 0
  readonly #spares: Uint8Array<ArrayBuffer>[] = []
  readonly #writing = new Set<Promise<void>>()
  #failure: unknown
  #sent = 0
  #givenUp = false

  constructor({ file, limit }: SpoolOrder) {
    this.#limit = limit
    this.#descriptor = openSync(file, 'wx', 0o600)
    this.#direct = openDirect(file, 'write')
  }

  /** Copies them. @throws ImageError `NO_SPACE` where the spool must be whole */
  write(bytes: Buffer): void {
    if (this.#givenUp) return
    const before = performance.now()
    for (let at = 0; at < bytes.length && !this.#givenUp; ) {
      const piece = bytes.subarray(at, at + this.#block.length - this.#filled)
      this.#block.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === this.#block.length) this.#send()
    }
    const now = performance.now()
    this.#spent += now - before
    const slow = this.#sent > TRIAL_BYTES && this.#spent > (now - this.#started) * MOST_TIME
    if (slow && this.#limit !== undefined) this.#giveUp()
  }

  /** Whether blocks are on their way: their result is noticed in another turn of the event loop. */
  get isWriting(): boolean {
    return this.#writing.size > 0
  }

  /** Writes what is left. @throws ImageError `NO_SPACE` where the spool must be whole */
  async finish(): Promise<void> {
    await Promise.all(this.#writing)
    const rest = this.#block.subarray(0, this.#filled)
    if (this.#isTooLarge(this.#sent + rest.length)) this.#giveUp()
    else if (!this.#givenUp) this.#trying(() => writeAll(this.#descriptor, rest, this.#sent))
    // Once more: a block that was on its way may have come after.
    if (this.#givenUp) ftruncateSync(this.#descriptor, 0)
  }

  close(): void {
    void Promise.all(this.#writing).then(() => {
      closeSync(this.#descriptor)
      if (this.#direct !== undefined) closeSync(this.#direct)
      for (const block of [this.#block, ...this.#spares]) giveBlock(block)
    })
  }

  #send(): void {
    const [block, position] = [this.#block, this.#sent]
    this.#filled = 0
    this.#sent += block.length
    if (this.#isTooLarge(this.#sent)) {
      this.#giveUp()
      return
    }
    const next = this.#spares.pop() ?? (this.#writing.size + 2 <= MOST_BLOCKS ? takeBlock() : undefined)
    if (next === undefined) this.#trying(() => this.#write(block, position))
    else {
      this.#block = next
      this.#trying(() => this.#writeAside(block, position))
    }
  }

  #isTooLarge(bytes: number): boolean {
    return this.#limit !== undefined && bytes > this.#limit
  }

  #writeAside(block: Uint8Array<ArrayBuffer>, position: number): void {
    const writing = writeAside(this.#direct ?? this.#descriptor, block, 0, block.length, position)
      .then(({ bytesWritten }) => writeAll(this.#descriptor, block.subarray(bytesWritten), position + bytesWritten))
      .catch(() => this.#write(block, position))
      .catch((thrown: unknown) => {
        this.#failure ??= thrown
      })
      .finally(() => {
        this.#writing.delete(writing)
        this.#spares.push(block)
      })
    this.#writing.add(writing)
  }

  #write(block: Uint8Array, position: number): void {
    try {
      writeAll(this.#direct ?? this.#descriptor, block, position)
    } catch (thrown) {
      // Not every file system that opens a file so also writes it so.
      if (this.#direct === undefined || isFull(thrown)) throw thrown
      writeAll(this.#descriptor, block, position)
    }
  }

  /** @throws ImageError `NO_SPACE` where the spool must be whole */
  #trying(work: () => void): void {
    try {
      if (this.#failure !== undefined) throw this.#failure
      work()
    } catch (thrown) {
      if (this.#limit !== undefined) this.#giveUp()
      else throw isFull(thrown) ? fullDisk('unpack the layer', thrown) : thrown
    }
  }

  #giveUp(): void {
    this.#givenUp = true
    ftruncateSync(this.#descriptor, 0)
  }
}

const writeAside = promisify(write)

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, position + at)
}
