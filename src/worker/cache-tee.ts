import { closeSync, openSync, writeSync } from 'node:fs'

/** A blob written to a file while it is read. A full or failing disk ends the writing, not the reading it accompanies. */
export class CacheTee {
  #descriptor: number | undefined

  constructor(file: string) {
    this.#try(() => {
      this.#descriptor = openSync(file, 'wx', 0o600)
    })
  }

  write(bytes: Buffer): void {
    const descriptor = this.#descriptor
    if (descriptor === undefined) return
    this.#try(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    })
  }

  /** Whether everything is in the file. */
  close(): boolean {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    return descriptor !== undefined && this.#try(() => closeSync(descriptor))
  }

  #try(act: () => void): boolean {
    try {
      act()
      return true
    } catch {
      this.close()
      return false
    }
  }
}
