import { closeSync, openSync, writeSync } from 'node:fs'

/** A blob written to a file while it is read. A full or failing disk ends the writing, not the reading it accompanies. */
export class CacheTee {
  #descriptor: number | undefined

  constructor(file: string) {
    try {
      this.#descriptor = openSync(file, 'wx', 0o600)
    } catch {
      // Nothing is kept then.
    }
  }

  write(bytes: Buffer): void {
    const descriptor = this.#descriptor
    if (descriptor === undefined) return
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    } catch {
      this.close()
    }
  }

  /** Whether everything is in the file. */
  close(): boolean {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor === undefined) return false
    try {
      closeSync(descriptor)
      return true
    } catch {
      return false
    }
  }
}
