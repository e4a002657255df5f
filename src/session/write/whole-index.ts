import type { Descriptor } from '../../blob/descriptor.ts'
import { digestOf } from '../../blob/digest.ts'
import { OCI_INDEX } from '../../blob/media-type.ts'
import { imagesOf } from '../../image/choose.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import type { ImageListing, ImageNode } from '../../image/list.ts'
import { formatPlatform, toDescriptorPlatform } from '../../image/platform.ts'

const NAMES = new Set(['org.opencontainers.image.ref.name', 'io.containerd.image.name'])

/** The manifests that a place lists under each of its names, in its order; manifests without a name are one group (reports/copy-all-flat-layout). */
export function namedGroups({ nodes }: ImageListing): readonly (readonly ImageNode[])[] {
  const groups = new Map<string, ImageNode[]>()
  for (const node of nodes) {
    const key = node.names.join('\n')
    groups.set(key, [...(groups.get(key) ?? []), node])
  }
  return [...groups.values()]
}

/**
 * One node for what is listed side by side under one name: where the place itself is the index of the platforms, an index is
 * made of its entries, embedded in its descriptor. Undefined for images that only share a place: two of one platform.
 */
export function wholeNode(nodes: readonly ImageNode[]): ImageNode | undefined {
  const [only] = nodes
  if (nodes.length <= 1) return only
  const images = imagesOf(nodes)
  const platforms = images.map(({ platform }) => (platform === undefined ? '' : formatPlatform(platform)))
  if (images.length === 1 && nodes.every(node => node.kind === 'image' || node.kind === 'attestation')) return images[0]
  if (images.length < 2 || platforms.includes('') || new Set(platforms).size < platforms.length) return undefined
  const entries = nodes.flatMap(node => [node, ...(node.kind === 'image' ? node.children : [])]).map(entryOf)
  const raw = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries }))
  const descriptor = { mediaType: OCI_INDEX, digest: digestOf(raw), size: raw.byteLength, data: raw.toString('base64') }
  const document = { descriptor, raw, ...parseImageIndex(raw, 'the index of the place', OCI_INDEX) }
  return { kind: 'index', descriptor, names: only?.names ?? [], platform: undefined, document, children: nodes }
}

/** As an index lists it: the place's names are not the image's, and a platform is said. */
function entryOf({ descriptor, platform }: ImageNode): Descriptor {
  const { mediaType, digest, size, urls, artifactType } = descriptor
  const kept = Object.entries(descriptor.annotations ?? {}).filter(([name]) => !NAMES.has(name))
  const said = descriptor.platform ?? (platform && toDescriptorPlatform(platform))
  return {
    mediaType,
    digest,
    size,
    ...(urls !== undefined && { urls }),
    ...(artifactType !== undefined && { artifactType }),
    ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
    ...(said !== undefined && { platform: said }),
  }
}
