import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import { isIndexOrManifest, layerType } from '../blob/media-type.ts'
import { embeddedData } from '../blob/read.ts'
import type { GraphDocument } from '../session/blob-graph.ts'
import type { HeldDocuments } from './index-entries.ts'
import { RegistryError } from './registry-error.ts'

/** Blobs that lie in the document itself and nowhere else. */
export type EmbeddedBlobs = { readonly embedded: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[] }

/**
 * Whether a repository has all that a document names, in the size that it names: manifests among its documents, blobs by `blobSize`.
 * Layers that are not to be distributed, and those with addresses of their own, may be elsewhere; so may the subject.
 * @throws RegistryError `MANIFEST_BLOB_UNKNOWN`, `SIZE_INVALID`
 */
export async function checkComplete(
  { children }: GraphDocument,
  documents: HeldDocuments,
  blobSize: (digest: Digest) => Promise<number | undefined>,
): Promise<EmbeddedBlobs> {
  const embedded: { digest: Digest; bytes: Uint8Array }[] = []
  for (const child of children) {
    const isDocument = isIndexOrManifest(child.mediaType)
    const size = isDocument ? documents.get(child.digest)?.descriptor.size : await blobSize(child.digest)
    if (size === child.size) continue
    if (size !== undefined) throw new RegistryError(400, 'SIZE_INVALID', `${child.digest} has ${size} bytes, not ${child.size}`)
    const bytes = isDocument ? undefined : embeddedData(child)
    if (bytes !== undefined) embedded.push({ digest: child.digest, bytes })
    else if (!mayBeElsewhere(child)) throw new RegistryError(404, 'MANIFEST_BLOB_UNKNOWN', `${child.digest} is not here`)
  }
  return { embedded }
}

function mayBeElsewhere({ mediaType, urls = [] }: Descriptor): boolean {
  return layerType(mediaType)?.foreign === true || urls.length > 0
}
