import { closeSync, openSync, readSync } from 'node:fs'
import { giveBlock, openDirect, takeBlock } from './past-cache.ts'

/** Tars that are read past the cache at once: a block of each is in memory. */
const MOST_DIRECT = 8

let directTars = 0

/** The tar in a file that a `TarSpool` wrote. Read anywhere; past the cache, block by block, once it is known to be read in order. */
export class SpooledTar {
  readonly #file: string
  readonly #size: number
  readonly #descriptor: number
  #direct: number | undefined
  #block = new Uint8Array(0)
  /** Start of the block in the file. */
  #from = 0
  #count = 0

  constructor(file: string, size: number) {
    this.#file = file
    this.#size = size
    this.#descriptor = openSync(file, 'r')
  }

  /** From now on the tar is read from front to back, but for little. */
  inOrder(): void {
    if (this.#direct !== undefined || directTars >= MOST_DIRECT) return
    this.#direct = openDirect(this.#file, 'read')
    if (this.#direct === undefined) return
    this.#block = takeBlock()
    directTars++
  }

  /** Fills `length` bytes of `into` from `start` on with what lies at `offset`; false where that is not there. */
  read(into: Buffer, start: number, offset: number, length: number): boolean {
    if (offset + length > this.#size) return false
    for (let done = 0; done < length; ) {
      const count = this.#copy(into, start + done, offset + done, length - done)
      if (count === 0) return false
      done += count
    }
    return true
  }

  close(): void {
    closeSync(this.#descriptor)
    if (this.#direct === undefined) return
    closeSync(this.#direct)
    giveBlock(this.#block)
    directTars--
  }

  #copy(into: Buffer, start: number, offset: number, length: number): number {
    if (this.#direct === undefined || offset < this.#from) return readSync(this.#descriptor, into, start, length, offset)
    if (offset >= this.#from + this.#count) this.#load(this.#direct, offset - (offset % this.#block.length))
    const at = offset - this.#from
    const bytes = this.#block.subarray(at, Math.min(this.#count, at + length))
    into.set(bytes, start)
    return bytes.length
  }

  #load(direct: number, from: number): void {
    this.#from = from
    try {
      this.#count = readSync(direct, this.#block, 0, this.#block.length, from)
    } catch {
      // Not every file system that opens a file so also reads it so.
      this.#count = readSync(this.#descriptor, this.#block, 0, this.#block.length, from)
    }
  }
}
