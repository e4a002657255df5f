import { closeSync, write } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { removeTemporary } from '../../transport/temporary.ts'
import { fullDisk, isFull } from './full-disk.ts'
import { openDirect, takeBlock } from './past-cache.ts'

/** The disk is asked to write so many bytes at a time, while more are made: little is left to flush at the end. */
const FLUSH_BYTES = 64 * 1024 * 1024

/**
 * A private temporary file that a blob is written to, past the cache but for its end. Two blocks are in memory: one is written
 * while the other is filled.
 */
export class BlobFile {
  readonly #path: string
  readonly #handle: FileHandle
  #direct: number | undefined
  #block = takeBlock()
  #filled = 0
  #spare: Uint8Array<ArrayBuffer> | undefined
  /** Bytes in blocks that are written or on their way. */
  #sent = 0
  #writing: Promise<void> | undefined
  #unflushed = 0
  #flushing: Promise<void> | undefined

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  static async create(path: string): Promise<BlobFile> {
    return new BlobFile(path, await open(path, 'wx', 0o600))
  }

  /** Copies the chunk. @throws ImageError `NO_SPACE` */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + this.#block.length - this.#filled)
      this.#block.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === this.#block.length) await this.#send()
    }
  }

  /**
   * Everything is written; the disk goes on in the background; `safe` is asked again where the file must be durable.
   * @throws ImageError `NO_SPACE`
   */
  async finish(): Promise<void> {
    await this.#writing
    await this.#put(this.#block.subarray(0, this.#filled), this.#sent, this.#handle.fd)
    void this.#end()
  }

  async discard(): Promise<void> {
    await this.#close()
    await removeTemporary(this.#path)
  }

  async #send(): Promise<void> {
    await this.#writing
    if (this.#sent === 0) this.#direct = openDirect(this.#path, 'write')
    const block = this.#block
    this.#block = this.#spare ?? takeBlock()
    this.#spare = block
    this.#writing = this.#put(block, this.#sent, this.#direct ?? this.#handle.fd)
    // Rethrown where it is awaited.
    this.#writing.catch(() => undefined)
    this.#sent += block.length
    this.#filled = 0
  }

  async #put(bytes: Uint8Array, position: number, descriptor: number): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; )
        at += (await writeAside(descriptor, bytes, at, bytes.length - at, position + at)).bytesWritten
    } catch (thrown) {
      if (isFull(thrown)) throw fullDisk('write the layer', thrown)
      if (descriptor !== this.#direct) throw thrown
      // Not every file system that opens a file so also writes it so.
      this.#direct = undefined
      closeSync(descriptor)
      return await this.#put(bytes, position, this.#handle.fd)
    }
    this.#unflushed += bytes.length
    if (this.#direct === undefined && this.#unflushed >= FLUSH_BYTES && this.#flushing === undefined)
      this.#flushing = this.#flush()
  }

  async #flush(): Promise<void> {
    this.#unflushed = 0
    try {
      await this.#handle.datasync()
    } catch {
      // Publishing asks again whether the file is durable.
    } finally {
      this.#flushing = undefined
    }
  }

  async #end(): Promise<void> {
    await this.#flushing
    await this.#flush()
    await this.#close()
  }

  async #close(): Promise<void> {
    await this.#writing?.catch(() => undefined)
    if (this.#direct !== undefined) closeSync(this.#direct)
    this.#direct = undefined
    await this.#handle.close().catch(() => undefined)
  }
}

const writeAside = promisify(write)
