import { createHash, type Hash, hash as hashAtOnce } from 'node:crypto'
import type { SparseRun } from './tar-member.ts'

/** Zeros hashed for the holes of all sparse files of one layer, at most; a hole of terabytes costs its author nothing. */
const HOLES_LIMIT = 4 * 1024 ** 3

/** sha256 of files whose stored bytes arrive in pieces; the holes of sparse files count as the zeros they read as. */
export class ContentHasher {
  #hash: Hash | undefined
  #result: Buffer | undefined
  #size = 0
  #stored = 0
  /** Runs of the sparse file at hand, the next one, and how much of it has come. */
  #runs: readonly SparseRun[] | undefined
  #run = 0
  #inRun = 0
  /** Bytes of the expanded file hashed so far. */
  #at = 0
  #holesLeft = HOLES_LIMIT

  /** Starts a file of `stored` bytes in the archive and `size` bytes expanded. */
  begin(stored: number, size: number, runs: readonly SparseRun[] | undefined): void {
    this.#result = stored === 0 && size === 0 ? EMPTY : undefined
    this.#hash = undefined
    this.#stored = stored
    this.#size = size
    this.#runs = runs
    this.#run = 0
    this.#inRun = 0
    this.#at = 0
    if (runs === undefined) return
    const holes = size - runs.reduce((total, [, length]) => total + length, 0)
    if (holes > this.#holesLeft) return
    this.#holesLeft -= holes
    this.#hash = createHash('sha256')
  }

  data(bytes: Buffer): void {
    if (this.#runs !== undefined) this.#sparseData(bytes)
    // One call for a file that is all there: creating a hash object costs more than hashing a small file.
    else if (bytes.length === this.#stored) this.#result = hashAtOnce('sha256', bytes, 'buffer')
    else {
      this.#hash ??= createHash('sha256')
      this.#hash.update(bytes)
    }
  }

  /** The digest, 32 bytes; undefined where holes were too large to hash. */
  end(): Buffer | undefined {
    if (this.#runs !== undefined && this.#hash !== undefined) this.#zerosUntil(this.#size)
    return this.#result ?? this.#hash?.digest()
  }

  #sparseData(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.#hash !== undefined; ) {
      const run = this.#runs?.[this.#run]
      if (run === undefined) return
      this.#zerosUntil(run[0])
      const end = Math.min(bytes.length, at + run[1] - this.#inRun)
      this.#hash.update(bytes.subarray(at, end))
      this.#at += end - at
      this.#inRun += end - at
      at = end
      if (this.#inRun === run[1]) {
        this.#run++
        this.#inRun = 0
      }
    }
  }

  #zerosUntil(end: number): void {
    for (; this.#at < end && this.#inRun === 0; ) {
      const length = Math.min(ZEROS.length, end - this.#at)
      this.#hash?.update(length === ZEROS.length ? ZEROS : ZEROS.subarray(0, length))
      this.#at += length
    }
  }
}

const ZEROS = Buffer.alloc(256 * 1024)
const EMPTY = hashAtOnce('sha256', Buffer.alloc(0), 'buffer')
