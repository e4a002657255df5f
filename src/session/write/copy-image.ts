import { type Descriptor, sizeOfBlobs } from '../../blob/descriptor.ts'
import { documentKind, isIndexOrManifest } from '../../blob/media-type.ts'
import { once } from '../../blob/pieces.ts'
import { bytesForSink, readDocument } from '../../blob/read.ts'
import { type Parcel, type SendProgress, sendBlobs } from '../../blob/send-blobs.ts'
import type { BlobSink, BlobSource } from '../../blob/source.ts'
import type { Diagnostic } from '../../error.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import { blobsOf, parseManifest } from '../../image/manifest.ts'

export type Copied = {
  readonly root: Descriptor
  /** Of the images, in order. */
  readonly layers: readonly Descriptor[]
  /** Of all blobs, those that were there already included. */
  readonly bytes: number
  /** The destination had this very image under its name before. */
  readonly alreadyThere: boolean
  readonly diagnostics: readonly Diagnostic[]
}

export type CopyOptions = {
  readonly onProgress?: (progress: SendProgress) => void
  readonly signal: AbortSignal
  /** Copy blobs under digests that cannot be computed here as well. */
  readonly allowUnverified?: boolean
  /** More roots, or more names of the same one. */
  readonly also?: readonly { readonly root: Descriptor; readonly names: readonly string[] }[]
}

/** Indexes inside each other. */
const DEPTH = 16

/**
 * Copies an image, or an index with all below it, byte for byte: blobs first and at once, then documents, children before
 * their index. Blobs that the destination has already are not read.
 * @throws ImageError those of the source and the sink
 */
export async function copyImage(
  source: BlobSource,
  root: Descriptor,
  sink: BlobSink,
  name: string | undefined,
  { onProgress, signal, allowUnverified, also = [] }: CopyOptions,
): Promise<Copied> {
  const each = await Promise.all([...new Set([root, ...also.map(more => more.root)])].map(one => parcelsOf(source, one, signal)))
  const parcels = [...new Map(each.flatMap(one => one.parcels).map(parcel => [parcel.blob.digest, parcel])).values()]
  const layers = each.flatMap(one => one.layers)
  const diagnostics = await sendBlobs(parcels, sink, { onProgress, signal, allowUnverified })
  for (const each of also) if (each.root !== root || each.names.length > 0) sink.alsoName?.(each.root, each.names)
  await sink.commit(root, name, signal)
  const bytes = sizeOfBlobs(parcels)
  return {
    root,
    layers,
    bytes,
    alreadyThere: sink.alreadyThere === true,
    diagnostics: [...diagnostics, ...(sink.diagnostics ?? [])],
  }
}

/**
 * All that an image, an artifact or an index is made of, ready to be sent: blobs first, then documents, children before their index.
 * @throws ImageError those of the source
 */
export async function parcelsOf(
  source: BlobSource,
  root: Descriptor,
  signal: AbortSignal,
): Promise<{ readonly parcels: readonly Parcel[]; readonly layers: readonly Descriptor[] }> {
  const family: Family = { parcels: new Map(), documents: new Map(), layers: [] }
  await collect(source, root, family, signal, 0)
  return { parcels: [...family.parcels.values(), ...family.documents.values()], layers: family.layers }
}

type Family = {
  readonly parcels: Map<string, Parcel>
  /** Children before their index. */
  readonly documents: Map<string, Parcel>
  readonly layers: Descriptor[]
}

async function collect(source: BlobSource, blob: Descriptor, family: Family, signal: AbortSignal, depth: number): Promise<void> {
  if (family.documents.has(blob.digest)) return
  const add = (each: Descriptor) =>
    family.parcels.set(each.digest, { blob: each, open: until => bytesForSink(source, each, until) })
  if (!isIndexOrManifest(blob.mediaType) || depth > DEPTH) {
    add(blob)
    return
  }
  const raw = await readDocument(source, blob, signal)
  if (documentKind(blob.mediaType) === 'index') {
    for (const child of parseImageIndex(raw, 'the index', blob.mediaType).value.manifests)
      await collect(source, child, family, signal, depth + 1)
  } else {
    const { value } = parseManifest(raw, 'the manifest', blob.mediaType)
    for (const each of blobsOf(value)) add(each)
    family.layers.push(...value.layers)
  }
  family.documents.set(blob.digest, { blob, open: () => once(raw) })
}
