import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Descriptor } from '../../blob/descriptor.ts'
import { inPieces } from '../../blob/pieces.ts'
import { verified } from '../../blob/read.ts'
import type { KeptBlob } from '../../blob/source.ts'

/** Bytes of one write, and of one read of a follower. */
const PIECE_BYTES = 256 * 1024

/**
 * A blob on its way into the cache, which any number of clients read meanwhile. It goes on when they leave, and is admitted only if it has
 * its digest; else nothing of it stays. The last piece is written, and so read, after the whole was checked.
 */
export class CachedDownload {
  readonly blob: Descriptor
  /** Settles when the blob is in the cache, or will not be. */
  readonly done: Promise<void>
  readonly #kept: Omit<KeptBlob, 'bytes'>
  readonly #file: Promise<FileHandle>
  #written = 0
  #ended = false
  #readers = 0
  #wake: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(blob: Descriptor, kept: Omit<KeptBlob, 'bytes'>, bytes: AsyncIterable<Uint8Array>) {
    this.blob = blob
    this.#kept = kept
    this.#file = open(kept.file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
    this.done = this.#run(bytes)
    this.done.catch(() => undefined)
  }

  /**
   * A part of the blob, as it comes. The last bytes of the part wait until the whole has its digest.
   * @throws ImageError those of the download, and `BLOB_DIGEST_MISMATCH`
   */
  async *read(start: number, length: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const end = start + length
    const file = await this.#file
    this.#readers += 1
    try {
      for (let at = start; at < end; ) {
        signal.throwIfAborted()
        const ready = Math.min(end, this.#written)
        // Its last piece is held back, whatever part it is of.
        if (ready <= at || (ready === end && !this.#ended)) {
          await (ready === end ? this.done : this.#wake.promise)
          if (this.#ended) await this.done
          continue
        }
        const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, ready - at))
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
        if (bytesRead === 0) throw new Error('the file is shorter than what was written')
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      this.#readers -= 1
      await this.#closeUnread()
    }
  }

  async #run(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      const file = await this.#file
      // One piece is held back by the check while the next one is filled.
      const buffers = [Buffer.allocUnsafe(PIECE_BYTES), Buffer.allocUnsafe(PIECE_BYTES)] as const
      let turn = 0
      const take = () => buffers[turn++ % 2 === 0 ? 0 : 1]
      for await (const piece of verified(inPieces(bytes, take), this.blob)) {
        for (let at = 0; at < piece.byteLength; )
          at += (await file.write(piece, at, piece.byteLength - at, this.#written + at)).bytesWritten
        this.#written += piece.byteLength
        this.#wakeReaders()
      }
      await this.#kept.admit()
    } catch (thrown) {
      await this.#kept.discard()
      throw thrown
    } finally {
      this.#ended = true
      this.#wakeReaders()
      await this.#closeUnread()
    }
  }

  #wakeReaders(): void {
    const { resolve } = this.#wake
    this.#wake = Promise.withResolvers()
    resolve()
  }

  async #closeUnread(): Promise<void> {
    if (!this.#ended || this.#readers > 0) return
    const file = await this.#file.catch(() => undefined)
    await file?.close().catch(() => undefined)
  }
}
