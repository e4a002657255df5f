import type { Descriptor } from '../blob/descriptor.ts'
import { OCI_EMPTY } from '../blob/media-type.ts'
import type { ImageNode } from '../image/list.ts'
import { type Manifest, parseManifest } from '../image/manifest.ts'
import type { FoundReferrer } from './listing.ts'

/** One row of the index view: a node of the listing, or a blob that a manifest names. */
export type IndexRow = {
  readonly depth: number
  /** Its place in the tree: `0.2.1`. */
  readonly key: string
  readonly descriptor: Descriptor
  readonly node: ImageNode | undefined
  /** Its part in the manifest above it. */
  readonly part: 'config' | 'layer' | undefined
  /** A manifest whose blobs are not known yet: they are read when it is opened. */
  readonly unread: boolean
  /** Its relation to the image above it, where a registry says that it refers to it. */
  readonly referrer?: FoundReferrer
  readonly parts: number
  readonly open: boolean
}

/** Manifests that the listing did not read, by their digests, once they were opened. */
export type ReadManifests = ReadonlyMap<string, Manifest>

export type IndexTree = {
  readonly nodes: readonly ImageNode[]
  /** Digest of the image on the screen. */
  readonly current: string
  /** Keys of rows that are not as they are at first. */
  readonly toggled: ReadonlySet<string>
  /** By the digest that they refer to. */
  readonly referrers: ReadonlyMap<string, readonly FoundReferrer[]>
  readonly manifests: ReadManifests
}

/**
 * The tree of index → manifests → config and layers as rows. A manifest's blobs are listed when it is open: that of the
 * image on the screen is, others are until asked for; `toggled` turns what is.
 */
export function indexRows({ nodes, current, toggled, referrers, manifests }: IndexTree): readonly IndexRow[] {
  const rows: IndexRow[] = []
  const addParts = (parts: readonly Part[], key: string, depth: number) => {
    for (const [index, { descriptor, part }] of parts.entries()) {
      rows.push({ ...LEAF, depth, key: `${key}:${index}`, descriptor, part })
    }
  }
  const addReferrer = (referrer: FoundReferrer, key: string, depth: number) => {
    const { descriptor } = referrer
    const manifest = manifests.get(descriptor.digest)
    const parts = manifest === undefined ? [] : documentsOf(manifest)
    const open = parts.length > 0 && toggled.has(key)
    rows.push({ ...LEAF, depth, key, descriptor, referrer, parts: parts.length, open, unread: manifest === undefined })
    if (open) addParts(parts, key, depth + 1)
  }
  const add = (node: ImageNode, key: string, depth: number) => {
    const { descriptor } = node
    const manifest = manifestOf(node, manifests)
    const blobs = manifest === undefined ? [] : node.kind === 'image' ? partsOf(manifest) : documentsOf(manifest)
    const children = 'children' in node ? node.children : []
    const parts = blobs.length + children.length
    const open = parts > 0 && (node.kind === 'index' || descriptor.digest === current) !== toggled.has(key)
    const unread = manifest === undefined && isManifest(node)
    rows.push({ depth, key, descriptor, node, part: undefined, parts, open, unread })
    if (open) addParts(blobs, key, depth + 1)
    for (const [index, referrer] of (referrers.get(descriptor.digest) ?? []).entries()) {
      addReferrer(referrer, `${key}@${index}`, depth + 1)
    }
    // Attestations are always seen under the image they speak of.
    if (open || node.kind !== 'index') for (const [index, child] of children.entries()) add(child, `${key}.${index}`, depth + 1)
  }
  for (const [index, node] of nodes.entries()) add(node, String(index), 0)
  return rows
}

/** A manifest that was read for the index. @throws ImageError those of `parseManifest` */
export function readManifest(raw: Uint8Array, digest: string, mediaType: string): Manifest {
  return parseManifest(raw, `the manifest ${digest}`, mediaType).value
}

const LEAF = { node: undefined, part: undefined, parts: 0, open: false, unread: false } as const

type Part = { readonly descriptor: Descriptor; readonly part: 'config' | 'layer' }

function isManifest({ kind }: ImageNode): boolean {
  return kind === 'image' || kind === 'artifact' || kind === 'attestation'
}

/** The manifest of a node, as far as it was read. */
export function manifestOf(node: ImageNode, manifests: ReadManifests): Manifest | undefined {
  const own = 'document' in node && node.kind !== 'index' ? node.document?.value : undefined
  return own ?? (isManifest(node) ? manifests.get(node.descriptor.digest) : undefined)
}

function partsOf({ config, layers }: Manifest): readonly Part[] {
  return [{ descriptor: config, part: 'config' }, ...layers.map(descriptor => ({ descriptor, part: 'layer' as const }))]
}

/** The documents of an artifact, the telling ones first: its config is the empty one (image-spec manifest.md), or says little. */
function documentsOf(manifest: Manifest): readonly Part[] {
  const [config, ...layers] = partsOf(manifest)
  return config === undefined || config.descriptor.mediaType === OCI_EMPTY ? layers : [...layers, config]
}
