import { type Hash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Digest, digestFrom, hasherFor, splitDigest } from '../blob/digest.ts'
import { inPieces } from '../blob/pieces.ts'
import { readRange, systemError } from '../transport/local-file.ts'
import { forgetTemporary, removeTemporary, temporaryPath } from '../transport/temporary.ts'
import { RegistryError } from './registry-error.ts'

/** Uploads at once; a client that opens more than this and ends none is broken or means harm. */
const MOST = 1000
/** Milliseconds after which an upload that is not continued is dropped. */
const IDLE = 60 * 60_000
/** Bytes of one write. */
const WRITE_BYTES = 1024 * 1024

/** Where a chunk lies in its blob, both inclusive, as `Content-Range` says. */
export type ChunkRange = { readonly start: number; readonly end: number }

/** Blobs that clients are sending: each a temporary file, hashed as it grows, that becomes a blob when all of it is there. */
export class Uploads {
  readonly #all = new Map<string, Upload>()

  /** @throws RegistryError `TOOMANYREQUESTS` */
  async start(name: string, spool: string, algorithm: string): Promise<Upload> {
    const idle = [...this.#all.values()].filter(({ touched }) => Date.now() - touched > IDLE)
    for (const upload of idle) await this.end(upload)
    if (this.#all.size >= MOST) throw new RegistryError(429, 'TOOMANYREQUESTS', `there are ${MOST} uploads under way`)
    const upload = new Upload(name, temporaryPath(spool), hasherFor(`${algorithm}:` as Digest), algorithm)
    this.#all.set(upload.id, upload)
    return upload
  }

  /** @throws RegistryError `BLOB_UPLOAD_UNKNOWN` */
  find(name: string, id: string): Upload {
    const upload = this.#all.get(id)
    if (upload?.name === name) return upload
    throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload')
  }

  /** Forgets an upload and whatever is left of its file. */
  async end(upload: Upload): Promise<void> {
    this.#all.delete(upload.id)
    await upload.discard()
  }

  async close(): Promise<void> {
    for (const upload of [...this.#all.values()]) await this.end(upload)
  }
}

export class Upload {
  readonly id = randomUUID()
  readonly name: string
  /** When something last came, in milliseconds since 1970. */
  touched = Date.now()
  /** Bytes that are in the file, and in the hash. */
  size = 0
  readonly #file: string
  readonly #hash: Hash
  readonly #algorithm: string
  #last: Promise<unknown> = Promise.resolve()

  constructor(name: string, file: string, hash: Hash, algorithm: string) {
    this.name = name
    this.#file = file
    this.#hash = hash
    this.#algorithm = algorithm
  }

  /**
   * Adds what comes. A client whose connection broke may come back before that is noticed here: it waits for its other request.
   * @throws RegistryError 416 for a range that does not begin where the upload ends, `SIZE_INVALID`
   */
  append(bytes: AsyncIterable<Uint8Array>, range?: ChunkRange): Promise<void> {
    return this.#inTurn(async handle => {
      if (range !== undefined && (range.start !== this.size || range.end < range.start)) throw this.#outOfOrder()
      const buffer = Buffer.allocUnsafe(WRITE_BYTES)
      for await (const piece of inPieces(bytes, () => buffer)) {
        if (range !== undefined && this.size + piece.length > range.end + 1) throw wrongLength()
        // At its place: bytes that a failed write left behind the counted ones are written over.
        for (let at = 0; at < piece.length; )
          at += (await handle.write(piece, at, piece.length - at, this.size + at)).bytesWritten
        this.#hash.update(piece)
        this.size += piece.length
        this.touched = Date.now()
      }
      if (range !== undefined && this.size !== range.end + 1) throw wrongLength()
    })
  }

  /**
   * Makes the file safe on the disk, once it has this digest, and gives it to `keep`.
   * @throws RegistryError `DIGEST_INVALID`
   */
  finish(digest: Digest, keep: (file: string) => Promise<void>): Promise<void> {
    return this.#inTurn(async handle => {
      if ((await this.#digest(splitDigest(digest)[0])) !== digest)
        throw new RegistryError(400, 'DIGEST_INVALID', 'the content has another digest')
      await handle.truncate(this.size)
      await handle.datasync()
      await keep(this.#file)
      forgetTemporary(this.#file)
    })
  }

  async discard(): Promise<void> {
    await this.#last
    await removeTemporary(this.#file)
  }

  /** The hash that grew along, unless the client asks for another algorithm only now. */
  async #digest(algorithm: string): Promise<Digest> {
    if (algorithm === this.#algorithm) return digestFrom(this.#hash.copy(), algorithm)
    const hash = hasherFor(`${algorithm}:` as Digest)
    for await (const chunk of readRange(this.#file, 0, this.size)) hash.update(chunk)
    return digestFrom(hash, algorithm)
  }

  #inTurn(action: (handle: FileHandle) => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => this.#withFile(action))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** The file is open for one request only: clients that leave uploads behind use up no handles. */
  async #withFile(action: (handle: FileHandle) => Promise<void>): Promise<void> {
    try {
      await using handle = await open(this.#file, constants.O_RDWR | constants.O_CREAT)
      await action(handle)
    } catch (thrown) {
      if (thrown instanceof RegistryError) throw thrown
      throw systemError(thrown, 'store the upload')
    }
  }

  #outOfOrder(): RegistryError {
    const headers = { location: this.location, range: this.range }
    return new RegistryError(416, 'BLOB_UPLOAD_INVALID', `the upload has ${this.size} bytes`, headers)
  }

  /** Where it goes on. */
  get location(): string {
    return `/v2/${this.name}/blobs/uploads/${this.id}`
  }

  /** The bytes that are there, as the API says it: `0-0` also for nothing. */
  get range(): string {
    return `0-${Math.max(0, this.size - 1)}`
  }
}

function wrongLength(): RegistryError {
  return new RegistryError(400, 'SIZE_INVALID', 'the chunk is not as long as its range')
}
