import type { Descriptor } from '../blob/descriptor.ts'
import { digestOf } from '../blob/digest.ts'
import { layerType } from '../blob/media-type.ts'
import type { Diagnostic } from '../error.ts'
import { type ImageIndex, parseImageIndex } from '../image/image-index.ts'
import type { ImageNode } from '../image/list.ts'
import type { Layer } from '../image/load.ts'
import { descriptorPlatform, formatPlatform } from '../image/platform.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { OpenedImage } from './opened-image.ts'

/** What reading a layer tells besides its documents; absent where layers were not asked for. */
type LayerFacts = {
  readonly reading: LayerReading
  readonly contentBytes: number
  readonly hiddenShipped: number
  readonly hiddenCaused: number
}

export type Inspected = OpenedImage & {
  /** By position. */
  readonly facts: readonly LayerFacts[]
}

/** `peel inspect --json` (cli.md). Figures that need the layers are there only when these were read. */
export function inspectJson(inspected: Inspected): object {
  const { session, image, facts } = inspected
  const { config } = image
  return {
    reference: session.reference,
    transport: transportOf(inspected),
    digest: image.descriptor.digest,
    mediaType: image.manifest.value.mediaType,
    imageId: image.manifest.value.config.digest,
    platform: image.platform === undefined ? null : formatPlatform(image.platform),
    created: config?.value.created ?? null,
    size: sizes(inspected),
    layers: image.layers.map(layer => layerJson(inspected, layer)),
    index: indexJson(inspected),
    config: config === undefined ? null : document(config.raw),
    manifest: document(image.manifest.raw),
    diagnostics: [...session.listing.diagnostics, ...image.diagnostics, ...facts.flatMap(layerDiagnostics)],
  }
}

/** Bytes over all layers. */
export function sizes({ image, facts }: Inspected): { compressed: number; tar?: number; content?: number } {
  const compressed = image.layers.reduce((sum, { blob }) => sum + blob.size, 0)
  if (facts.length === 0 && image.layers.length > 0) return { compressed }
  const sum = (figure: (each: LayerFacts) => number) => facts.reduce((total, each) => total + figure(each), 0)
  return { compressed, tar: sum(({ reading }) => reading.tarSize), content: sum(({ contentBytes }) => contentBytes) }
}

/** How the image was reached: what the place turned out to be where only a path was given. */
function transportOf({ session: { place, source, listing } }: OpenedImage): string {
  if (place.transport !== 'path' && place.transport !== 'standard-stream') return place.transport
  if (source.name.startsWith('oci:')) return 'oci'
  return listing.documents.some(({ name }) => name === 'index.json') ? 'oci-archive' : 'docker-archive'
}

function layerJson({ image, facts }: Inspected, { position, blob, diffID }: Layer): object {
  const history = image.steps.find(step => step.layer === position)?.history
  const fact = facts[position]
  return {
    position,
    digest: blob.digest,
    diffId: diffID ?? fact?.reading.diffID ?? null,
    mediaType: blob.mediaType,
    compression: fact?.reading.compression ?? layerType(blob.mediaType)?.compression ?? null,
    size: blob.size,
    ...(fact !== undefined && {
      tarSize: fact.reading.tarSize,
      contentBytes: fact.contentBytes,
      entries: fact.reading.changeset.length,
    }),
    createdBy: history?.createdBy ?? null,
    created: history?.created ?? null,
    ...(fact !== undefined && { hiddenShipped: fact.hiddenShipped, hiddenCaused: fact.hiddenCaused }),
  }
}

function layerDiagnostics({ reading }: LayerFacts, position: number): readonly Diagnostic[] {
  return reading.changeset.diagnostics.map(diagnostic => ({ layer: position, ...diagnostic }))
}

/** The index that the image was found in: a blob of its own, or a layout's list; null where there is none. */
function indexJson({ session, image }: Inspected): object | null {
  const around = enclosing(session.listing.nodes, image.descriptor)
  if (around?.kind === 'index') return manifestsJson(around.descriptor.digest, around.document.value)
  const list = session.listing.documents.find(({ name }) => name === 'index.json')
  if (list === undefined) return null
  return manifestsJson(digestOf(list.raw), parseImageIndex(list.raw, list.name).value)
}

function enclosing(nodes: readonly ImageNode[], wanted: Descriptor): ImageNode | undefined {
  for (const node of nodes) {
    if (node.kind !== 'index') continue
    const inside = enclosing(node.children, wanted)
    if (inside !== undefined) return inside
    if (node.children.some(({ descriptor }) => descriptor.digest === wanted.digest)) return node
  }
  return undefined
}

function manifestsJson(digest: string, { manifests }: ImageIndex): object {
  return {
    digest,
    manifests: manifests.map(({ digest: child, mediaType, platform, size, annotations = {} }) => {
      const named = descriptorPlatform(platform)
      return { digest: child, mediaType, platform: named === undefined ? null : formatPlatform(named), size, annotations }
    }),
  }
}

function document(raw: Uint8Array): unknown {
  return JSON.parse(Buffer.from(raw).toString())
}
