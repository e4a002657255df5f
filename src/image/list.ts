import type { Descriptor } from '../blob/descriptor.ts'
import { DOCKER_ATTESTATION, documentKind, isManifestType } from '../blob/media-type.ts'
import { readDocument } from '../blob/read.ts'
import type { BlobSource, PlaceDocument, Root } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { parseConfig } from './config.ts'
import type { Document } from './document.ts'
import { type ImageIndex, parseImageIndex } from './image-index.ts'
import { asImageError, loadManifest } from './load.ts'
import { isArtifactType, isImageManifest, type Manifest, schema1 } from './manifest.ts'
import { descriptorPlatform, type Platform } from './platform.ts'

/** The tree of what a source holds: index → manifests → attestations. Documents are undefined where listing did not read them. */
export type ImageNode = {
  readonly descriptor: Descriptor
  /** `ref.name`, containerd's full name, docker's RepoTags: as written, unescaped. */
  readonly names: readonly string[]
  readonly platform: Platform | undefined
} & (
  | { readonly kind: 'index'; readonly document: Document<ImageIndex>; readonly children: readonly ImageNode[] }
  /** A manifest with an image config; attestations and artifacts that are about it hang below it. */
  | { readonly kind: 'image'; readonly document: Document<Manifest> | undefined; readonly children: readonly ImageNode[] }
  | { readonly kind: 'attestation' | 'artifact'; readonly document: Document<Manifest> | undefined }
  /** An unknown media type: legal, listed, its blob can be looked at. */
  | { readonly kind: 'other' }
  /** Named by an index but absent (another platform's, in a containerd save) or unreadable. */
  | { readonly kind: 'missing' | 'unreadable'; readonly error: ImageError }
)

/** Whether a node is an image for one platform or for several, not an artifact, an attestation, or a document that is not there. */
export function isImageOrIndex({ kind }: Pick<ImageNode, 'kind'>): boolean {
  return kind === 'image' || kind === 'index'
}

export type ImageListing = {
  readonly nodes: readonly ImageNode[]
  /** The node of each root by the source's own position: roots that differ in their name only share one node. */
  readonly positions: readonly number[]
  readonly diagnostics: readonly Diagnostic[]
  readonly documents: readonly PlaceDocument[]
}

export type ListOptions = {
  /** `few`: a manifest whose descriptor already says its platform is not fetched (a registry counts each fetch). */
  readonly fetch?: 'all' | 'few'
  readonly signal?: AbortSignal
}

/** Indexes inside each other; tools nest two, hostile layouts sixty. */
const DEPTH_LIMIT = 16
/** The most nodes of one listing; more are cut off with a diagnostic. */
const NODES_LIMIT = 10_000
/** Bytes of documents one listing keeps; beyond it they are read again when opened. */
const KEPT_BYTES_LIMIT = 64 * 1024 * 1024
/** Configs read for the platform a descriptor does not say. */
const CONFIGS_LIMIT = 256

const REF_NAME = 'org.opencontainers.image.ref.name'
const CONTAINERD_NAME = 'io.containerd.image.name'
const REFERENCE_TYPE = 'vnd.docker.reference.type'
const REFERENCE_DIGEST = 'vnd.docker.reference.digest'
/** On a SOCI index that stands beside its image (version 2). */
const SOCI_ABOUT = 'com.amazon.soci.image-manifest-digest'

/**
 * Lists what a source holds. A part that cannot be read is a node that says why.
 * @throws ImageError those of `source.roots`
 */
export async function listImages(source: BlobSource, options: ListOptions = {}): Promise<ImageListing> {
  const roots = await source.roots(options.signal)
  const lister = new Lister(source, options)
  const { groups, positions } = groupByDigest(roots)
  const nodes: ImageNode[] = []
  for (const { root, names } of groups) nodes.push(await lister.node(root, names, 0))
  // Adoption may move roots below others; positions must keep meaning what the source lists.
  const kept = adopt(nodes)
  const places = new Map<Descriptor | undefined, number>()
  for (const [place, { descriptor }] of kept.entries()) places.set(descriptor, place)
  return {
    nodes: kept,
    positions: positions.map(group => places.get(groups[group]?.root) ?? -1),
    diagnostics: [...(source.diagnostics ?? []), ...lister.diagnostics],
    documents: source.documents ?? [],
  }
}

/** Every node of the tree, parents first. */
export function* allNodes(nodes: readonly ImageNode[]): Generator<ImageNode> {
  for (const node of nodes) {
    yield node
    if (node.kind === 'index' || node.kind === 'image') yield* allNodes(node.children)
  }
}

function groupByDigest(roots: readonly Root[]): { groups: { root: Root; names: string[] }[]; positions: number[] } {
  const groups: { root: Root; names: string[] }[] = []
  const byKey = new Map<string, number>()
  const positions: number[] = []
  for (const root of roots) {
    const key = JSON.stringify([root.digest, root.mediaType, root.platform])
    const known = byKey.get(key) ?? groups.push({ root, names: [] }) - 1
    byKey.set(key, known)
    groups[known]?.names.push(...namesOf(root))
    positions.push(known)
  }
  return { groups, positions }
}

function namesOf({ annotations, names = [] }: Root): string[] {
  return [annotations?.[REF_NAME], annotations?.[CONTAINERD_NAME], ...names].filter(
    name => name !== undefined && name !== '',
  ) as string[]
}

class Lister {
  readonly diagnostics: Diagnostic[] = []
  readonly #source: BlobSource
  readonly #options: ListOptions
  readonly #manifests = new Map<string, Promise<Document<Manifest>>>()
  readonly #indexes = new Set<string>()
  #nodes = 0
  #keptBytes = 0
  #configs = 0

  constructor(source: BlobSource, options: ListOptions) {
    this.#source = source
    this.#options = options
  }

  async node(descriptor: Descriptor, names: readonly string[], depth: number): Promise<ImageNode> {
    this.#options.signal?.throwIfAborted()
    this.#nodes++
    const common = { descriptor, names: [...new Set(names)], platform: descriptorPlatform(descriptor.platform) }
    try {
      if (isManifestType(descriptor.mediaType)) return await this.#manifest(common)
      const kind = documentKind(descriptor.mediaType)
      if (kind === 'index') return await this.#index(common, depth)
      if (kind === 'schema1') throw schema1(`the manifest ${descriptor.digest}`)
      return { ...common, kind: 'other' }
    } catch (thrown) {
      this.#options.signal?.throwIfAborted()
      const error = asImageError(thrown, `read ${descriptor.digest}`)
      return { ...common, kind: error.code === 'BLOB_MISSING' ? 'missing' : 'unreadable', error }
    }
  }

  async #index(common: Common, depth: number): Promise<ImageNode> {
    const { descriptor } = common
    if (this.#indexes.has(descriptor.digest)) {
      throw new ImageError(
        'INDEX_REPEATED',
        `Cannot list ${descriptor.digest} again: this index was listed before, or contains itself`,
      )
    }
    if (depth >= DEPTH_LIMIT) {
      throw new ImageError('INDEX_TOO_DEEP', `Cannot list ${descriptor.digest}: indexes are nested more than ${DEPTH_LIMIT} deep`)
    }
    this.#indexes.add(descriptor.digest)
    const raw = await readDocument(this.#source, descriptor, this.#options.signal)
    const document = { descriptor, raw, ...parseImageIndex(raw, `the index ${descriptor.digest}`, descriptor.mediaType) }
    this.diagnostics.push(...document.diagnostics)
    const children: ImageNode[] = []
    for (const child of document.value.manifests) {
      if (this.#nodes >= NODES_LIMIT) {
        this.diagnostics.push({
          code: 'LISTING_CUT',
          severity: 'warning',
          message: `Only the first ${NODES_LIMIT} manifests are listed`,
        })
        break
      }
      children.push(await this.node(child, namesOf(child), depth + 1))
    }
    return { ...common, kind: 'index', document, children: adopt(children) }
  }

  async #manifest(common: Common): Promise<ImageNode> {
    const { descriptor } = common
    const role = descriptor.annotations?.[REFERENCE_TYPE]
    const attestation =
      descriptor.artifactType === DOCKER_ATTESTATION || (role === 'attestation-manifest' && common.platform === undefined)
    // buildkit's documentation: a manifest of any other reference type is to be ignored.
    if (role !== undefined && !attestation) return { ...common, kind: 'other' }
    // An artifact may have a platform, as a SOCI index has: that is no reason to take it for an image.
    const artifact = descriptor.annotations?.[SOCI_ABOUT] !== undefined || isArtifactType(descriptor.artifactType)
    if (this.#options.fetch === 'few') {
      // Where the entry does not say what an attestation is about, its manifest does.
      if (attestation && descriptor.annotations?.[REFERENCE_DIGEST] !== undefined)
        return { ...common, kind: 'attestation', document: undefined }
      if (artifact && !attestation) return { ...common, kind: 'artifact', document: undefined }
      if (common.platform !== undefined && !artifact) return { ...common, kind: 'image', document: undefined, children: [] }
    }
    const document = await this.#document(descriptor)
    this.#keptBytes += document.raw.byteLength
    const kept = this.#keptBytes <= KEPT_BYTES_LIMIT ? document : undefined
    if (attestation || document.value.artifactType === DOCKER_ATTESTATION)
      return { ...common, kind: 'attestation', document: kept }
    if (!isImageManifest(document.value)) return { ...common, kind: 'artifact', document: kept }
    const platform = common.platform ?? (await this.#configPlatform(document.value))
    return { ...common, platform, kind: 'image', document: kept, children: [] }
  }

  #document(descriptor: Descriptor): Promise<Document<Manifest>> {
    const known = this.#manifests.get(descriptor.digest)
    if (known !== undefined) return known
    const loading = loadManifest(this.#source, descriptor, this.#options.signal)
    if (this.#keptBytes < KEPT_BYTES_LIMIT) this.#manifests.set(descriptor.digest, loading)
    return loading
  }

  async #configPlatform(manifest: Manifest): Promise<Platform | undefined> {
    if (++this.#configs > CONFIGS_LIMIT) return undefined
    try {
      const raw = await readDocument(this.#source, manifest.config, this.#options.signal)
      const { platform } = parseConfig(raw, `the config ${manifest.config.digest}`).value
      return platform.os === '' && platform.architecture === '' ? undefined : platform
    } catch {
      // Opening the image tells what is wrong with its config; a list can do without.
      this.#options.signal?.throwIfAborted()
      return undefined
    }
  }
}

type Common = Pick<ImageNode, 'descriptor' | 'names' | 'platform'>

/** Moves attestations and artifacts below the image of the same list that they are about. */
function adopt(siblings: readonly ImageNode[]): readonly ImageNode[] {
  const images = new Map<string, ImageNode[]>()
  for (const node of siblings) if (node.kind === 'image') images.set(node.descriptor.digest, [...node.children])
  const kept: ImageNode[] = []
  for (const node of siblings) {
    const about = isImageOrIndex(node) ? undefined : images.get(subjectOf(node) ?? '')
    if (about === undefined) kept.push(node)
    else about.push(node)
  }
  for (const [place, node] of kept.entries())
    if (node.kind === 'image') kept[place] = { ...node, children: images.get(node.descriptor.digest) ?? [] }
  return kept
}

function subjectOf(node: ImageNode): string | undefined {
  const subject = node.kind === 'attestation' || node.kind === 'artifact' ? node.document?.value.subject?.digest : undefined
  const { annotations } = node.descriptor
  return annotations?.[REFERENCE_DIGEST] ?? annotations?.[SOCI_ABOUT] ?? subject
}
