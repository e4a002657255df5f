import { bufferReader, type RangeReader } from '../../artifact/range-reader.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { embeddedData, readDocument } from '../../blob/read.ts'
import type { BlobSource } from '../../blob/source.ts'
import { fetchPart } from '../../worker/fetch-part.ts'

/** Blobs up to this size are read whole, which proves them, bytes. */
export const READ_WHOLE = 128 * 1024

/**
 * Reads parts of a blob wherever it lies. A small one is read whole and held against its digest; a part of a large one cannot be
 * proven, so that what it says is only ever shown, as `proven: false`.
 * @throws ImageError those of the source, `RANGE_UNSUPPORTED` as the parts are read
 */
export async function blobReader(source: BlobSource, blob: Descriptor, signal?: AbortSignal): Promise<RangeReader> {
  if (embeddedData(blob) !== undefined || blob.size <= READ_WHOLE)
    return bufferReader(await readDocument(source, blob, signal, READ_WHOLE * 32))
  return {
    size: blob.size,
    proven: false,
    read: (offset, length) => fetchPart({ source, blob, signal }, offset, Math.min(blob.size, offset + length)),
  }
}
