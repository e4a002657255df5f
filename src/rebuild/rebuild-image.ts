import type { Digest } from '../blob/digest.ts'
import { type Family, layerMediaType, layerType } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import type { Image } from '../image/load.ts'
import { refusedAsKept } from '../layer/refused-codes.ts'
import { typeIn } from './document.ts'
import { type DroppedLayers, readDropped } from './dropped-layers.ts'
import { familyOf } from './media-family.ts'
import { choicesOf, type Plan, type PlanChoices } from './plan.ts'
import { keptForeign, type PlannedLayer, planLayers, readsLayers } from './planned-layer.ts'
import { type RebuiltImage, type RebuiltLayer, rebuiltImage } from './rebuilt-image.ts'
import { recompressLayer } from './recompress.ts'
import { SourceLayers } from './source-layers.ts'
import { NO_EDITS } from './target-tree.ts'
import { readTrees, type Trees, type TreeWriting, writeFromTrees } from './tree-writing.ts'
import { laidOutForWindows, saidForWindows } from './windows-layers.ts'
import type { MadeBlob, MadeLayer, RebuildOptions, Workshop } from './workshop.ts'

/**
 * Carries a plan out on one image: reads what must be read, writes the new layers into temporary blobs, proves them, rewrites
 * the documents. Nothing is sent anywhere yet (`publish` does that); `dispose` removes what was made.
 * @throws ImageError `PLAN_INVALID`, `CONFIG_MISSING`, `CONFIG_INVALID`, `MEDIA_TYPE_UNSUPPORTED`, `LAYER_UNREADABLE`,
 * `LAYER_DAMAGED`, `VERIFICATION_FAILED`, those of reading and writing
 */
export async function rebuildImage(
  image: Image,
  plan: Plan,
  source: BlobSource,
  workshop: Workshop,
  options: RebuildOptions,
): Promise<RebuiltImage> {
  const choices = choicesOf(plan, image.layers.length)
  checkConfig(image)
  checkTypes(image, choices)
  const force = options.force === true
  const merges = readsLayers(choices) || choices.dropped.size > 0
  const said = merges ? saidForWindows(image, force) : []
  const kept = image.layers.filter(({ position }) => !choices.dropped.has(position))
  await using layers = new SourceLayers(source, workshop, kept)
  const made: MadeBlob[] = []
  try {
    const trees = readsLayers(choices) ? await readTrees(image, choices, layers, options) : undefined
    const planned = planLayers(image, choices, trees?.stack, trees?.edits ?? NO_EDITS)
    const lost = await readDropped(image, choices.dropped, source, workshop, { ...options, alone: trees !== undefined })
    const readings = [...(trees?.positions.map((_, place) => layers.reading(place)) ?? []), ...lost.readings.values()]
    const changesets = readings.map(({ changeset }) => changeset)
    const forWindows = merges && said.length === 0 ? laidOutForWindows(image, changesets, force) : said
    const rebuilt = await makeLayers(image, planned, trees, source, { choices, layers, workshop, options, made })
    const measured = rebuilt.layers.map(layer => withTarSize(layer, lost))
    const { diagnostics: seen = lost.diagnostics, removed = [] } = trees ?? {}
    const refused = trees === undefined ? rebuilt.refused : refusedLayers(planned, trees, layers)
    const diagnostics = [...forWindows, ...keptForeign(image, planned, choices), ...seen, ...refused]
    return rebuiltImage(image, measured, choices, { created: options.created, diagnostics, removed })
  } catch (thrown) {
    await Promise.all(made.map(blob => blob.remove()))
    options.signal?.throwIfAborted()
    throw thrown
  }
}

/** Faults of the layers that stay as they are for which runtimes refuse them: a squash mends those only that it writes. */
function refusedLayers(planned: readonly PlannedLayer[], { positions }: Trees, layers: SourceLayers): readonly Diagnostic[] {
  const refused: Diagnostic[] = []
  for (const layer of planned) {
    if (layer.type !== 'keep' && layer.type !== 'recompress') continue
    const { changeset } = layers.reading(positions.indexOf(layer.position))
    refused.push(...refusedAsKept(changeset.diagnostics, layer.position))
  }
  return refused
}

/** A layer with all that was learned when dropped ones were read, and the others with them where they lie on this machine. */
function withTarSize(layer: RebuiltLayer, lost: DroppedLayers): RebuiltLayer {
  const { planned, unread, ...rest } = layer
  if (planned.type === 'drop') return { ...layer, tarSizeBefore: lost.tarSizes.get(planned.position) }
  const isUnread = unread === true && !('position' in planned && lost.readings.has(planned.position))
  return { ...rest, planned, ...(isUnread && { unread }) }
}

async function makeLayers(
  image: Image,
  planned: readonly PlannedLayer[],
  trees: Trees | undefined,
  source: BlobSource,
  writing: TreeWriting,
): Promise<{ readonly layers: readonly RebuiltLayer[]; readonly refused: readonly Diagnostic[] }> {
  const { choices, made, layers } = writing
  const mediaType = layerMediaType(familyAfter(image, choices), choices.compress.compression)
  const pointer = ({ digest, size }: MadeBlob) => ({ mediaType, digest, size })
  const byLayer = trees === undefined ? new Map<PlannedLayer, MadeLayer>() : await writeFromTrees(planned, trees, writing)
  const rebuilt: RebuiltLayer[] = []
  const refused: Diagnostic[] = []
  for (const layer of planned) {
    const result = byLayer.get(layer)
    if (layer.type === 'write' && trees !== undefined && result !== undefined) {
      let tarSizeBefore = 0
      for (const position of layer.positions) tarSizeBefore += layers.reading(trees.positions.indexOf(position)).tarSize
      const { blob, written } = result
      const { diffID, tarSize } = written
      rebuilt.push({ planned: layer, made: blob, blob: pointer(blob), diffID, tarSize, tarSizeBefore })
    } else if (layer.type === 'recompress') {
      const { blob, diffID, diagnostics } = await recompressLayer(image, layer.position, source, writing)
      made.push(blob)
      refused.push(...refusedAsKept(diagnostics, layer.position))
      rebuilt.push({ planned: layer, made: blob, blob: pointer(blob), diffID })
    } else if (layer.type !== 'write') {
      const diffID = diffIDOf(image, layer.position, trees, layers)
      const unread = layer.type === 'keep' && trees === undefined ? { unread: true as const } : {}
      rebuilt.push({ planned: layer, made: undefined, blob: undefined, diffID, ...unread })
    }
  }
  return { layers: rebuilt, refused }
}

/** The DiffID that the config claims for a kept layer, else that of its bytes. */
function diffIDOf(image: Image, position: number, trees: Trees | undefined, layers: SourceLayers): Digest | undefined {
  const place = trees?.positions.indexOf(position) ?? -1
  return image.layers[position]?.diffID ?? (place < 0 ? undefined : layers.reading(place).diffID)
}

function familyAfter(image: Image, choices: PlanChoices): Family {
  return choices.family ?? familyOf(image.manifest.value.mediaType)
}

function checkConfig(image: Image): void {
  if (image.config !== undefined) return
  throw new ImageError('CONFIG_MISSING', `Cannot rebuild ${image.descriptor.digest}: its config cannot be read`, {
    hint: image.diagnostics[0]?.message ?? 'Fetch the image again.',
  })
}

/** Whether the manifest can hold what is planned, before any time is spent. @throws ImageError `MEDIA_TYPE_UNSUPPORTED` */
function checkTypes(image: Image, choices: PlanChoices): void {
  const family = familyAfter(image, choices)
  const writes = readsLayers(choices) || choices.compressEvery
  if (writes && family === 'docker' && choices.compress.compression === 'zstd') typeIn('docker', layerMediaType('oci', 'zstd'))
  if (choices.family === undefined) return
  const gone = new Set([...choices.dropped, ...choices.ranges.flat()])
  for (const { position, blob } of image.layers) {
    const type = layerType(blob.mediaType)
    const anew = type?.foreign === false && (choices.compressEvery || (choices.compressPlain && type.compression === 'none'))
    if (gone.has(position) || anew) continue
    typeIn(choices.family, blob.mediaType)
  }
}
