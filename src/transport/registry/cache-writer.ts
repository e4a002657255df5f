import type { Hash } from 'node:crypto'
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Descriptor } from '../../blob/descriptor.ts'
import { hasherFor, splitDigest } from '../../blob/digest.ts'

const BUFFER = 1024 * 1024

/**
 * A blob on its way into the cache. It hashes what it writes and admits only what proves right; a full or failing disk
 * ends the writing, not the reading it accompanies.
 */
export class CacheWriter {
  readonly #blob: Descriptor
  readonly #hash: Hash
  readonly #path: string
  readonly #admit: (temporary: string) => Promise<void>
  #file: FileHandle | undefined
  #written = 0
  /** Filled while the other is being written: the caller's chunks are copied, so that it may give them to a worker. */
  #buffer: Buffer
  #spare: Buffer
  #filled = 0
  #writing: Promise<void> = Promise.resolve()

  private constructor(blob: Descriptor, path: string, file: FileHandle, admit: (temporary: string) => Promise<void>) {
    this.#blob = blob
    this.#hash = hasherFor(blob.digest)
    this.#path = path
    this.#file = file
    this.#admit = admit
    const capacity = Math.max(1, Math.min(BUFFER, blob.size))
    this.#buffer = Buffer.allocUnsafe(capacity)
    this.#spare = Buffer.allocUnsafe(capacity)
  }

  static async open(directory: string, blob: Descriptor, admit: (temporary: string) => Promise<void>): Promise<CacheWriter> {
    const path = ingestPath(directory, blob)
    return new CacheWriter(blob, path, await open(path, 'wx', 0o600), admit)
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.byteLength && this.#file !== undefined; ) {
      const part = chunk.subarray(offset, offset + this.#buffer.byteLength - this.#filled)
      this.#buffer.set(part, this.#filled)
      this.#filled += part.byteLength
      offset += part.byteLength
      if (this.#filled === this.#buffer.byteLength) await this.#flush()
    }
  }

  /** Whether the blob is complete and now in the cache. */
  async commit(): Promise<boolean> {
    await this.#flush()
    await this.#writing
    const right = this.#written === this.#blob.size && this.#hash.digest('hex') === splitDigest(this.#blob.digest)[1]
    const file = this.#file
    if (file === undefined || !right) {
      await this.abort()
      return false
    }
    this.#file = undefined
    try {
      await file.close()
      await this.#admit(this.#path)
      return true
    } catch {
      await rm(this.#path, { force: true }).catch(() => undefined)
      return false
    }
  }

  async #flush(): Promise<void> {
    await this.#writing
    const bytes = this.#buffer.subarray(0, this.#filled)
    if (this.#file === undefined || bytes.byteLength === 0) return
    this.#hash.update(bytes)
    this.#written += bytes.byteLength
    this.#filled = 0
    ;[this.#buffer, this.#spare] = [this.#spare, this.#buffer]
    this.#writing = writeAll(this.#file, bytes).catch(() => this.abort())
  }

  async abort(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    if (file === undefined) return
    await file.close().catch(() => undefined)
    await rm(this.#path, { force: true }).catch(() => undefined)
  }
}

/** A name that no other process uses, for a blob that is not proven yet. */
export function ingestPath(directory: string, { digest }: Descriptor): string {
  return join(directory, `${splitDigest(digest)[1].slice(0, 16)}.${process.pid}.${randomUUID()}`)
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength; ) {
    const { bytesWritten } = await file.write(chunk, offset)
    offset += bytesWritten
  }
}
