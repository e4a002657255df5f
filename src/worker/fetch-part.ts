import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'

export type PartPlace = { readonly source: BlobSource; readonly blob: Descriptor; readonly signal?: AbortSignal | undefined }

/**
 * Bytes `start` to `end` of a blob, asked for alone: the caller verifies them.
 * @throws ImageError `RANGE_UNSUPPORTED`, `BLOB_SIZE_MISMATCH`, those of the source
 */
export async function fetchPart({ source, blob, signal }: PartPlace, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of source.fetchUnverified(blob, { offset: start, length: end - start, strict: true }, signal)) {
    chunks.push(chunk)
    size += chunk.byteLength
  }
  if (size === end - start) return Buffer.concat(chunks)
  throw new ImageError(
    'BLOB_SIZE_MISMATCH',
    `Cannot read ${blob.digest}: it ends before the byte ${end} that its descriptor promises`,
  )
}
