import { type Descriptor, sizeOfBlobs } from '../../blob/descriptor.ts'
import { digestOf } from '../../blob/digest.ts'
import { parseJson } from '../../blob/json.ts'
import { layerType } from '../../blob/media-type.ts'
import type { Diagnostic, ImageError } from '../../error.ts'
import { diffIDMismatch } from '../../image/diff-id-mismatch.ts'
import { type ImageIndex, parseImageIndex } from '../../image/image-index.ts'
import type { ImageNode } from '../../image/list.ts'
import type { Layer } from '../../image/load.ts'
import { descriptorPlatform, formatPlatform } from '../../image/platform.ts'
import type { LayerReading } from '../../layer/reading.ts'
import type { ArtifactFacts } from '../../session/artifact/artifact-facts.ts'
import { CHECKPOINT_WARNING, isCheckpoint } from '../../session/artifact/checkpoint.ts'
import type { ChosenImage } from '../../session/opened-image.ts'
import { artifactJson } from './artifact-json.ts'

/** Facts from reading a layer, besides its documents. */
type LayerFacts = {
  readonly reading: LayerReading
  readonly contentBytes: number
  /** Undefined where another layer could not be read: what is hidden is not known then. */
  readonly hidden: { readonly shipped: number; readonly caused: number } | undefined
}

export type Inspected = ChosenImage & {
  /** The facts of an artifact; undefined for an image. */
  readonly described?: ArtifactFacts | undefined
  /** By position, the reason where a layer cannot be read; empty where layers were not asked for. */
  /** How the layers fit on each other; only where all were read. */
  readonly stacked?: readonly Diagnostic[]
  readonly facts: readonly (LayerFacts | { readonly error: ImageError })[]
}

/** The facts of the layer at a position, where it was read. */
export function factsOf({ facts }: Inspected, position: number): LayerFacts | undefined {
  const fact = facts[position]
  return fact !== undefined && 'reading' in fact ? fact : undefined
}

/** `peel inspect --json` (cli.md). Figures that need the layers are there only when these were read. */
export function inspectJson(inspected: Inspected): object {
  const { session, image } = inspected
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
    ...(inspected.described !== undefined && { artifact: artifactJson(inspected.described) }),
    config: config === undefined ? null : document(config.raw),
    manifest: document(image.manifest.raw),
    diagnostics: [
      ...session.listing.diagnostics,
      ...image.diagnostics,
      ...ownDiagnostics(inspected),
      ...layerDiagnostics(inspected),
    ],
  }
}

function ownDiagnostics({ image, described }: Inspected): readonly Diagnostic[] {
  return described?.diagnostics ?? (isCheckpoint(image) ? [CHECKPOINT_WARNING] : [])
}

/** Bytes over all layers; null where a layer could not be read, absent where none was. */
export function sizes({ image, facts }: Inspected): { compressed: number; tar?: number | null; content?: number | null } {
  const compressed = sizeOfBlobs(image.layers)
  if (facts.length === 0 && image.layers.length > 0) return { compressed }
  const sum = (figure: (each: LayerFacts) => number) =>
    facts.reduce<number | null>((total, each) => (total === null || 'error' in each ? null : total + figure(each)), 0)
  return { compressed, tar: sum(({ reading }) => reading.tarSize), content: sum(({ contentBytes }) => contentBytes) }
}

/** How the image was reached: what the place turned out to be where only a path was given. */
function transportOf({ session: { place, source, listing } }: ChosenImage): string {
  if (place.transport !== 'path' && place.transport !== 'standard-stream') return place.transport
  if (source.name.startsWith('oci:')) return 'oci'
  if (source.name.startsWith('dir:')) return 'dir'
  return listing.documents.some(({ name }) => name === 'index.json') ? 'oci-archive' : 'docker-archive'
}

function layerJson(inspected: Inspected, { position, blob, diffID }: Layer): object {
  const { image, facts } = inspected
  const history = image.steps.find(step => step.layer === position)?.history
  const fact = factsOf(inspected, position)
  const asked = facts.length > 0
  return {
    position,
    digest: blob.digest,
    diffId: diffID ?? fact?.reading.diffID ?? null,
    mediaType: blob.mediaType,
    compression: fact?.reading.compression ?? layerType(blob.mediaType)?.compression ?? null,
    size: blob.size,
    ...(asked && {
      tarSize: fact?.reading.tarSize ?? null,
      contentBytes: fact?.contentBytes ?? null,
      entries: fact?.reading.changeset.length ?? null,
    }),
    createdBy: history?.createdBy ?? null,
    created: history?.created ?? null,
    ...(asked && { hiddenShipped: fact?.hidden?.shipped ?? null, hiddenCaused: fact?.hidden?.caused ?? null }),
  }
}

/** Oddities of the layers that were read, and why others could not be. */
export function layerDiagnostics({ image, facts, stacked = [] }: Inspected): readonly Diagnostic[] {
  const own = facts.flatMap((fact, position) => {
    if ('error' in fact) return [unreadable(fact.error, position)]
    const layer = image.layers[position]
    const mismatch = layer && diffIDMismatch(layer, fact.reading)
    const found = fact.reading.changeset.diagnostics.map(diagnostic => ({ layer: position, ...diagnostic }))
    return mismatch === undefined ? found : [...found, mismatch]
  })
  return [...own, ...stacked]
}

function unreadable({ code, message }: ImageError, layer: number): Diagnostic {
  return { code, severity: NORMAL.has(code) ? 'warning' : 'error', message, layer }
}

/** Images are made so: nothing is wrong with them. */
const NORMAL = new Set(['FILESYSTEM_UNSUPPORTED', 'LAYER_ENCRYPTED', 'LAYER_TYPE_UNSUPPORTED', 'LAYER_FOREIGN'])

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
  return parseJson(raw, 'the document').value
}
