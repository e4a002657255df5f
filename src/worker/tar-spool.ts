import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { ImageError } from '../error.ts'
import type { SpoolOrder } from './layer-protocol.ts'

/** Bytes after which is known what writing costs here. */
const TRIAL_BYTES = 16 * 1024 * 1024
/** Inflating and hashing a layer again takes half of what reading it took: a spool that takes a third of the time saves nothing. */
const MOST_TIME = 1 / 3

/**
 * The uncompressed tar of a layer, written to a private file while the layer is read. One that is a convenience is given up where
 * it costs more than it saves: a slow disk, or a virtual machine whose host must find every page first.
 */
export class TarSpool {
  readonly #started = performance.now()
  #spent = 0
  readonly #descriptor: number
  readonly #limit: number | undefined
  #written = 0
  #givenUp = false

  constructor({ file, limit }: SpoolOrder) {
    this.#descriptor = openSync(file, 'wx', 0o600)
    this.#limit = limit
  }

  /** @throws ImageError `NO_SPACE` where the spool must be whole */
  write(bytes: Buffer): void {
    if (this.#givenUp) return
    const before = performance.now()
    this.#written += bytes.length
    if (this.#limit !== undefined && this.#written > this.#limit) this.#giveUp()
    else this.#append(bytes)
    const now = performance.now()
    this.#spent += now - before
    const slow = this.#written > TRIAL_BYTES && this.#spent > (now - this.#started) * MOST_TIME
    if (slow && this.#limit !== undefined && !this.#givenUp) this.#giveUp()
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #append(bytes: Buffer): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at)
    } catch (thrown) {
      if (!isFull(thrown)) throw thrown
      if (this.#limit !== undefined) {
        this.#giveUp()
        return
      }
      throw new ImageError('NO_SPACE', 'Cannot unpack the layer: the disk for temporary files is full', {
        hint: 'Free some space there, or use another disk (TMPDIR=/other/disk).',
        cause: thrown,
      })
    }
  }

  #giveUp(): void {
    this.#givenUp = true
    ftruncateSync(this.#descriptor, 0)
  }
}

/** Whether the system says that there is no room. */
export function isFull(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
