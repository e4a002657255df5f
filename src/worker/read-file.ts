import { createHash } from 'node:crypto'
import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource, Range } from '../blob/source.ts'
import type { SparseRun } from '../blob/tar-member.ts'
import { ImageError } from '../error.ts'
import { at as columnAt, entryHash, entryPath, entryType } from '../layer/changeset.ts'
import { displayPath } from '../layer/file-path.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { ChangesetCache } from './changeset-cache.ts'
import { provenPart } from './content-pieces.ts'
import { inflatedRange } from './inflated-range.ts'
import { dropSpools } from './spool/cache-block.ts'

export type ContentOptions = Range & {
  /** Where access points of earlier passes are kept and new ones go; without it every read starts at a member's start. */
  readonly cache?: ChangesetCache | undefined
}

/**
 * The content of the regular file that entry `entry` of a layer carries, or a range of it; holes of sparse files as zeros.
 * Nothing before the file's place is inflated but what lies between it and the nearest access point.
 *
 * The content is held against the sha256 that the reading has: a whole file's last chunk, and any part of a file up to
 * `CHECKED_WHOLE`, is handed on only when it is right. The first part of a larger file that is wanted costs a pass over all of it.
 * @throws ImageError `CONTENT_NOT_A_FILE`, `CONTENT_CHANGED`, those of the source
 */
export async function* readContent(
  source: BlobSource,
  blob: Descriptor,
  reading: LayerReading,
  entry: number,
  options: ContentOptions = {},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* checkedRange(source, blob, reading, entry, options, signal)
  } catch (error) {
    // A wrong block would be found again and again.
    const place = error instanceof ImageError && error.code === 'CONTENT_CHANGED' ? options.cache?.place(blob.digest) : undefined
    if (place !== undefined) await dropSpools(place)
    throw error
  }
}

async function* checkedRange(
  source: BlobSource,
  blob: Descriptor,
  reading: LayerReading,
  entry: number,
  { offset = 0, length, cache }: ContentOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const file = fileOf(reading, entry)
  const end = Math.min(file.size, length === undefined ? file.size : offset + length)
  const stored = (from: number, to: number) =>
    inflatedRange({ source, blob, reading, cache }, file.dataOffset + from, file.dataOffset + to, signal)
  const whole = () => asItReads(stored(0, file.storedSize), file)
  const { sha256, size, path, runs } = file
  if (size <= CHECKED_WHOLE || (offset === 0 && end === size) || sha256 === undefined || offset >= end) {
    yield* part(checkedContent(whole(), file), offset, end)
    return
  }
  const read = (from: number, to: number) => (runs === undefined ? stored(from, to) : part(whole(), from, to))
  yield* provenPart({ reading, entry, size, sha256, read, changed: () => contentChanged(path) }, offset, end)
}

/** A whole file from the bytes that the tar stores for it, checked as `readContent` does. */
export function wholeFile(stored: AsyncIterable<Buffer>, file: ContentFile): AsyncIterable<Uint8Array> {
  return checkedContent(asItReads(stored, file), file)
}

/** Files up to this size are read and checked whole, whatever part of them is asked for, bytes. */
export const CHECKED_WHOLE = 32 * 1024 * 1024

/** Where a layer's tar has a regular file. */
export type ContentFile = {
  readonly path: string
  readonly size: number
  readonly sha256: string | undefined
  readonly dataOffset: number
  readonly storedSize: number
  readonly runs: readonly SparseRun[] | undefined
}

/** @throws ImageError `CONTENT_NOT_A_FILE` */
export function fileOf({ changeset }: LayerReading, entry: number): ContentFile {
  const path = displayPath(entryPath(changeset, entry))
  const type = entryType(changeset, entry)
  if (type !== 'file') throw new ImageError('CONTENT_NOT_A_FILE', `Cannot read "${path}": it is not a regular file but a ${type}`)
  return {
    path,
    size: columnAt(changeset.sizes, entry),
    sha256: entryHash(changeset, entry),
    dataOffset: columnAt(changeset.dataOffsets, entry),
    storedSize: columnAt(changeset.storedSizes, entry),
    runs: changeset.sparse.get(entry),
  }
}

function asItReads(stored: AsyncIterable<Buffer>, { runs, size }: ContentFile): AsyncIterable<Buffer> {
  return runs === undefined ? stored : expanded(stored, runs, size)
}

/** Hands the file on while hashing it; holds the last chunk back until the hash is right. */
export async function* checkedContent(
  bytes: AsyncIterable<Buffer>,
  file: Pick<ContentFile, 'path' | 'size' | 'sha256'>,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let held: Buffer | undefined
  // Small files are held whole, so that nothing of a wrong one is handed on.
  const small: Buffer[] | undefined = file.size <= CHECKED_WHOLE ? [] : undefined
  for await (const chunk of bytes) {
    hash.update(chunk)
    small?.push(Buffer.from(chunk))
    if (small === undefined && held !== undefined) yield held
    held = Buffer.from(chunk)
  }
  // A sparse file with holes too large to hash has none: its blob was verified when it was read.
  if (file.sha256 !== undefined && hash.digest('hex') !== file.sha256) throw contentChanged(file.path)
  if (small !== undefined) yield* small
  else if (held !== undefined) yield held
}

/** The bytes from `start` to `end` of all that passes. */
export async function* part(bytes: AsyncIterable<Buffer>, start: number, end: number): AsyncGenerator<Buffer> {
  let at = 0
  for await (const chunk of bytes) {
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
    at += chunk.length
    if (piece.length > 0) yield piece
    if (at >= end) return
  }
}

/** A sparse file as it reads: its runs where they belong, zeros between. */
async function* expanded(stored: AsyncIterable<Buffer>, runs: readonly SparseRun[], size: number): AsyncGenerator<Buffer> {
  let [at, run, inRun] = [0, 0, 0]
  for await (const chunk of stored) {
    for (let from = 0; from < chunk.length; ) {
      const [offset, length] = runs[run] ?? [size, 0]
      if (run >= runs.length) break
      yield* zeros(offset + inRun - at)
      const piece = chunk.subarray(from, from + length - inRun)
      if (piece.length > 0) yield piece
      from += piece.length
      inRun += piece.length
      at = offset + inRun
      if (inRun === length) [run, inRun] = [run + 1, 0]
    }
  }
  yield* zeros(size - at)
}

function* zeros(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= ZEROS.length) yield left >= ZEROS.length ? ZEROS : ZEROS.subarray(0, left)
}

const ZEROS = Buffer.alloc(256 * 1024)

export function contentChanged(path: string): ImageError {
  return new ImageError('CONTENT_CHANGED', `Cannot read "${path}": its bytes are not those that were read before`, {
    hint: 'The image was changed or damaged since; read it again with --no-cache.',
  })
}
