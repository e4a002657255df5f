import { type FileHandle, open } from 'node:fs/promises'
import { ImageError } from '../error.ts'
import { removeTemporary } from '../transport/temporary.ts'
import { isFull } from './tar-spool.ts'

/** The disk is asked to write so many bytes at a time, while more are made: what must be safe in the end nearly is then. */
const FLUSH_BYTES = 64 * 1024 * 1024

/** A private temporary file that a blob is written to. */
export class BlobFile {
  readonly #path: string
  readonly #handle: FileHandle
  #unflushed = 0
  #flushing: Promise<void> | undefined

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  static async create(path: string): Promise<BlobFile> {
    return new BlobFile(path, await open(path, 'wx', 0o600))
  }

  /** @throws ImageError `NO_SPACE` */
  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < chunk.length; ) at += (await this.#handle.write(chunk, at)).bytesWritten
    } catch (thrown) {
      throw isFull(thrown) ? full(thrown) : thrown
    }
    this.#unflushed += chunk.length
    if (this.#unflushed >= FLUSH_BYTES && this.#flushing === undefined) this.#flush()
  }

  /** Everything is written; the disk goes on in the background, and whoever needs the file safe asks it again. */
  finish(): void {
    void (this.#flushing ?? Promise.resolve()).then(() => this.#flush()).then(() => this.#close())
  }

  async discard(): Promise<void> {
    await this.#close()
    await removeTemporary(this.#path)
  }

  #flush(): Promise<void> {
    this.#unflushed = 0
    // Nobody relies on it: whether the file is safe is asked by whoever publishes it.
    this.#flushing = this.#handle
      .datasync()
      .catch(() => undefined)
      .finally(() => {
        this.#flushing = undefined
      })
    return this.#flushing
  }

  async #close(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }
}

function full(cause: unknown): ImageError {
  return new ImageError('NO_SPACE', 'Cannot write the layer: the disk for temporary files is full', {
    hint: 'Free some space there, or use another disk (TMPDIR=/other/disk).',
    cause,
  })
}
