import { type BlobKind, blobKind, KIND_LENGTH } from '../../artifact/blob-kind.ts'
import type { RangeReader } from '../../artifact/range-reader.ts'
import { createInflater, sniffCompression } from '../../blob/compression.ts'
import { isZeroBlock, parseHeader } from '../../blob/tar-header.ts'
import { BLOCK } from '../../blob/tar-member.ts'

/** The kind of a blob by its beginning. */
export type PartKind = {
  readonly kind: BlobKind | undefined
  /** Whether it is a tar, compressed or not, by its first header. */
  readonly tar: boolean
}

/** Compressed bytes that hold the first tar header, unless the stream was crafted to be longer. */
const COMPRESSED_START = 16 * 1024

/** Looks at the beginning of a blob. @throws ImageError those of the reader */
export async function partKind(reader: RangeReader): Promise<PartKind> {
  const start = await reader.read(0, Math.min(KIND_LENGTH, reader.size))
  const compression = sniffCompression(start)
  if (compression === 'none') return { kind: blobKind(start, reader.size), tar: isTarStart(start) }
  const inflated = inflatedStart(await reader.read(0, Math.min(COMPRESSED_START, reader.size)))
  return { kind: blobKind(start, reader.size, inflated), tar: isTarStart(inflated) }
}

/** The first bytes of what a compressed stream holds; nothing where it is damaged. */
function inflatedStart(compressed: Buffer): Buffer {
  const chunks: Buffer[] = []
  let size = 0
  using inflater = createInflater(sniffCompression(compressed), {
    output: bytes => {
      size += bytes.length
      if (chunks.length < 4) chunks.push(Buffer.from(bytes.subarray(0, KIND_LENGTH)))
    },
    diagnostic: () => {},
  })
  for (let at = 0; at < compressed.length && size < KIND_LENGTH; at += STEP) inflater.push(compressed.subarray(at, at + STEP))
  // The stream goes on behind these bytes: the last output is flushed.
  if (size < KIND_LENGTH) inflater.finish()
  return Buffer.concat(chunks)
}

const STEP = 1024

/** A tar of nothing is zeros. */
function isTarStart(start: Buffer): boolean {
  if (start.length < BLOCK) return false
  if (isZeroBlock(start, 0)) return true
  try {
    parseHeader(start.subarray(0, BLOCK), 0)
    return true
  } catch {
    return false
  }
}
