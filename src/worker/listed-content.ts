import { createHash } from 'node:crypto'
import { createInflater } from '../blob/compression.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource, Range } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { at, entryHash, entryPath, entryType } from '../layer/changeset.ts'
import { type Chunk, chunksOf } from '../layer/chunk-table.ts'
import { displayPath } from '../layer/file-path.ts'
import type { LayerListing } from '../layer/reading.ts'
import { fetchPart } from './fetch-part.ts'
import { CHECKED_WHOLE, checkedContent, contentChanged, part } from './read-file.ts'
import { readBySpans } from './soci/span-content.ts'

/**
 * The content of a file, or a range of it, out of the chunks that a layer's table of contents names: they are fetched alone and
 * inflated by themselves. Nothing is handed on that was not checked: a whole file by its digest, a part by those of its chunks.
 * @throws ImageError `TOC_NO_CONTENT` where the table has not enough to check it by, `CONTENT_CHANGED`, `RANGE_UNSUPPORTED`, those of the source
 */
export async function* readListed(
  source: BlobSource,
  blob: Descriptor,
  listing: LayerListing,
  entry: number,
  { offset = 0, length }: Range = {},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { changeset } = listing
  const size = at(changeset.sizes, entry)
  const path = displayPath(entryPath(changeset, entry))
  if (entryType(changeset, entry) !== 'file') throw noContent(path, 'it is not a regular file')
  const end = Math.min(size, length === undefined ? size : offset + length)
  if (offset >= end) return
  if (listing.spans !== undefined) {
    const fetchOf = (place: Descriptor) => (start: number, stop: number) =>
      fetchPart({ source, blob: place, signal }, start, stop)
    const { windows } = listing.spans
    const parts = { blob: fetchOf(blob), ztoc: fetchOf('ztoc' in windows ? windows.ztoc : blob) }
    return yield* readBySpans(parts, changeset, listing.spans, entry, { offset, length: end - offset })
  }
  const chunks = chunksOf(listing.chunks, entry)
  if (chunks.length === 0) throw noContent(path, 'the table does not say where it lies')
  const sha256 = entryHash(changeset, entry)
  const wanted = chunks.filter(chunk => chunk.start < end && chunk.start + chunk.size > offset)
  const piecewise = wanted.every(chunk => chunk.sha256 !== undefined && chunk.size <= CHECKED_WHOLE)
  const reads = (those: readonly Chunk[]) => inflatedChunks({ source, blob, listing, path, signal }, those)
  if (piecewise && (wanted.length < chunks.length || sha256 === undefined)) {
    const from = wanted[0]?.start ?? 0
    yield* part(checkedChunks(reads(wanted), path), offset - from, end - from)
  } else if (sha256 !== undefined) yield* part(checkedContent(bytesOf(reads(chunks)), { path, size, sha256 }), offset, end)
  else throw noContent(path, 'the table has no digest of it')
}

type ListedFile = {
  readonly source: BlobSource
  readonly blob: Descriptor
  readonly listing: LayerListing
  readonly path: string
  readonly signal: AbortSignal | undefined
}

/** The inflated bytes of a chunk, in pieces. */
type Inflated = { readonly chunk: Chunk; readonly bytes: Buffer }

/** The chunks' bytes, in one request: they lie one behind the other. Those that share a start are inflated together. */
async function* inflatedChunks(file: ListedFile, chunks: readonly Chunk[]): AsyncGenerator<Inflated> {
  const [first, last] = [chunks[0], chunks.at(-1)]
  if (first === undefined || last === undefined) return
  const range = { offset: first.offset, length: last.end - first.offset, strict: true }
  const left = [...chunks]
  let position = first.offset
  let run = nextRun(file, left)
  try {
    for await (const { buffer, byteOffset, byteLength } of file.source.fetchUnverified(file.blob, range, file.signal)) {
      const input = Buffer.from(buffer, byteOffset, byteLength)
      for (let from = 0; from < input.length && run !== undefined; ) {
        const skipped = Math.min(input.length - from, Math.max(0, run.start - position))
        const length = Math.min(input.length - from - skipped, PIECE, run.end - position - skipped)
        yield* run.push(input.subarray(from + skipped, from + skipped + length))
        position += skipped + length
        from += skipped + length
        if (run.done && left.length === 0) return
        if (position < run.end) continue
        yield* run.finish()
        run = nextRun(file, left)
      }
    }
    if (run !== undefined) yield* run.finish()
    if (left.length > 0) throw contentChanged(file.path)
  } finally {
    run?.close()
  }
}

const PIECE = 16 * 1024

function nextRun(file: ListedFile, left: Chunk[]): ChunkRun | undefined {
  const [first] = left
  if (first === undefined) return undefined
  const other = left.findIndex(({ offset }) => offset !== first.offset)
  return new ChunkRun(file, left.splice(0, other === -1 ? left.length : other))
}

/** Chunks that inflate from one place. */
class ChunkRun {
  /** Offsets in the blob: where inflating starts, and before which all of them end. */
  readonly start: number
  readonly end: number
  readonly #file: ListedFile
  readonly #chunks: readonly Chunk[]
  readonly #inflater
  readonly #out: Inflated[] = []
  readonly #total: number
  #at = 0
  #taken = 0
  #damaged = false

  constructor(file: ListedFile, chunks: readonly Chunk[]) {
    this.#file = file
    this.#chunks = chunks
    this.start = chunks[0]?.offset ?? 0
    this.end = chunks[0]?.end ?? 0
    this.#total = chunks.reduce((sum, { size }) => sum + size, 0)
    this.#inflater = createInflater(file.listing.compression, {
      output: bytes => this.#take(bytes),
      diagnostic: ({ severity }) => {
        this.#damaged ||= severity === 'error'
      },
    })
  }

  get done(): boolean {
    return this.#taken === this.#total
  }

  *push(input: Buffer): Generator<Inflated> {
    if (!this.done) this.#inflater.push(input)
    yield* this.#out.splice(0)
  }

  /** @throws ImageError `CONTENT_CHANGED` */
  *finish(): Generator<Inflated> {
    // The stretch may end inside what follows the chunks: that alone is not damage.
    if (!this.done) this.#inflater.finish()
    yield* this.#out.splice(0)
    this.close()
    if (!this.done) throw contentChanged(this.#file.path)
  }

  close(): void {
    this.#inflater[Symbol.dispose]()
  }

  #take(bytes: Buffer): void {
    for (const chunk of this.#chunks) {
      const wanted = bytes.subarray(Math.max(0, chunk.inner - this.#at), Math.max(0, chunk.inner + chunk.size - this.#at))
      if (wanted.length === 0) continue
      this.#out.push({ chunk, bytes: Buffer.from(wanted) })
      this.#taken += wanted.length
    }
    this.#at += bytes.length
  }
}

async function* bytesOf(inflated: AsyncIterable<Inflated>): AsyncGenerator<Buffer> {
  for await (const { bytes } of inflated) yield bytes
}

/** Each chunk is held until it has its digest. */
async function* checkedChunks(inflated: AsyncIterable<Inflated>, path: string): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const { chunk, bytes } of inflated) {
    held.push(bytes)
    size += bytes.length
    if (size < chunk.size) continue
    const hash = createHash('sha256')
    for (const each of held) hash.update(each)
    if (hash.digest('hex') !== chunk.sha256) throw contentChanged(path)
    yield* held
    held = []
    size = 0
  }
}

function noContent(path: string, why: string): ImageError {
  return new ImageError('TOC_NO_CONTENT', `Cannot read "${path}" by the table of contents: ${why}`)
}
