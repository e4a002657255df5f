import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, parseDigest } from '../blob/digest.ts'
import { embeddedData, sizeMismatch } from '../blob/read.ts'
import type { BlobSource, LocalBlob, PlaceDocument, Range, Root } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { readRange } from './local-file.ts'

/** The knowledge of a place on disk: everything a source needs but the reading itself. */
export type LocalPlace = {
  readonly name: string
  readonly roots: readonly Root[]
  readonly diagnostics: readonly Diagnostic[]
  readonly documents: readonly PlaceDocument[]
  /**
   * Where the blob lies; undefined when it does not.
   * @throws ImageError when something lies there that is no file
   */
  find(digest: Digest): Promise<LocalBlob | undefined>
  /** Blobs that exist in memory only: manifests made for a docker-archive. */
  readonly made?: ReadonlyMap<string, Uint8Array>
  close?(): Promise<void>
}

/** A source over files of this machine: layouts and archives. */
export function localSource(place: LocalPlace): BlobSource {
  return {
    name: place.name,
    diagnostics: place.diagnostics,
    documents: place.documents,
    local: true,
    roots: async () => place.roots,
    fetchUnverified: (blob, range, signal) => fetchLocal(place, blob, range, signal),
    locate: async blob => {
      try {
        const found = place.made?.has(blob.digest) ? undefined : await place.find(parseDigest(blob.digest))
        return found?.size === blob.size ? found : undefined
      } catch {
        // fetchUnverified says what is wrong with it.
        return undefined
      }
    },
    close: async () => place.close?.(),
  }
}

async function* fetchLocal(
  place: LocalPlace,
  blob: Descriptor,
  range: Range = {},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const offset = range.offset ?? 0
  const length = Math.max(0, Math.min(range.length ?? Number.MAX_SAFE_INTEGER, blob.size - offset))
  // Nothing reaches the file system that was not checked to be a digest.
  const digest = parseDigest(blob.digest)
  const inMemory = place.made?.get(digest)
  const found = inMemory === undefined ? await place.find(digest) : undefined
  signal?.throwIfAborted()
  if (found !== undefined) {
    if (found.size !== blob.size) throw sizeMismatch(blob, String(found.size))
    yield* readRange(found.file, found.offset + offset, length, signal)
    return
  }
  const bytes = inMemory ?? embeddedData(blob)
  if (bytes === undefined) throw missing(place, blob)
  if (bytes.byteLength !== blob.size) throw sizeMismatch(blob, String(bytes.byteLength))
  yield bytes.subarray(offset, offset + length)
}

function missing(place: LocalPlace, blob: Descriptor): ImageError {
  const hint =
    blob.urls === undefined
      ? 'The image was saved without it; save or copy it again with all platforms.'
      : 'Its descriptor names other places that may have it; peel does not contact them.'
  return new ImageError('BLOB_MISSING', `Cannot read ${blob.digest}: ${place.name} does not have it`, { hint })
}
