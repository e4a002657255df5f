import type { Descriptor } from '../blob/descriptor.ts'
import { digestOf } from '../blob/digest.ts'
import { layerMediaType, OCI_CONFIG, OCI_MANIFEST, type Packing } from '../blob/media-type.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { CONFIG_SHAPE, MANIFEST_SHAPE } from '../image/document-shape.ts'
import { documentBytes, plainJson } from '../image/plain-json.ts'
import { toDescriptorPlatform } from '../image/platform.ts'
import { toRaw, withMember } from '../image/raw-json.ts'
import { displayPath } from '../layer/file-path.ts'
import { buildingStack } from '../overlay/apply.ts'
import { inTurns } from '../overlay/in-slices.ts'
import { firstDifference } from '../rebuild/compare.ts'
import { type BlobPointer, type DocumentChange, rewriteConfig, rewriteManifest, typeIn } from '../rebuild/document.ts'
import { familyOf } from '../rebuild/media-family.ts'
import type { ResultBlob } from '../rebuild/rebuilt-image.ts'
import { withEntries } from '../rebuild/setting.ts'
import type { MadeBlob, Workshop } from '../rebuild/workshop.ts'
import { type BuildOptions, type BuiltLayer, type BuiltLayers, buildLayers } from './build-layers.ts'
import type { BuildTask } from './build-task.ts'
import { type BuildChanges, countChanges } from './count-changes.ts'

export type BuiltImage = {
  readonly root: Descriptor
  /** False where nothing differs from the base: `root` is the base itself. */
  readonly changed: boolean
  /** The layers that were made, in order; those of the base lie below. */
  readonly layers: readonly BuiltLayer[]
  /** All layers of the result. */
  readonly blobs: readonly BlobPointer[]
  readonly config: { readonly raw: Uint8Array; readonly blob: BlobPointer }
  readonly manifest: Uint8Array
  readonly changes: BuildChanges
  /** In the order they must be sent: layers, config, manifest. */
  readonly outputs: readonly ResultBlob[]
  readonly diagnostics: readonly Diagnostic[]
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Makes an image of files and tars, on a base or on nothing: each layer is a difference of trees, proven before the image is
 * given out. Nothing is sent anywhere yet.
 * @throws ImageError `VERIFICATION_FAILED`, those of `buildLayers` and of the documents
 */
export async function buildImage(task: BuildTask, workshop: Workshop, options: BuildOptions): Promise<BuiltImage> {
  const made: MadeBlob[] = []
  try {
    if (task.base !== undefined && task.base.image.config === undefined) throw configMissing(task.base.image.descriptor)
    const built = await buildLayers(task, workshop, options, made)
    await verify(built, options)
    return documents(task, built, options, async () => {
      await Promise.all(made.map(blob => blob.remove()))
    })
  } catch (thrown) {
    await Promise.all(made.map(blob => blob.remove()))
    options.signal?.throwIfAborted()
    throw thrown
  }
}

/** Applies what was written, as it was read back, and compares it with what was meant, after every layer. @throws ImageError `VERIFICATION_FAILED` */
async function verify({ layers, stack, baseReadings }: BuiltLayers, { semantics, signal }: BuildOptions): Promise<void> {
  const written = layers.map(({ reading }) => reading.changeset)
  const changesets = [...baseReadings.map(({ changeset }) => changeset), ...written]
  const actual = await inTurns(buildingStack(changesets, semantics), signal)
  for (const [index, { place }] of layers.entries()) {
    const steps = firstDifference(stack.snapshot(place), actual.snapshot(baseReadings.length + index + 1))
    const found = await inTurns(steps, signal)
    if (found === undefined) continue
    throw new ImageError(
      'VERIFICATION_FAILED',
      `Cannot publish the image: after its layer ${baseReadings.length + index + 1} "/${displayPath(found.path)}" is not what was added (${found.what})`,
      { hint: 'Nothing was written. A source may have changed while it was read; if it did not, please report this.' },
    )
  }
}

/** Whether a tar given as a layer can have come in this way: a tar with another compression was packed anew. */
function isWritten(packing: Packing): packing is 'gzip' | 'zstd' {
  return packing === 'gzip' || packing === 'zstd'
}

function documents(task: BuildTask, built: BuiltLayers, options: BuildOptions, dispose: () => Promise<void>): BuiltImage {
  const before = beginning(task)
  const family = task.family ?? familyOf(before.mediaType)
  const mediaType = layerMediaType(family, task.compress.compression)
  const pointers = built.layers.map(({ blob, reading }) => ({
    mediaType: layerMediaType(family, isWritten(reading.compression) ? reading.compression : task.compress.compression),
    digest: blob.digest,
    size: blob.size,
  }))
  if (built.layers.length > 0 && family === 'docker') typeIn(family, mediaType)
  const change = changeOf(task, built, pointers, options)
  const configRaw = withPlatform(withCreated(rewriteConfig(before.config, change), built, task, options), task)
  const configType = typeIn(task.family, before.configType)
  const config = { raw: configRaw, blob: pointer(configRaw, configType) }
  const manifest = withBase(rewriteManifest(before.manifest, config.blob, change), before.manifest, task)
  const changed = !Buffer.from(manifest).equals(before.manifest)
  const rootBlob = pointer(manifest, typeIn(task.family, before.mediaType))
  const base = task.base
  const kept = base?.image.layers.map(({ blob }) => blob) ?? []
  return {
    root:
      changed || base === undefined ? { ...rootBlob, platform: toDescriptorPlatform(platformOf(task)) } : base.image.descriptor,
    changed,
    layers: built.layers,
    blobs: [...kept, ...pointers],
    config,
    manifest,
    changes: countChanges(
      built.stack.snapshot(built.below),
      built.stack.snapshot(built.stack.changesets.length),
      built.unchanged,
    ),
    outputs: [
      ...kept.map(blob => ({ blob, from: 'source' as const })),
      ...built.layers.flatMap(({ blob }, index) => outputOf(pointers[index], blob)),
      { blob: config.blob, from: config.raw },
      { blob: rootBlob, from: manifest },
    ],
    diagnostics: built.diagnostics,
    [Symbol.asyncDispose]: dispose,
  }
}

function outputOf(described: BlobPointer | undefined, from: MadeBlob): ResultBlob[] {
  return described === undefined ? [] : [{ blob: described, from }]
}

/** The documents that the layers are put into: the base's, or those of an image without layers. */
function beginning({ base, platform }: BuildTask) {
  if (base?.image.config !== undefined) {
    const { manifest, config, descriptor } = base.image
    return {
      manifest: manifest.raw,
      config: config.raw,
      mediaType: descriptor.mediaType,
      configType: manifest.value.config.mediaType,
    }
  }
  const config = {
    ...toDescriptorPlatform(platform),
    config: {},
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  }
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: {}, layers: [] }
  return { manifest: json(manifest), config: json(config), mediaType: OCI_MANIFEST, configType: OCI_CONFIG }
}

function changeOf(task: BuildTask, built: BuiltLayers, pointers: readonly BlobPointer[], options: BuildOptions): DocumentChange {
  const kept = task.base?.image.layers ?? []
  const texts = task.layers.map(({ history }) => history)
  return {
    layers: [
      ...kept.map(({ position, diffID }) => ({ group: { kind: 'kept', position } as const, diffID, blob: undefined })),
      ...built.layers.map(({ words, reading, asked }, index) => ({
        group: {
          kind: 'added',
          history: toRaw({
            ...(options.created !== undefined && { created: options.created }),
            created_by: texts[asked] ?? `peel build ${words}`,
          }),
        } as const,
        diffID: reading.diffID,
        blob: pointers[index],
      })),
    ],
    before: kept.length,
    settings: task.settings,
    family: task.family,
    keepSubject: false,
    created: options.created,
  }
}

/** The time of the build where one is given; else none: the base's would be told of another image. */
function withCreated(raw: Uint8Array, { layers }: BuiltLayers, { settings }: BuildTask, { created }: BuildOptions): Uint8Array {
  if (layers.length === 0 && settings.length === 0) return raw
  return documentBytes(withMember(plainJson(raw, CONFIG_SHAPE), 'created', created === undefined ? undefined : toRaw(created)))
}

/** The base's platform, where it has one: a base is made for it. */
function platformOf({ base, platform }: BuildTask) {
  const known = base?.image.platform
  return known === undefined || known.os === '' ? platform : known
}

/** A config that does not say what it runs on is told. */
function withPlatform(raw: Uint8Array, task: BuildTask): Uint8Array {
  const known = task.base?.image.config?.value.platform
  if (known === undefined || (known.os !== '' && known.architecture !== '')) return raw
  const text = withMember(plainJson(raw, CONFIG_SHAPE), 'os', toRaw(task.platform.os))
  return documentBytes(withMember(text, 'architecture', toRaw(task.platform.architecture)))
}

function withBase(manifest: Uint8Array, before: Uint8Array, { base, family }: BuildTask): Uint8Array {
  const docker = (family ?? familyOf(base?.image.descriptor.mediaType ?? OCI_MANIFEST)) === 'docker'
  if (base === undefined || docker || manifest === before) return manifest
  return documentBytes(withEntries(plainJson(manifest, MANIFEST_SHAPE), 'annotations', Object.entries(base.annotations)))
}

function pointer(bytes: Uint8Array, mediaType: string): BlobPointer {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function configMissing({ digest }: Descriptor): ImageError {
  return new ImageError('CONFIG_MISSING', `Cannot build on ${digest}: its config cannot be read`, {
    hint: 'Fetch the image again.',
  })
}
