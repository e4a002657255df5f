import { once } from 'node:events'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { pack } from 'tar-stream'
import { compressStream } from '../blob/compress-stream.ts'
import type { Compression } from '../blob/media-type.ts'
import { ImageError } from '../error.ts'
import { quotePath, readRange, systemError } from './local-file.ts'
import { syncDirectory } from './staging.ts'
import { forgetTemporary, removeTemporary, sweepLeftovers, temporaryPath } from './temporary.ts'
import { checkRoom } from './temporary-directory.ts'
import { errorCode } from './text/usual-text.ts'

const BLOCK = 512
/** An archive ends with two zero blocks. */
const END_BYTES = 2 * BLOCK

/** Members are dated at the epoch, so that the same image makes the same archive. */
const MEMBER = { mode: 0o644, mtime: new Date(0), type: 'file' } as const

/**
 * A tar archive growing in a temporary file, one member after the other. A member that fails is cut off again, so that the
 * archive stays whole whatever happens.
 */
export class ArchiveWriter {
  #path: string
  #handle: FileHandle
  /** Bytes of complete members. */
  #length = 0
  #ended = false
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** Starts an archive in `directory`, on the file system of its final place. */
  static async create(directory: string, mode = 0o666): Promise<ArchiveWriter> {
    await sweepLeftovers(directory)
    const path = temporaryPath(directory)
    try {
      return new ArchiveWriter(path, await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, mode))
    } catch (thrown) {
      forgetTemporary(path)
      throw systemError(thrown, `write in ${quotePath(directory)}`)
    }
  }

  /** Adds a member of `size` bytes. */
  add(name: string, size: number, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    return this.#exclusively(
      name,
      async () => {
        await checkRoom(dirname(this.#path), size, `write ${name}`)
        const header = await packedHeader(name, size)
        await this.#write(header, this.#length)
        let end = this.#length + header.length
        for await (const chunk of bytes) {
          signal?.throwIfAborted()
          await this.#write(chunk, end)
          end += chunk.byteLength
        }
        return end
      },
      signal,
    )
  }

  /**
   * Adds a member whose name (of at most 100 characters) and size show only at its end: its header is written last. `write`
   * hands on the content; an undefined name leaves nothing.
   */
  addUnsized(
    write: (output: (chunk: Uint8Array) => Promise<void>) => Promise<string | undefined>,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#exclusively(
      'a layer',
      async () => {
        let end = this.#length + BLOCK
        const name = await write(async chunk => {
          signal?.throwIfAborted()
          await this.#write(chunk, end)
          end += chunk.byteLength
        })
        if (name === undefined) return undefined
        await this.#write(await packedHeader(name, end - this.#length - BLOCK), this.#length)
        return end
      },
      signal,
    )
  }

  /** Ends the archive and compresses all of it, before it is moved to its place. */
  async compress(compression: Exclude<Compression, 'none'>, signal?: AbortSignal): Promise<void> {
    await this.#end()
    const plain = this.#path
    const length = this.#length + END_BYTES
    const packed = await ArchiveWriter.create(dirname(plain))
    try {
      for await (const chunk of compressStream(readRange(plain, 0, length, signal), compression)) {
        await packed.#write(chunk, packed.#length)
        packed.#length += chunk.byteLength
      }
    } catch (thrown) {
      await packed.remove()
      signal?.throwIfAborted()
      throw systemError(thrown, 'write the archive')
    }
    await this.#handle.close()
    await removeTemporary(plain)
    this.#path = packed.#path
    this.#handle = packed.#handle
  }

  /** Gives the archive its final name, in one step. Without `replace`, what appeared there meanwhile stays. */
  async moveTo(target: string, replace: boolean): Promise<void> {
    await this.#finish()
    try {
      if (replace) await rename(this.#path, target)
      else await linkOrRename(this.#path, target)
    } catch (thrown) {
      if (errorCode(thrown) === 'EEXIST') throw destinationExists(target)
      throw systemError(thrown, `write ${quotePath(target)}`)
    }
    forgetTemporary(this.#path)
    await syncDirectory(dirname(target))
  }

  /** Writes the archive to a stream and removes the file. */
  async copyTo(output: Writable, signal?: AbortSignal): Promise<void> {
    await this.#finish()
    for await (const chunk of readRange(this.#path, 0, this.#length + END_BYTES, signal)) await writeTo(output, chunk, signal)
    await removeTemporary(this.#path)
  }

  async remove(): Promise<void> {
    await this.#queue.catch(() => {})
    await this.#handle.close().catch(() => {})
    await removeTemporary(this.#path)
  }

  async #end(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#queue
    try {
      await this.#write(Buffer.alloc(END_BYTES), this.#length)
    } catch (thrown) {
      throw systemError(thrown, 'write the archive')
    }
  }

  async #finish(): Promise<void> {
    await this.#end()
    try {
      await this.#handle.datasync()
      await this.#handle.close()
    } catch (thrown) {
      throw systemError(thrown, 'write the archive')
    }
  }

  /** Members are written one after the other; `add` gives where it ended, or undefined to forget it. */
  #exclusively(name: string, add: () => Promise<number | undefined>, signal: AbortSignal | undefined): Promise<void> {
    const adding = this.#queue.then(async () => {
      signal?.throwIfAborted()
      try {
        const end = await add()
        if (end === undefined) await this.#handle.truncate(this.#length)
        else await this.#pad(end)
      } catch (thrown) {
        await this.#handle.truncate(this.#length).catch(() => {})
        signal?.throwIfAborted()
        throw systemError(thrown, `write ${name}`)
      }
    })
    this.#queue = adding.catch(() => {})
    return adding
  }

  async #pad(end: number): Promise<void> {
    const padding = (BLOCK - (end % BLOCK)) % BLOCK
    await this.#write(Buffer.alloc(padding), end)
    this.#length = end + padding
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.byteLength; ) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.byteLength - at, position + at)
      at += bytesWritten
    }
  }
}

/** The blocks that announce a member: one, or with a PAX header before it where the name is long. */
async function packedHeader(name: string, size: number): Promise<Buffer> {
  const archive = pack()
  // Leaving the loop destroys the pack with its unfinished entry, which is all that is wanted of it.
  archive.entry({ ...MEMBER, name, size }, () => {})
  let header = Buffer.alloc(0)
  for await (const chunk of archive) {
    if (chunk instanceof Uint8Array) header = Buffer.concat([header, chunk])
    if (header.length >= headerLength(header)) break
  }
  return header
}

function headerLength(start: Buffer): number {
  if (start.length < BLOCK || start.toString('latin1', 156, 157) !== 'x') return BLOCK
  return 2 * BLOCK + Math.ceil(Number.parseInt(start.toString('latin1', 124, 136), 8) / BLOCK) * BLOCK
}

/** A hard link fails where a rename would overwrite; file systems without them get the rename. */
async function linkOrRename(path: string, target: string): Promise<void> {
  try {
    await link(path, target)
  } catch (thrown) {
    if (errorCode(thrown) === 'EEXIST') throw thrown
    await rename(path, target)
    return
  }
  await unlink(path)
}

export function destinationExists(target: string): ImageError {
  return new ImageError('DESTINATION_EXISTS', `Cannot write ${quotePath(target)}: it exists already`, {
    hint: 'Choose another name, or replace it with --force.',
  })
}

/** Waits for the reader; where nothing is read the signal ends it. */
async function writeTo(output: Writable, chunk: Buffer, signal: AbortSignal | undefined): Promise<void> {
  if (output.destroyed) throw outputClosed()
  try {
    if (!output.write(chunk)) await once(output, 'drain', signal === undefined ? {} : { signal })
  } catch (thrown) {
    signal?.throwIfAborted()
    throw errorCode(thrown) === 'EPIPE' ? outputClosed() : systemError(thrown, 'write to standard output')
  }
}

function outputClosed(): ImageError {
  return new ImageError('OUTPUT_CLOSED', 'Cannot write to standard output: the program that reads it has ended')
}
