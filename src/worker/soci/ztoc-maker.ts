import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { fitsZtoc, writeZtoc } from '../../artifact/soci/write-ztoc.ts'
import { createInflater, SNIFF_LENGTH, sniffCompression } from '../../blob/compression.ts'
import { gzipHeaderLength } from '../../blob/compression-gzip.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { digestFrom, hasherFor, splitDigest } from '../../blob/digest.ts'
import { alignmentOf, type Checkpoint, CheckpointRecorder, PROOF, WINDOW } from '../../blob/inflate-checkpoint.ts'
import type { AccessPoint } from '../../blob/inflater.ts'
import { digestMismatch, sizeMismatch } from '../../blob/read.ts'
import type { LocalBlob } from '../../blob/source.ts'
import type { TarEntry } from '../../blob/tar-member.ts'
import { TarReader } from '../../blob/tar-reader.ts'
import { type SpanTable, spanRange } from '../../layer/span-table.ts'

export type ZtocOrder = {
  readonly blob: Descriptor
  readonly local: LocalBlob
  /** Uncompressed bytes between two checkpoints, at least. */
  readonly spanSize: number
}

/** The zTOC of a layer, or why it can have none. */
export type MadeZtoc = { readonly ztoc: Uint8Array } | { readonly skipped: string }

const READ = 1024 * 1024

/**
 * Makes the zTOC of a layer that lies on this machine: one pass that proves the blob by its digest, inflates and lists it, then a
 * look at each checkpoint and a second, cheap reading for the digests of the spans.
 * @throws ImageError `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH`
 */
export function makeZtoc({ blob, local, spanSize }: ZtocOrder): MadeZtoc {
  const file = openSync(local.file, 'r')
  const read: ReadAt = (offset, length) => {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, local.size - offset)))
    const got = readSync(file, buffer, 0, buffer.length, local.offset + offset)
    return buffer.subarray(0, got)
  }
  try {
    const pass = inflatePass(blob, read, spanSize)
    if ('skipped' in pass) return pass
    const spans = pass.algorithm === 'none' ? plainSpans(blob.size, spanSize) : gzipSpans(pass, read, blob.size, spanSize)
    if (spans === undefined) return { skipped: 'its compression has no place to start again' }
    const sha256 = Array.from(spans.compressed, (_, span) => spanDigest(read, spanRange({ ...spans, sha256: [] }, span)))
    return { ztoc: writeZtoc({ spans: { ...spans, sha256 }, entries: pass.entries, spanSize }) }
  } finally {
    closeSync(file)
  }
}

type ReadAt = (offset: number, length: number) => Buffer

type Pass = {
  readonly algorithm: 'gzip' | 'none'
  readonly entries: readonly TarEntry[]
  readonly points: readonly Checkpoint[]
  /** Starts of gzip members, where nothing before is needed. */
  readonly members: readonly AccessPoint[]
  readonly tarSize: number
}

function inflatePass(blob: Descriptor, read: ReadAt, spanSize: number): Pass | { readonly skipped: string } {
  const compression = sniffCompression(read(0, SNIFF_LENGTH))
  if (compression === 'zstd' || compression === 'bzip2')
    return { skipped: `it is compressed with ${compression}, which SOCI does not know` }
  const entries: TarEntry[] = []
  let [tarSize, odd, damage] = [0, '', '']
  const report = ({ severity, message }: { severity: string; message: string }) => {
    if (severity === 'error') damage ||= message
  }
  const tar = new TarReader({
    entry: entry => {
      entries.push(entry)
      if (!fitsZtoc(entry)) odd ||= 'it has an entry that a zTOC cannot hold'
    },
    data: () => {},
    end: () => {},
    diagnostic: report,
  })
  const recorder = new CheckpointRecorder([], spanSize, Number.POSITIVE_INFINITY)
  const inflater = createInflater(compression, {
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
  try {
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
    return { algorithm: compression, entries, points: recorder.points, members: inflater.accessPoints, tarSize }
  } finally {
    inflater.close()
  }
}

function plainSpans(size: number, spanSize: number): Omit<SpanTable, 'sha256'> {
  const starts = Float64Array.from({ length: Math.max(1, Math.ceil(size / spanSize)) }, (_, span) => span * spanSize)
  const bits = new Uint8Array(starts.length)
  const windows = new Uint8Array(0)
  return {
    algorithm: 'none',
    compressed: starts,
    uncompressed: starts,
    bits,
    windows,
    compressedSize: size,
    uncompressedSize: size,
  }
}

type Start = { readonly compressed: number; readonly uncompressed: number; readonly bits: number; readonly window: Buffer }

/** Starts of the stream and of members, and the checkpoints whose bits can be told; one of them at most every `spanSize`. */
function gzipSpans(
  { points, members, tarSize }: Pass,
  read: ReadAt,
  size: number,
  spanSize: number,
): Omit<SpanTable, 'sha256'> | undefined {
  const none = Buffer.alloc(0)
  const starts: Start[] = []
  for (const { compressed, uncompressed } of [{ compressed: 0, uncompressed: 0 }, ...members]) {
    const header = gzipHeaderLength(read(compressed, HEADER))
    if (typeof header === 'number') starts.push({ compressed: compressed + header, uncompressed, bits: 0, window: none })
  }
  for (const point of points) {
    const start = startOf(point, read)
    if (start !== undefined) starts.push(start)
  }
  starts.sort((a, b) => a.uncompressed - b.uncompressed)
  const kept: Start[] = []
  for (const start of starts) {
    const last = kept.at(-1)
    if (last === undefined || (start.uncompressed - last.uncompressed >= spanSize && start.compressed > last.compressed))
      kept.push(start)
  }
  const [first] = kept
  if (first === undefined || first.uncompressed !== 0) return undefined
  const windows = new Uint8Array(kept.length * WINDOW)
  for (const [span, { window }] of kept.entries()) windows.set(window, (span + 1) * WINDOW - window.length)
  return {
    algorithm: 'gzip',
    compressed: Float64Array.from(kept, ({ compressed }) => compressed),
    uncompressed: Float64Array.from(kept, ({ uncompressed }) => uncompressed),
    bits: Uint8Array.from(kept, ({ bits }) => bits),
    windows,
    compressedSize: size,
    uncompressedSize: tarSize,
  }
}

/** Bytes that hold a gzip header of any tool. */
const HEADER = 64 * 1024

/** zlib would tell the bits, Node does not: the only alignment that inflates to the right bytes is them. */
function startOf(point: Checkpoint, read: ReadAt): Start | undefined {
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
