import { closeSync, openSync, writeSync } from 'node:fs'
import { ImageError } from '../error.ts'

/** The uncompressed tar of a layer, written to a private file while the layer is read. */
export class TarSpool {
  readonly #descriptor: number

  constructor(file: string) {
    this.#descriptor = openSync(file, 'wx', 0o600)
  }

  /** @throws ImageError `NO_SPACE` */
  write(bytes: Buffer): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at)
    } catch (thrown) {
      if (!isFull(thrown)) throw thrown
      throw new ImageError('NO_SPACE', 'Cannot unpack the layer: the disk for temporary files is full', {
        hint: 'Free some space there, or use another disk (TMPDIR=/other/disk).',
        cause: thrown,
      })
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** Whether the system says that there is no room. */
export function isFull(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
