import { ftruncateSync, writeSync } from 'node:fs'

/** Runs of zeros that are shorter are written: a hole needs whole blocks of the file system. */
const BLOCK = 64 * 1024
const ZEROS = Buffer.alloc(BLOCK)

/**
 * Writes a new file from its start and leaves out blocks of zeros, which become holes: a sparse file of a terabyte in a layer
 * of 200 bytes would else fill the disk (issue 18).
 */
export class SparseWriter {
  readonly #file: number
  #position = 0
  #written = 0

  constructor(file: number) {
    this.#file = file
  }

  write(chunk: Uint8Array): void {
    for (let begin = 0; begin < chunk.byteLength; begin += BLOCK) this.#block(chunk.subarray(begin, begin + BLOCK))
  }

  /** Gives the file its length, which a hole at its end does not. */
  end(): void {
    if (this.#written < this.#position) ftruncateSync(this.#file, this.#position)
  }

  #block(block: Uint8Array): void {
    const isHole = block.byteLength === BLOCK && ZEROS.equals(block)
    for (let done = 0; !isHole && done < block.byteLength; ) {
      done += writeSync(this.#file, block, done, block.byteLength - done, this.#position + done)
    }
    this.#position += block.byteLength
    if (!isHole) this.#written = this.#position
  }
}
