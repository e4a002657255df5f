import { once } from '../blob/pieces.ts'
import { bytesForSink } from '../blob/read.ts'
import { type Parcel, type SendProgress, sendBlobs } from '../blob/send-blobs.ts'
import type { BlobSink, BlobSource } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'
import type { Rebuilt } from './rebuild-alone.ts'
import type { ResultBlob } from './rebuilt-image.ts'
import type { RebuildProgress } from './workshop.ts'

export type PublishOptions = {
  readonly onProgress?: (progress: RebuildProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Sends a rebuilt image to a place: blobs it lacks, the root last, then makes it visible. When anything fails, the place
 * is as it was.
 * @throws ImageError those of the source and the sink
 */
export async function publish(
  { outputs, root }: Pick<Rebuilt, 'outputs' | 'root'>,
  source: BlobSource,
  sink: BlobSink,
  name: string | undefined,
  { onProgress, signal }: PublishOptions = {},
): Promise<readonly Diagnostic[]> {
  const tell = ({ done, total, arrived, blobs }: SendProgress) =>
    onProgress?.({ phase: 'copying', done, total, blobs: { arrived, of: blobs } })
  try {
    // A file that was linked and let go of again is no more what its stamp says: a name that is refused costs no new making.
    await sink.checkName?.(root, name)
    const parcels = outputs.map(output => parcelOf(output, source))
    const diagnostics = await sendBlobs(parcels, sink, { onProgress: tell, signal })
    await sink.commit(root, name, signal)
    return [...diagnostics, ...(sink.diagnostics ?? [])]
  } finally {
    await sink.abort()
  }
}

function parcelOf({ blob, from }: ResultBlob, source: BlobSource): Parcel {
  if (from === 'source') return { blob, open: signal => bytesForSink(source, blob, signal) }
  if (from instanceof Uint8Array) return { blob, open: () => once(from) }
  return { blob, open: signal => from.bytes(signal), file: from.file }
}
