import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInflater, SNIFF_LENGTH, sniffCompression } from '../blob/compression.ts'
import { ImageError } from '../error.ts'
import { systemError } from './local-file.ts'
import { removeTemporary, sweepLeftovers, temporaryPath } from './temporary.ts'
import { checkRoom, freeBytes, noSpace, temporaryDirectory } from './temporary-directory.ts'
import { isXz, unpackXz } from './xz.ts'

/** Room that is left on the disk: filling it up would harm more than peel. */
const RESERVE_BYTES = 64 * 1024 * 1024
/** How often the room is looked at again while bytes are written. */
const ROOM_INTERVAL_BYTES = 256 * 1024 * 1024

export type SpoolOptions = {
  /** A name for the bytes, for messages: `"image.tar.gz"`, `standard input`. */
  readonly what: string
  /** Bytes that are known to come, when they are: the room for them is checked first. */
  readonly expectedBytes?: number
  readonly directory?: string
  readonly signal?: AbortSignal | undefined
  /** Told how many bytes have been written. */
  onProgress?(bytes: number): void
}

export type UnpackedFile = { readonly file: string; remove(): Promise<void> }

/** Whether the file is packed outside: formats docker and containers/image unpack by themselves. */
export function isPacked(first: Uint8Array): boolean {
  return sniffCompression(first) !== 'none' || isXz(first)
}

/**
 * Writes `bytes` to one private temporary file (mode 0600), unpacked when gzip, zstd, bzip2 or xz is around them. The file goes with
 * the process; a kill leaves it to the next start.
 * @throws ImageError `NO_SPACE`, `COMPRESSION_DAMAGED`, those of the reader of `bytes`
 */
export async function spool(bytes: AsyncIterable<Uint8Array>, options: SpoolOptions): Promise<UnpackedFile> {
  const directory = options.directory ?? temporaryDirectory()
  const action = `unpack ${options.what}`
  await sweepLeftovers(directory)
  await checkRoom(directory, (options.expectedBytes ?? 0) + RESERVE_BYTES, action)
  const file = temporaryPath(directory)
  try {
    await using handle = await open(file, 'wx', 0o600)
    await unpack(bytes, new SpoolWriter(handle.fd, directory, await freeBytes(directory), options), options)
    return { file, remove: () => removeTemporary(file) }
  } catch (thrown) {
    await removeTemporary(file)
    options.signal?.throwIfAborted()
    throw systemError(thrown, action)
  }
}

class SpoolWriter {
  readonly #fd: number
  readonly #directory: string
  readonly #options: SpoolOptions
  #written = 0
  /** Writing stops here until the room was looked at again. */
  #limit: number

  constructor(fd: number, directory: string, free: number, options: SpoolOptions) {
    this.#fd = fd
    this.#directory = directory
    this.#options = options
    this.#limit = free - RESERVE_BYTES
  }

  write(bytes: Uint8Array): void {
    if (this.#written + bytes.byteLength > this.#limit) {
      throw noSpace(this.#directory, `unpack ${this.#options.what}`, `after ${this.#written} bytes the room ends`)
    }
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(this.#fd, bytes, at)
    this.#written += bytes.byteLength
  }

  /** Others write to the disk as well. */
  async refresh(): Promise<void> {
    this.#limit = this.#written + (await freeBytes(this.#directory)) - RESERVE_BYTES
  }

  get written(): number {
    return this.#written
  }
}

async function unpack(bytes: AsyncIterable<Uint8Array>, writer: SpoolWriter, options: SpoolOptions): Promise<void> {
  const iterator = withStart(bytes)
  const first = await iterator.next()
  if (first.done === true) return
  const rest = resumed(first.value, iterator)
  try {
    if (isXz(first.value)) await pump(unpackXz(rest), writer, options, chunk => writer.write(chunk))
    else await inflate(rest, first.value, writer, options)
  } finally {
    // The unpacker of xz leaves what it reads from open when it fails. Not waited for: a pipe may never say another word.
    iterator.return(undefined).catch(() => {})
  }
}

async function inflate(
  bytes: AsyncIterable<Uint8Array>,
  start: Uint8Array,
  writer: SpoolWriter,
  options: SpoolOptions,
): Promise<void> {
  let damage: string | undefined
  using inflater = createInflater(sniffCompression(start), {
    output: chunk => writer.write(chunk),
    diagnostic: ({ severity, message }) => {
      if (severity === 'error') damage ??= message
    },
  })
  const check = () => {
    if (damage === undefined) return
    throw new ImageError('COMPRESSION_DAMAGED', `Cannot unpack ${options.what}: ${damage}`, {
      hint: 'The file is damaged or cut short; fetch it again.',
    })
  }
  await pump(bytes, writer, options, chunk => {
    inflater.push(chunk)
    check()
  })
  inflater.finish()
  check()
}

/** Hands the bytes on piece by piece: a piece may inflate to a thousand times its size, and nothing else runs meanwhile. */
async function pump(
  bytes: AsyncIterable<Uint8Array>,
  writer: SpoolWriter,
  options: SpoolOptions,
  take: (chunk: Buffer) => void,
): Promise<void> {
  let looked = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.byteLength; at += PIECE_BYTES) {
      options.signal?.throwIfAborted()
      take(Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(PIECE_BYTES, chunk.byteLength - at)))
    }
    options.onProgress?.(writer.written)
    if (writer.written - looked < ROOM_INTERVAL_BYTES) continue
    looked = writer.written
    await writer.refresh()
  }
}

const PIECE_BYTES = 64 * 1024
/** Bytes that tell every format apart. */
const START_BYTES = SNIFF_LENGTH

/** The same bytes, where the first chunk has enough of them to recognise the format. */
async function* withStart(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array(0)
  for await (const chunk of bytes) {
    if (start === undefined) {
      yield chunk
      continue
    }
    start = start.byteLength === 0 ? chunk : Buffer.concat([start, chunk])
    if (start.byteLength < START_BYTES) continue
    yield start
    start = undefined
  }
  if (start !== undefined && start.byteLength > 0) yield start
}

async function* resumed(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
