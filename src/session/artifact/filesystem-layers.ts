import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { openErofs } from '../../artifact/filesystem/erofs.ts'
import type { Filesystem } from '../../artifact/filesystem/filesystem.ts'
import { openSquashfs } from '../../artifact/filesystem/squashfs.ts'
import type { RangeReader } from '../../artifact/range-reader.ts'
import { createInflater, SNIFF_LENGTH, sniffCompression } from '../../blob/compression.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { type Digest, digestFrom } from '../../blob/digest.ts'
import { embeddedData, readBlob } from '../../blob/read.ts'
import type { BlobSource, Range } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { entryType, HASH_BYTES } from '../../layer/changeset.ts'
import type { LayerReading } from '../../layer/reading.ts'
import { removeTemporary, temporaryPath } from '../../transport/temporary.ts'
import { unpackXzBlock } from '../../transport/xz.ts'
import type { ListLayerOptions } from '../../worker/layer-listing.ts'
import type { ReadLayerOptions, ScannedLayer } from '../../worker/pool.ts'
import type { FileContent } from '../../worker/read-files.ts'

type OpenLayer = { readonly filesystem: Filesystem; readonly reading: LayerReading; readonly handle: FileHandle }

/**
 * Layers that are file system images instead of tars. Each is read whole and held against its digest once, into a temporary file
 * where it does not lie here as it is; then its directories are walked and its files hashed. Readings are not cached: the session's end
 * is theirs.
 */
export class FilesystemLayers {
  readonly #source: BlobSource
  readonly #open = new Map<Digest, Promise<OpenLayer>>()
  readonly #temporary: string[] = []

  constructor(source: BlobSource) {
    this.#source = source
  }

  /** @throws ImageError `FILESYSTEM_DAMAGED`, `FILESYSTEM_UNSUPPORTED`, `BLOB_DIGEST_MISMATCH`, those of the source */
  async read(blob: Descriptor, options: ReadLayerOptions = {}): Promise<LayerReading> {
    return (await this.#opened(blob, options)).reading
  }

  /** The same with what looking into its files found. @throws ImageError as `read` */
  async scan(blob: Descriptor, options: ReadLayerOptions = {}): Promise<ScannedLayer> {
    const { reading, filesystem } = await this.#opened(blob, options)
    // Loaded for a scan only: the rules for secrets are large.
    const { scanFiles } = await import('./scan-files.ts')
    return { reading, scan: await scanFiles(reading.changeset, entry => filesystem.content(entry), options.signal) }
  }

  /** As `scan` where what was found is asked for, else as `read`. @throws ImageError as `read` */
  async list(blob: Descriptor, { onScan, ...options }: ListLayerOptions = {}): Promise<LayerReading> {
    if (onScan === undefined) return this.read(blob, options)
    const { reading, scan } = await this.scan(blob, options)
    onScan(scan)
    return reading
  }

  /** @throws ImageError as `Filesystem.content` */
  async *content(
    blob: Descriptor,
    entry: number,
    { offset = 0, length = Number.MAX_SAFE_INTEGER }: Range = {},
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const { filesystem } = await this.#opened(blob, signal === undefined ? {} : { signal })
    let position = 0
    for await (const chunk of filesystem.content(entry)) {
      signal?.throwIfAborted()
      const piece = chunk.subarray(Math.max(0, offset - position), Math.max(0, offset + length - position))
      position += chunk.length
      if (piece.length > 0) yield piece
      if (position >= offset + length) return
    }
  }

  async *contents(blob: Descriptor, entries: readonly number[], signal?: AbortSignal): AsyncGenerator<FileContent> {
    for (const entry of entries) yield { entry, bytes: this.content(blob, entry, {}, signal) }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#open.values())
    for (const each of opened) if (each.status === 'fulfilled') await each.value.handle.close()
    for (const file of this.#temporary) await removeTemporary(file)
  }

  #opened(blob: Descriptor, options: ReadLayerOptions): Promise<OpenLayer> {
    const known = this.#open.get(blob.digest)
    if (known !== undefined) return known
    const opening = this.#openLayer(blob, options)
    this.#open.set(blob.digest, opening)
    // A layer that failed or was given up is tried anew when it is wanted again.
    opening.catch(() => this.#open.delete(blob.digest))
    return opening
  }

  async #openLayer(blob: Descriptor, options: ReadLayerOptions): Promise<OpenLayer> {
    const { file, offset, size, diffID, compression } = await this.#plain(blob, options)
    const handle = await open(file, 'r')
    try {
      const reader = handleReader(handle, offset, size)
      const magic = (await reader.read(0, 4)).toString('latin1')
      const filesystem = magic === 'hsqs' ? await openSquashfs(reader, unpackXzBlock) : await openErofs(reader)
      const said = await hashFiles(filesystem, size, options.signal)
      const { changeset } = filesystem
      const reading: LayerReading = {
        digest: blob.digest,
        size: blob.size,
        diffID,
        compression,
        tarSize: size,
        accessPoints: [],
        changeset: { ...changeset, diagnostics: [...said, ...changeset.diagnostics] },
      }
      return { filesystem, reading, handle }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** The image as a file, not compressed, and the digest of that; the blob is proven on the way. */
  async #plain(blob: Descriptor, { signal, onProgress }: ReadLayerOptions) {
    const local = embeddedData(blob) === undefined ? await this.#source.locate(blob) : undefined
    const hash = createHash('sha256')
    const compressed: Compressed = { compression: 'none' }
    const bytes = inflated(readBlob(this.#source, blob, signal), compressed, hash, onProgress)
    if (local !== undefined && (await startOf(local)) === 'none') {
      let size = 0
      for await (const chunk of bytes) size += chunk.byteLength
      return { file: local.file, offset: local.offset, size, diffID: digestFrom(hash), compression: compressed.compression }
    }
    const file = temporaryPath(tmpdir())
    this.#temporary.push(file)
    let size = 0
    const counted = async function* () {
      for await (const chunk of bytes) {
        size += chunk.byteLength
        yield chunk
      }
    }
    await pipeline(Readable.from(counted()), createWriteStream(file, { mode: 0o600 }))
    return { file, offset: 0, size, diffID: digestFrom(hash), compression: compressed.compression }
  }
}

type Compressed = { compression: LayerReading['compression'] }

async function startOf({ file, offset }: { readonly file: string; readonly offset: number }) {
  await using handle = await open(file, 'r')
  const { buffer } = await handle.read(Buffer.alloc(SNIFF_LENGTH), 0, SNIFF_LENGTH, offset)
  return sniffCompression(buffer)
}

const PIECE = 16 * 1024

/** The blob's bytes as they are, or inflated; hashed as they pass. */
async function* inflated(
  bytes: AsyncIterable<Uint8Array>,
  found: Compressed,
  hash: Hash,
  onProgress: ((done: number) => void) | undefined,
): AsyncGenerator<Buffer> {
  const out: Buffer[] = []
  let inflater: ReturnType<typeof createInflater> | undefined
  let done = 0
  const take = function* () {
    for (const chunk of out.splice(0)) {
      hash.update(chunk)
      yield chunk
    }
  }
  const output = (chunk: Buffer) => out.push(Buffer.from(chunk))
  try {
    for await (const { buffer, byteOffset, byteLength } of bytes) {
      const chunk = Buffer.from(buffer, byteOffset, byteLength)
      if (inflater === undefined) {
        found.compression = sniffCompression(chunk)
        inflater = createInflater(found.compression, { output, diagnostic: refuse })
      }
      for (let from = 0; from < chunk.length; from += PIECE) {
        inflater.push(chunk.subarray(from, from + PIECE))
        yield* take()
      }
      done += byteLength
      onProgress?.(done)
    }
    inflater?.finish()
    yield* take()
  } finally {
    inflater?.[Symbol.dispose]()
  }
}

function refuse({ severity, message }: Diagnostic): void {
  if (severity === 'error') throw new ImageError('LAYER_DAMAGED', `Cannot list the layer: ${message}`)
}

function handleReader(handle: FileHandle, base: number, size: number): RangeReader {
  return {
    size,
    proven: true,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset))
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, base + offset)
      return buffer.subarray(0, bytesRead)
    },
  }
}

/** Bytes hashed between two looks at keys and signals. */
const TURN = 16 * 1024 * 1024
/** Holes of this many bytes are hashed whatever the image's size; more would be work for nothing. */
const HOLES = 4 * 1024 ** 3

/** Puts the sha256 of every file into its column; a file that cannot be read has none, and says why once. */
async function hashFiles(
  { changeset, content }: Filesystem,
  imageSize: number,
  signal: AbortSignal | undefined,
): Promise<readonly Diagnostic[]> {
  const said = new Map<string, Diagnostic>()
  let [left, turn] = [imageSize * 8 + HOLES, TURN]
  for (let entry = 0; entry < changeset.length; entry++) {
    if (entryType(changeset, entry) !== 'file') continue
    try {
      const hash = createHash('sha256')
      for await (const chunk of content(entry)) {
        hash.update(chunk)
        left -= chunk.length
        turn -= chunk.length
        if (left < 0) throw new ImageError('SPARSE_FILE_HUGE', 'Cannot hash all files: their holes are too large')
        if (turn > 0) continue
        turn = TURN
        await setImmediate()
        signal?.throwIfAborted()
      }
      changeset.contentHashes.set(hash.digest(), entry * HASH_BYTES)
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      said.set(error.message, { code: error.code, severity: 'warning', message: `${error.message}; its files are listed` })
      if (error.code === 'SPARSE_FILE_HUGE') break
    }
  }
  return [...said.values()]
}
