import { type Descriptor, isRecord } from '../blob/descriptor.ts'
import { digestOf } from '../blob/digest.ts'
import type { Family } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { CONFIG_SHAPE, MANIFEST_SHAPE } from '../image/document-shape.ts'
import type { Image } from '../image/load.ts'
import { documentBytes, plainJson } from '../image/plain-json.ts'
import { toDescriptorPlatform } from '../image/platform.ts'
import { elements, fromRaw, member, type RawJson, rawArray, toRaw, withMember } from '../image/raw-json.ts'
import { displayPath, type FilePath, typedPath } from '../layer/file-path.ts'
import type { LayerReading } from '../layer/reading.ts'
import { buildingStack } from '../overlay/apply.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { Semantics, Stack, TreeNode } from '../overlay/tree.ts'
import { type BlobPointer, pointingTo, typeIn } from '../rebuild/document.ts'
import { familyOf } from '../rebuild/media-family.ts'
import type { ResultBlob } from '../rebuild/rebuilt-image.ts'
import { withEntries } from '../rebuild/setting.ts'
import { isBelow } from '../rebuild/target-tree.ts'
import { type BuildChanges, countChanges } from './count-changes.ts'
import { rebaseConfig } from './rebase-config.ts'
import type { RebaseConflict } from './rebase-conflict.ts'
import { fileConflicts, type ReadFiles, type RebaseStacks } from './rebase-conflicts.ts'

/** An image where it lies, and how its layers and files are read. */
export type ReadableImage = {
  readonly image: Image
  readonly source: BlobSource
  readLayers(): Promise<readonly LayerReading[]>
  /** Contents of files, from one layer that was read. */
  contents(position: number, entries: readonly number[]): AsyncIterable<LayerFile>
}

type LayerFile = { readonly entry: number; readonly bytes: AsyncIterable<Uint8Array> }

/** Reads files of a stack, each layer that carries any passed once; `layer` is the layer of a place. */
type ReadByLayer = (
  files: readonly TreeNode[],
  layer: (place: number, entries: readonly number[]) => AsyncIterable<LayerFile>,
) => ReturnType<ReadFiles>

export type RebaseTask = {
  readonly image: ReadableImage
  readonly old: ReadableImage
  readonly next: ReadableImage
  /** Annotations of the manifest about its new base; undefined removes it. */
  readonly annotations: Readonly<Record<string, string | undefined>>
  readonly semantics: Semantics
  readonly signal?: AbortSignal
  readonly readByLayer: ReadByLayer
  /** `SOURCE_DATE_EPOCH` as RFC 3339. */
  readonly created: string | undefined
}

export type RebasedImage = {
  readonly image: Image
  readonly root: Descriptor
  /** Layers of the new base and of the image, in order; `kept` ones are the image's own. */
  readonly layers: readonly { readonly blob: Descriptor; readonly from: 'base' | 'image' }[]
  /** Layers of the old base, which are no more in it. */
  readonly dropped: readonly Descriptor[]
  readonly changes: BuildChanges
  readonly conflicts: readonly RebaseConflict[]
  /** `source` is the place that has the blob: the new base's or the image's. */
  readonly outputs: readonly ResultBlob[]
}

/**
 * Puts an image's own layers on another base. The old base's layers are found by their DiffIDs, so that it may have been compressed
 * anew; the config is merged three ways. All conflicts are in the result, and nothing is written.
 * @throws ImageError `BASE_MISMATCH`, `CONFIG_MISSING`, `MEDIA_TYPE_UNSUPPORTED`, those of reading layers
 */
export async function rebaseImage(task: RebaseTask): Promise<RebasedImage> {
  const { image, old, next } = task
  const own = ownLayers(image.image, old.image)
  const [mine, was, is] = [configOf(image.image), configOf(old.image), configOf(next.image)]
  const merged = rebaseConfig(mine, was, is)
  const trees = await treesOf(task, own)
  const user = member(member(merged.config, 'config') ?? toRaw({}), 'User')
  const conflicts = [...(await fileConflicts(trees, user === undefined ? undefined : String(fromRaw(user)))), ...merged.conflicts]
  const family = familyOf(image.image.descriptor.mediaType)
  const descriptors = [
    ...elements(member(plainJson(next.image.manifest.raw, MANIFEST_SHAPE), 'layers')).map(each => inFamily(each, family)),
    ...elements(member(plainJson(image.image.manifest.raw, MANIFEST_SHAPE), 'layers')).slice(own),
  ]
  const config = documentBytes(withLayers(merged.config, task, own))
  const before = plainJson(image.image.manifest.raw, MANIFEST_SHAPE)
  const configType = image.image.manifest.value.config.mediaType
  const pointer = { mediaType: configType, digest: digestOf(config), size: config.byteLength }
  const manifest = documentBytes(manifestOf(before, pointer, descriptors, family === 'docker' ? {} : task.annotations))
  const { platform: _old, data: _data, ...described } = image.image.descriptor
  const platform = next.image.platform
  const root: Descriptor = {
    ...described,
    digest: digestOf(manifest),
    size: manifest.byteLength,
    ...(platform !== undefined && { platform: toDescriptorPlatform(platform) }),
  }
  const lastOf = (stack: Stack) => stack.snapshot(stack.changesets.length)
  const layers = [
    ...next.image.layers.map(({ blob }) => ({ blob, from: 'base' as const })),
    ...image.image.layers.slice(own).map(({ blob }) => ({ blob, from: 'image' as const })),
  ]
  return {
    image: image.image,
    root,
    layers,
    dropped: image.image.layers.slice(0, own).map(({ blob }) => blob),
    changes: countChanges(lastOf(trees.old.stack), lastOf(trees.next.stack)),
    conflicts,
    outputs: [
      ...layers.map(({ blob }) => ({ blob, from: 'source' as const })),
      { blob: pointer, from: config },
      { blob: root, from: manifest },
    ],
  }
}

/** Paths that a rebase refuses: package databases that would be hidden, and were not accepted by their path or one above. */
export function refusedOf(conflicts: readonly RebaseConflict[], accepted: readonly string[]): readonly FilePath[] {
  const paths = new Set(accepted.map(typedPath))
  return conflicts.flatMap(each => (each.kind === 'shadowed' && each.database && !isBelow(paths, each.path) ? [each.path] : []))
}

/** @throws ImageError `REBASE_REFUSED` where anything is refused */
export function checkAccepted(conflicts: readonly RebaseConflict[], accepted: readonly string[]): void {
  const [first, ...more] = refusedOf(conflicts, accepted)
  if (first === undefined) return
  const rest = more.length === 0 ? '' : ` and ${more.length} more`
  throw new ImageError(
    'REBASE_REFUSED',
    {
      action: 'rebase the image',
      why: `its package database "/${displayPath(first)}"${rest} would hide the new base's, and packages would be told wrongly`,
    },
    { hint: `Build the image on the new base instead, or write --accept /${displayPath(first)} to take that.` },
  )
}

/** How many layers of the image are the old base's. @throws ImageError `BASE_MISMATCH` */
function ownLayers(image: Image, old: Image): number {
  const bases = old.layers.map(({ diffID }) => diffID)
  const at = bases.findIndex((diffID, position) => diffID === undefined || image.layers[position]?.diffID !== diffID)
  if (at === -1) return bases.length
  throw new ImageError('BASE_MISMATCH', `Cannot rebase ${image.descriptor.digest}: its layer ${at + 1} is not the old base's`, {
    hint: 'Name the base it was built on, as it was then: --old-base IMAGE@sha256:…',
  })
}

async function treesOf({ image, old, next, semantics, signal, readByLayer }: RebaseTask, own: number): Promise<RebaseStacks> {
  const [ours, theirs] = [await image.readLayers(), await next.readLayers()]
  checkDiffIDs(image.image, ours)
  checkDiffIDs(next.image, theirs)
  const stackOf = (layers: readonly LayerReading[]) =>
    inTurns(
      buildingStack(
        layers.map(({ changeset }) => changeset),
        semantics,
      ),
      signal,
    )
  const below = theirs.length
  return {
    old: {
      stack: await stackOf(ours),
      below: old.image.layers.length,
      read: files => readByLayer(files, (place, entries) => image.contents(place, entries)),
    },
    next: {
      stack: await stackOf([...theirs, ...ours.slice(own)]),
      below,
      read: files =>
        readByLayer(files, (place, entries) =>
          place < below ? next.contents(place, entries) : image.contents(place - below + own, entries),
        ),
    },
  }
}

/** The config lists the DiffIDs of the layers, which were only believed so far. @throws ImageError `DIFF_ID_MISMATCH` */
function checkDiffIDs(image: Image, readings: readonly LayerReading[]): void {
  const wrong = readings.findIndex(({ diffID }, position) => image.layers[position]?.diffID !== diffID)
  if (wrong === -1) return
  throw new ImageError(
    'DIFF_ID_MISMATCH',
    `Cannot rebase: layer ${wrong + 1} of ${image.descriptor.digest} has not the DiffID its config says`,
    {
      hint: 'The image is damaged or was changed; peel verify says more.',
    },
  )
}

function configOf({ config, descriptor }: Image): RawJson {
  if (config !== undefined) return plainJson(config.raw, CONFIG_SHAPE)
  throw new ImageError('CONFIG_MISSING', `Cannot rebase with ${descriptor.digest}: its config cannot be read`, {
    hint: 'Fetch the image again.',
  })
}

/** The config with the layers' DiffIDs and their history: the new base's, then the image's own. */
function withLayers(config: RawJson, { image, old, next, created }: RebaseTask, own: number): RawJson {
  const diffIDs = [...next.image.layers, ...image.image.layers.slice(own)].map(({ diffID }) => diffID)
  let text = withMember(config, 'rootfs', toRaw({ type: 'layers', diff_ids: diffIDs }))
  const history = (one: ReadableImage) => elements(member(configOf(one.image), 'history'))
  const mine = history(image)
  if (mine.length > 0)
    text = withMember(text, 'history', rawArray([...history(next), ...mine.slice(baseSteps(mine, history(old), own))]))
  return created === undefined ? text : withMember(text, 'created', toRaw(created))
}

/** How many of the history's entries are the old base's: as many as it has, or those up to its last layer. */
function baseSteps(mine: readonly RawJson[], old: readonly RawJson[], own: number): number {
  const entry = (raw: RawJson | undefined) => JSON.stringify(raw === undefined ? null : fromRaw(raw))
  if (old.every((raw, index) => entry(raw) === entry(mine[index]))) return old.length
  let layers = 0
  const first = mine.findIndex(raw => (isLayer(raw) ? ++layers : layers) > own)
  return first === -1 ? mine.length : first
}

function isLayer(raw: RawJson): boolean {
  const entry = fromRaw(raw)
  return !(isRecord(entry) && entry['empty_layer'] === true)
}

function inFamily(described: RawJson, family: Family): RawJson {
  const mediaType = String(fromRaw(member(described, 'mediaType') ?? toRaw('')))
  const wanted = typeIn(family, mediaType)
  return wanted === mediaType ? described : withMember(described, 'mediaType', toRaw(wanted))
}

function manifestOf(
  before: RawJson,
  config: BlobPointer,
  layers: readonly RawJson[],
  annotations: Readonly<Record<string, string | undefined>>,
): RawJson {
  let manifest = withMember(before, 'config', pointingTo(member(before, 'config') ?? toRaw({}), config))
  manifest = withMember(manifest, 'layers', rawArray(layers))
  manifest = withEntries(manifest, 'annotations', Object.entries(annotations))
  return withMember(manifest, 'subject', undefined)
}
