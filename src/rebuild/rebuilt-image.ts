import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, digestOf } from '../blob/digest.ts'
import type { Diagnostic } from '../error.ts'
import type { Image } from '../image/load.ts'
import {
  type BlobPointer,
  lostAnnotations,
  lostSubject,
  type NewLayer,
  rewriteConfig,
  rewriteManifest,
  typeIn,
} from './document.ts'
import type { PlanChoices } from './plan.ts'
import type { PlannedLayer } from './planned-layer.ts'
import type { MadeBlob } from './workshop.ts'

/** A layer as it is planned, and what was made for it. */
export type RebuiltLayer = {
  readonly planned: PlannedLayer
  /** Undefined for kept and dropped layers. */
  readonly made: MadeBlob | undefined
  readonly blob: BlobPointer | undefined
  readonly diffID: Digest | undefined
  /** Bytes of the uncompressed tar that was written, and of those it replaces; undefined where it was not measured. */
  readonly tarSize?: number | undefined
  readonly tarSizeBefore?: number | undefined
  /** Its entries were not looked at, so that nothing is known of what runtimes refuse in it. */
  readonly unread?: true
}

/** A blob of the result: where its bytes come from. */
export type ResultBlob = { readonly blob: Descriptor; readonly from: 'source' | MadeBlob | Uint8Array }

export type RebuiltImage = {
  /** The source image. */
  readonly image: Image
  /** The new manifest; the old one where nothing changed. */
  readonly descriptor: Descriptor
  readonly changed: boolean
  readonly layers: readonly RebuiltLayer[]
  /** In the order they must be sent: layers, config, manifest. */
  readonly outputs: readonly ResultBlob[]
  /** Bytes the new image has fewer; negative when it has more. */
  readonly saved: { readonly tar: number; readonly compressed: number }
  /** The yield of each removal: paths, and content bytes that the layers shipped for them. */
  readonly removed: readonly RemovedPart[]
  /** Compressed bytes of layers that were written anew or dropped: what other images with these layers no longer share. */
  readonly lostSharing: number
  readonly diagnostics: readonly Diagnostic[]
  [Symbol.asyncDispose](): Promise<void>
}

export type RemovedPart = { readonly what: string; readonly paths: number; readonly bytes: number }

export type DocumentOptions = {
  readonly created: string | undefined
  readonly diagnostics: readonly Diagnostic[]
  readonly removed: readonly RemovedPart[]
}

/** The documents around the new layers. @throws ImageError `MEDIA_TYPE_UNSUPPORTED`, `ANNOTATIONS_UNSUPPORTED`, `CONFIG_INVALID` */
export function rebuiltImage(
  image: Image,
  layers: readonly RebuiltLayer[],
  choices: PlanChoices,
  { created, diagnostics, removed }: DocumentOptions,
): RebuiltImage {
  const change = {
    layers: layers.flatMap(newLayer),
    before: image.layers.length,
    settings: choices.settings,
    family: choices.family,
    keepSubject: choices.keepSubject,
    created,
  }
  const before = image.manifest.value
  const configRaw = image.config?.raw ?? new Uint8Array()
  const config = rewriteConfig(configRaw, change)
  const configType = typeIn(choices.family, before.config.mediaType)
  const configBlob = config === configRaw ? { ...before.config, mediaType: configType } : pointer(config, configType)
  const manifest = rewriteManifest(image.manifest.raw, configBlob, change)
  const changed = manifest !== image.manifest.raw
  const descriptor = changed
    ? pointedAt(image.descriptor, manifest, typeIn(choices.family, image.descriptor.mediaType))
    : image.descriptor
  const outputs: ResultBlob[] = []
  const larger: Diagnostic[] = []
  for (const layer of layers) {
    outputs.push(...layerOutput(layer, image))
    larger.push(...largerLayer(layer, image))
  }
  outputs.push({ blob: configBlob, from: config === configRaw ? 'source' : config }, { blob: descriptor, from: manifest })
  return {
    image,
    descriptor,
    changed,
    layers,
    outputs,
    ...savings(layers, image),
    removed,
    diagnostics: [
      ...diagnostics,
      ...larger,
      ...lostSubject(image.manifest.raw, manifest),
      ...lostAnnotations(image.manifest.raw, manifest),
    ],
    [Symbol.asyncDispose]: async () => {
      await Promise.all(layers.map(layer => layer.made?.remove()))
    },
  }
}

/** Digests of the layers and configs that images had and their results have no more. */
export function goneBlobs(images: readonly Pick<RebuiltImage, 'image' | 'outputs'>[]): ReadonlySet<string> {
  const gone = new Set<string>()
  for (const { image } of images) {
    const { layers, config } = image.manifest.value
    for (const { digest } of [...layers, config]) gone.add(digest)
  }
  for (const { outputs } of images) for (const { blob } of outputs) gone.delete(blob.digest)
  return gone
}

/** Compressed bytes of the layers a planned one stands for. */
export function sizeBefore(planned: PlannedLayer, image: Image): number {
  let size = 0
  for (const position of positionsOf(planned)) size += image.layers[position]?.blob.size ?? 0
  return size
}

export function positionsOf(planned: PlannedLayer): readonly number[] {
  return planned.type === 'write' ? planned.positions : [planned.position]
}

function newLayer({ planned, blob, diffID }: RebuiltLayer): NewLayer[] {
  if (planned.type === 'drop') return []
  const written = planned.type === 'write'
  const single = written && planned.positions.length === 1
  const group = written
    ? ({ kind: 'written', positions: planned.positions } as const)
    : ({ kind: 'kept', position: planned.position } as const)
  return [{ group, diffID, blob: written || planned.type === 'recompress' || single ? blob : undefined }]
}

function layerOutput({ planned, made, blob }: RebuiltLayer, image: Image): ResultBlob[] {
  if (planned.type === 'drop') return []
  if (made !== undefined && blob !== undefined) return [{ blob, from: made }]
  const kept = planned.type === 'write' ? undefined : image.layers[planned.position]
  return kept === undefined ? [] : [{ blob: kept.blob, from: 'source' }]
}

function savings(layers: readonly RebuiltLayer[], image: Image): Pick<RebuiltImage, 'saved' | 'lostSharing'> {
  let [tar, made, lostSharing] = [0, 0, 0]
  for (const layer of layers) {
    tar += (layer.tarSizeBefore ?? 0) - (layer.tarSize ?? 0)
    made += layer.made?.size ?? 0
    if (layer.planned.type !== 'keep') lostSharing += sizeBefore(layer.planned, image)
  }
  return { saved: { tar, compressed: lostSharing - made }, lostSharing }
}

function largerLayer({ planned, made }: RebuiltLayer, image: Image): Diagnostic[] {
  const before = sizeBefore(planned, image)
  if (planned.type !== 'write' || made === undefined || made.size <= before) return []
  const layers = planned.positions.map(position => position + 1)
  const message = `The new layer is larger than what it replaces (layers ${layers.join(', ')}): ${made.size} bytes instead of ${before}`
  return [{ code: 'LAYER_LARGER', severity: 'warning', message, layer: planned.positions.at(-1) ?? 0 }]
}

function pointer(bytes: Uint8Array, mediaType: string): BlobPointer {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength }
}

/** A descriptor of an image or an index made to name the bytes that were written for it. */
export function pointedAt(descriptor: Descriptor, raw: Uint8Array, mediaType: string): Descriptor {
  const { data: _data, urls: _urls, ...rest } = descriptor
  return { ...rest, ...pointer(raw, mediaType) }
}
