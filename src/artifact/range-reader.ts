import { ImageError } from '../error.ts'

/** Reads parts of one blob: the port through which summaries look at blobs that are too large to fetch. */
export interface RangeReader {
  /** Bytes of the blob. */
  readonly size: number
  /** Whether the whole blob was held against its digest; a part of a large one cannot be. */
  readonly proven: boolean
  /** Bytes `offset` to `offset + length`, fewer where the blob ends before. @throws ImageError those of the source */
  read(offset: number, length: number): Promise<Buffer>
}

/** Bytes that a summary of one blob may cost: less than 2 MB of a model of any size. */
export const SUMMARY_BUDGET = 1_800_000

/** Bytes asked for at once at first, and at most: parts that follow each other become fewer, larger requests. */
const [FIRST_WINDOW, LARGEST_WINDOW] = [32 * 1024, 512 * 1024]

/** Bytes that may still be read; blobs of one artifact share it. */
export type Budget = { left: number }

/**
 * The same blob with a budget: parts are fetched in windows that grow while they follow each other, the last window is kept, and
 * a read that would cost more than `budget` has left is refused.
 */
export function budgeted(reader: RangeReader, budget: Budget = { left: SUMMARY_BUDGET }): RangeReader {
  let window = { offset: 0, bytes: Buffer.alloc(0) }
  let next = FIRST_WINDOW
  const fetch = async (offset: number, length: number) => {
    if (length > budget.left)
      throw new ImageError('SUMMARY_TOO_LARGE', `Cannot read on: it would take more than ${SUMMARY_BUDGET} bytes`)
    const bytes = await reader.read(offset, length)
    budget.left -= length
    return bytes
  }
  return {
    size: reader.size,
    proven: reader.proven,
    async read(offset, wanted) {
      const end = Math.min(reader.size, offset + wanted)
      if (end <= offset) return Buffer.alloc(0)
      const windowEnd = window.offset + window.bytes.length
      if (offset >= window.offset && end <= windowEnd) return window.bytes.subarray(offset - window.offset, end - window.offset)
      const follows = offset >= window.offset && offset <= windowEnd
      next = follows ? Math.min(LARGEST_WINDOW, next * 2) : FIRST_WINDOW
      // Bytes that the window has already are not fetched again.
      const kept = follows ? window.bytes.subarray(offset - window.offset) : Buffer.alloc(0)
      const from = offset + kept.length
      const until = Math.min(reader.size, from + budget.left, Math.max(end, from + next))
      const bytes = Buffer.concat([kept, await fetch(from, Math.max(end, until) - from)])
      window = { offset, bytes }
      return bytes.subarray(0, end - offset)
    },
  }
}

/** A blob that is in memory, held against its digest. */
export function bufferReader(bytes: Buffer): RangeReader {
  return { size: bytes.length, proven: true, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

/** A header that ends too early, or says something that cannot be. @throws nothing itself */
export function malformed(what: string, why: string): ImageError {
  return new ImageError('SUMMARY_INVALID', `Cannot read the ${what} header: ${why}`)
}
