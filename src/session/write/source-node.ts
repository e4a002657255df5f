import type { Descriptor } from '../../blob/descriptor.ts'
import { digestOf } from '../../blob/digest.ts'
import { OCI_INDEX } from '../../blob/media-type.ts'
import { ambiguousImages, imagesOf, selectNodes } from '../../image/choose.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import { type ImageListing, type ImageNode, isImageOrIndex } from '../../image/list.ts'
import { formatPlatform, toDescriptorPlatform } from '../../image/platform.ts'
import type { Asking } from '../asking.ts'
import { type Session, wantedPlatform } from '../session.ts'

/**
 * The index or image that a rebuild is for. Manifests side by side under one name are one index; where a reference names several
 * things, the choice is that of reading commands.
 */
export function nodeOf(session: Session, { platform }: Pick<Asking, 'platform'>): ImageNode {
  const nodes = distinct(selectedGroup(session))
  const images = nodes.filter(isImageOrIndex)
  const severalNames = new Set(images.map(node => node.names.join('\n'))).size > 1
  // Under several names, or one and none, lie several images: as one index all names but the first would be lost.
  if (severalNames && platform === undefined) throw ambiguousImages(nodes)
  const whole = severalNames ? undefined : wholeNode(nodes)
  const asked = platform !== undefined
  if (whole !== undefined && (!asked || whole.kind === 'index')) return whole
  return session.choose(wantedPlatform(platform))
}

/** All that has the name which the reference means: `selectNodes` takes the first, platforms may lie side by side. */
export function selectedGroup({ listing, selector }: Session): readonly ImageNode[] {
  const nodes = selectNodes(listing, selector)
  const [only] = nodes
  if (selector.name === undefined || only === undefined) return nodes
  return namedGroups(listing).find(group => group.includes(only)) ?? nodes
}

function distinct(nodes: readonly ImageNode[]): readonly ImageNode[] {
  const useful = nodes.filter(isImageOrIndex)
  return useful.length === 0 ? nodes : useful
}

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
