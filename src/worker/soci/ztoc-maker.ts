import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import type { SpanStart } from '../../artifact/soci/checkpoints.ts'
import { spanListText } from '../../artifact/soci/span-list.ts'
import { fitsZtoc, type WrittenSpans, ZtocWriter } from '../../artifact/soci/write-ztoc.ts'
import { createInflater, SNIFF_LENGTH, sniffCompression } from '../../blob/compression.ts'
import { gzipHeaderLength } from '../../blob/compression-gzip.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { digestFrom, hasherFor, splitDigest } from '../../blob/digest.ts'
import { alignmentOf, type Checkpoint, CheckpointRecorder, PROOF } from '../../blob/inflate-checkpoint.ts'
import type { AccessPoint } from '../../blob/inflater.ts'
import { digestMismatch, sizeMismatch } from '../../blob/read.ts'
import type { LocalBlob } from '../../blob/source.ts'
import { TarReader } from '../../blob/tar-reader.ts'
import { spanRange } from '../../layer/span-table.ts'

export type ZtocOrder = {
  readonly blob: Descriptor
  readonly local: LocalBlob
  /** Uncompressed bytes between two checkpoints, at least. */
  readonly spanSize: number
}

/** The zTOC of a layer with the list of its spans (`SPAN_LIST`), or why it can have none. */
export type MadeZtoc =
  | { readonly ztoc: Uint8Array<ArrayBuffer>; readonly list: string | undefined }
  | { readonly skipped: string }

const READ = 1024 * 1024

/**
 * Makes the zTOC of a layer that lies on this machine: one pass that proves the blob by its digest, inflates and lists it, then a
 * look at each checkpoint and a second, cheap reading for the digests of the spans.
 * @throws ImageError `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH`
 */
export function makeZtoc({ blob, local, spanSize }: ZtocOrder): MadeZtoc {
  const file = openSync(local.file, 'r')
  const buffer = Buffer.allocUnsafe(READ)
  const read: ReadAt = (offset, length) => {
    const wanted = Math.max(0, Math.min(length, READ, local.size - offset))
    return buffer.subarray(0, wanted === 0 ? 0 : readSync(file, buffer, 0, wanted, local.offset + offset))
  }
  try {
    const writer = new ZtocWriter()
    const pass = inflatePass(blob, read, spanSize, writer)
    if ('skipped' in pass) return pass
    const starts = pass.algorithm === 'none' ? plainStarts(blob.size, spanSize) : gzipStarts(pass, read, spanSize)
    if (starts === undefined) return { skipped: 'its compression has no place to start again' }
    const { bytes, headSize } = writer.finish(spansOf(pass, starts, read, { size: blob.size, spanSize }))
    const list = pass.algorithm === 'gzip' ? spanListText(bytes, headSize, starts) : undefined
    return { ztoc: bytes, list }
  } finally {
    closeSync(file)
  }
}

/** At most `READ` bytes of the blob, valid until the next call. */
type ReadAt = (offset: number, length: number) => Buffer

type Pass = {
  readonly algorithm: 'gzip' | 'none'
  readonly points: readonly Checkpoint[]
  /** Starts of gzip members, where nothing before is needed. */
  readonly members: readonly AccessPoint[]
  readonly tarSize: number
}

function inflatePass(blob: Descriptor, read: ReadAt, spanSize: number, writer: ZtocWriter): Pass | { readonly skipped: string } {
  const compression = sniffCompression(read(0, SNIFF_LENGTH))
  if (compression === 'zstd' || compression === 'bzip2')
    return { skipped: `it is compressed with ${compression}, which SOCI does not know` }
  let [tarSize, odd, damage] = [0, '', '']
  const report = ({ severity, message }: { severity: string; message: string }) => {
    if (severity === 'error') damage ||= message
  }
  const tar = new TarReader({
    entry: entry => {
      if (fitsZtoc(entry)) writer.add(entry)
      else odd ||= 'it has an entry that a zTOC cannot hold'
    },
    data: () => {},
    end: () => {},
    diagnostic: report,
  })
  const recorder = new CheckpointRecorder([], spanSize, Number.POSITIVE_INFINITY)
  using inflater = createInflater(compression, {
    output: bytes => {
      tarSize += bytes.length
      tar.push(bytes)
    },
    diagnostic: report,
    recorder,
    proven: true,
  })
  // Borders of blocks are looked for once a piece: pieces are well below the distance that is wanted.
  const step = Math.min(READ, Math.max(1024, spanSize >> 5))
  const hash = hasherFor(blob.digest)
  let size = 0
  for (let bytes = read(0, READ); bytes.length > 0; bytes = read(size, READ)) {
    hash.update(bytes)
    size += bytes.length
    for (let at = 0; at < bytes.length; at += step) inflater.push(bytes.subarray(at, at + step))
  }
  if (size !== blob.size) throw sizeMismatch(blob, String(size))
  const actual = digestFrom(hash, splitDigest(blob.digest)[0])
  if (actual !== blob.digest) throw digestMismatch(blob, actual)
  inflater.finish()
  tar.finish()
  if (damage !== '' || odd !== '') return { skipped: damage || odd }
  return { algorithm: compression, points: recorder.points, members: inflater.accessPoints, tarSize }
}

function plainStarts(size: number, spanSize: number): readonly SpanStart[] {
  return Array.from({ length: Math.max(1, Math.ceil(size / spanSize)) }, (_, span) => {
    const start = span * spanSize
    return { compressed: start, uncompressed: start, bits: 0, window: NOTHING }
  })
}

const NOTHING = Buffer.alloc(0)

/** The spans between the starts, each with the digest of its bytes. */
function spansOf(
  { algorithm, tarSize }: Pass,
  starts: readonly SpanStart[],
  read: ReadAt,
  { size, spanSize }: { readonly size: number; readonly spanSize: number },
): WrittenSpans {
  const table = {
    compressed: Float64Array.from(starts, ({ compressed }) => compressed),
    bits: Uint8Array.from(starts, ({ bits }) => bits),
    compressedSize: size,
  }
  const sha256 = starts.map((_, span) => spanDigest(read, spanRange(table, span)))
  return { algorithm, starts, sha256, compressedSize: size, uncompressedSize: tarSize, spanSize }
}

/** Starts of the stream and of members, and the checkpoints whose bits can be told; one of them at most every `spanSize`. */
function gzipStarts({ points, members }: Pass, read: ReadAt, spanSize: number): readonly SpanStart[] | undefined {
  const starts: SpanStart[] = []
  for (const { compressed, uncompressed } of [{ compressed: 0, uncompressed: 0 }, ...members]) {
    const header = gzipHeaderLength(read(compressed, HEADER))
    if (typeof header === 'number') starts.push({ compressed: compressed + header, uncompressed, bits: 0, window: NOTHING })
  }
  for (const point of points) {
    const start = startOf(point, read)
    if (start !== undefined) starts.push(start)
  }
  starts.sort((a, b) => a.uncompressed - b.uncompressed)
  const kept: SpanStart[] = []
  for (const start of starts) {
    const last = kept.at(-1)
    if (last === undefined || (start.uncompressed - last.uncompressed >= spanSize && start.compressed > last.compressed))
      kept.push(start)
  }
  return kept[0]?.uncompressed === 0 ? kept : undefined
}

/** Bytes that hold a gzip header of any tool. */
const HEADER = 64 * 1024

/** zlib would tell the bits, Node does not: the only alignment that inflates to the right bytes is them. */
function startOf(point: Checkpoint, read: ReadAt): SpanStart | undefined {
  const proof = read(point.compressed - 1, PROOF + 1)
  const bits = alignmentOf(point, proof[0] ?? 0, proof.subarray(1))
  return bits === undefined
    ? undefined
    : { compressed: point.compressed, uncompressed: point.uncompressed, bits, window: point.window }
}

function spanDigest(read: ReadAt, { start, end }: { start: number; end: number }): string {
  const hash = createHash('sha256')
  for (let at = start; at < end; at += READ) hash.update(read(at, Math.min(READ, end - at)))
  return hash.digest('hex')
}
