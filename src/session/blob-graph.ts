import type { Descriptor } from '../blob/descriptor.ts'
import { documentKind, isManifestType } from '../blob/media-type.ts'
import { readDocument } from '../blob/read.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import type { Understood } from '../image/document.ts'
import { parseImageIndex } from '../image/image-index.ts'
import { asImageError } from '../image/load.ts'
import { blobsOf, parseManifest } from '../image/manifest.ts'
import type { BlobLinks } from '../space/blob-reach.ts'

/** A manifest or an index, and what it names. */
export type GraphDocument = {
  readonly descriptor: Descriptor
  /** Indexes and manifests of an index; config and layers of a manifest. */
  readonly children: readonly Descriptor[]
  readonly subject: Descriptor | undefined
  /** The document's own, or its config's media type: the type by which referrers are listed. */
  readonly artifactType: string | undefined
  readonly annotations: Readonly<Record<string, string>>
}

/** All documents that roots reach, by digest, and the ones that could not be read. Layers are named, never read. */
export type BlobGraph = {
  readonly documents: ReadonlyMap<string, GraphDocument>
  readonly unreadable: ReadonlyMap<string, ImageError>
}

/** Documents of one graph: a layout with more is damaged or made to harm. */
const DOCUMENTS_LIMIT = 200_000

/**
 * Reads every manifest and index that `roots` reach, each once. A document that is missing or damaged is told in the graph.
 * @throws ImageError `LISTING_CUT` when there are more documents than any real place has
 */
export async function readBlobGraph(source: BlobSource, roots: readonly Descriptor[], signal?: AbortSignal): Promise<BlobGraph> {
  const documents = new Map<string, GraphDocument>()
  const unreadable = new Map<string, ImageError>()
  const waiting = [...roots].reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal?.throwIfAborted()
    if (!isDocument(next) || documents.has(next.digest) || unreadable.has(next.digest)) continue
    if (documents.size + unreadable.size >= DOCUMENTS_LIMIT) {
      throw new ImageError('LISTING_CUT', `Cannot follow ${source.name}: it has more than ${DOCUMENTS_LIMIT} documents`)
    }
    try {
      const document = parseGraphDocument(next, await readDocument(source, next, signal)).value
      documents.set(next.digest, document)
      for (const child of document.children) if (isDocument(child)) waiting.push(child)
    } catch (thrown) {
      signal?.throwIfAborted()
      unreadable.set(next.digest, asImageError(thrown, `read ${next.digest}`))
    }
  }
  return { documents, unreadable }
}

function isDocument({ mediaType }: Descriptor): boolean {
  return documentKind(mediaType) === 'index' || isManifestType(mediaType)
}

/** The descriptors that one document names. @throws ImageError those of `parseManifest` and `parseImageIndex` */
export function parseGraphDocument(descriptor: Descriptor, raw: Uint8Array): Understood<GraphDocument> {
  const where = `the document ${descriptor.digest}`
  if (documentKind(descriptor.mediaType) === 'index') {
    const { value, diagnostics } = parseImageIndex(raw, where, descriptor.mediaType)
    const { manifests, subject, artifactType, annotations } = value
    return { value: { descriptor, children: manifests, subject, artifactType, annotations }, diagnostics }
  }
  const { value, diagnostics } = parseManifest(raw, where, descriptor.mediaType)
  const { subject, annotations, config } = value
  const artifactType = value.artifactType ?? config.mediaType
  return { value: { descriptor, children: blobsOf(value), subject, artifactType, annotations }, diagnostics }
}

/**
 * The graph by digests and sizes alone, to count with (`space/blob-reach`). Referrers hang on their subjects, and so do the documents
 * of `hung`: pairs of a subject and what refers to it in a way that no document says.
 */
export function linksOf(
  { documents }: BlobGraph,
  roots: readonly Descriptor[],
  hung: Iterable<readonly [subject: string, referrer: string]> = [],
): BlobLinks {
  const links = new Map<string, { readonly size: number; readonly leadsTo: string[] }>()
  const enter = ({ digest, size }: Descriptor) => {
    const known = links.get(digest)
    if (known !== undefined) return known
    const made = { size, leadsTo: [] }
    links.set(digest, made)
    return made
  }
  for (const root of roots) enter(root)
  for (const { descriptor, children } of documents.values()) {
    const { leadsTo } = enter(descriptor)
    for (const child of children) {
      enter(child)
      leadsTo.push(child.digest)
    }
  }
  for (const { descriptor, subject } of documents.values()) {
    if (subject !== undefined) links.get(subject.digest)?.leadsTo.push(descriptor.digest)
  }
  for (const [subject, referrer] of hung) links.get(subject)?.leadsTo.push(referrer)
  return links
}
