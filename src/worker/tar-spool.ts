import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { ImageError } from '../error.ts'
import type { SpoolOrder } from './layer-protocol.ts'

/** The uncompressed tar of a layer, written to a private file while the layer is read. */
export class TarSpool {
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
    this.#written += bytes.length
    if (this.#limit !== undefined && this.#written > this.#limit) this.#giveUp()
    else this.#append(bytes)
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
