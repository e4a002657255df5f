import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import { documentKind, isManifestType } from '../blob/media-type.ts'
import { readDocument } from '../blob/read.ts'
import type { BlobSource } from '../blob/source.ts'
import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { escapeText } from '../escape.ts'
import { type ImageConfig, parseConfig } from './config.ts'
import type { Document } from './document.ts'
import { alignHistory, type HistoryStep } from './history.ts'
import { artifactTypeOf, isImageManifest, type Manifest, parseManifest, schema1 } from './manifest.ts'
import { descriptorPlatform, type Platform } from './platform.ts'
import { runtimeRefusals } from './runtime-refusals.ts'

/** A layer is named by its position, base 0: digests may repeat in one image. */
export type Layer = {
  readonly position: number
  readonly blob: Descriptor
  /** The DiffID in the config; undefined when the config is missing or too short. */
  readonly diffID: Digest | undefined
}

/** One image: a manifest with its config and layers, base first. Or an artifact: a manifest and its blobs, of which `layers` are all. */
export type Image = {
  readonly descriptor: Descriptor
  /** The kind of artifact; undefined for an image. Its config is then no image's and was not read. */
  readonly artifactType: string | undefined
  readonly manifest: Document<Manifest>
  /** Undefined when the blob is missing or unreadable (a diagnostic says why). */
  readonly config: Document<ImageConfig> | undefined
  readonly layers: readonly Layer[]
  readonly steps: readonly HistoryStep[]
  readonly platform: Platform | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads an image's manifest and config, verified; no layer. A config that cannot be read leaves the layers listable.
 * @throws ImageError `NOT_AN_IMAGE`, `SCHEMA1_UNSUPPORTED`, those of `readDocument` and `parseManifest`
 */
export async function loadImage(source: BlobSource, descriptor: Descriptor, signal?: AbortSignal): Promise<Image> {
  const manifest = await loadManifest(source, descriptor, signal)
  if (!isImageManifest(manifest.value)) {
    const type = escapeText(artifactTypeOf(manifest.value))
    throw new ImageError('NOT_AN_IMAGE', `Cannot open ${descriptor.digest}: it is an artifact, not an image, of type "${type}"`, {
      hint: ARTIFACT_HINT,
    })
  }
  return imageOf(source, manifest, signal)
}

/** Hint for a manifest that is no image. */
export const ARTIFACT_HINT =
  'An artifact has no layers that hide each other: inspect, ls, cat, extract, diff, check, verify and copy work on it.'

/**
 * The same for an image or whatever else a manifest describes: of an artifact no config is read, its layers are its blobs.
 * @throws ImageError as `loadImage`, but `NOT_AN_IMAGE` for an artifact
 */
export async function loadAny(source: BlobSource, descriptor: Descriptor, signal?: AbortSignal): Promise<Image> {
  const manifest = await loadManifest(source, descriptor, signal)
  if (isImageManifest(manifest.value)) return imageOf(source, manifest, signal)
  const layers = manifest.value.layers.map((blob, position) => ({ position, blob, diffID: undefined }))
  return {
    descriptor,
    artifactType: artifactTypeOf(manifest.value),
    manifest,
    config: undefined,
    layers,
    steps: alignHistory(undefined, layers.length),
    platform: descriptorPlatform(descriptor.platform),
    diagnostics: manifest.diagnostics,
  }
}

async function imageOf(source: BlobSource, manifest: Document<Manifest>, signal: AbortSignal | undefined): Promise<Image> {
  const { descriptor } = manifest
  const { config, problems } = await loadConfig(source, manifest.value.config, signal)
  const layers = manifest.value.layers.map((blob, position) => ({ position, blob, diffID: config?.value.diffIDs[position] }))
  const steps = alignHistory(config?.value.history, layers.length)
  const image = {
    descriptor,
    artifactType: undefined,
    manifest,
    config,
    layers,
    steps,
    platform: platformOf(descriptor, config),
    diagnostics: [...manifest.diagnostics, ...problems, ...(config === undefined ? [] : mismatches(config.value, layers, steps))],
  }
  return withRefusals(image)
}

/**
 * Whether an image says that it is for Windows, in its config or where it is listed. Its layers are no trees of files that replace each
 * other: hives are deltas of the registry below, files lie under `Files/` (reports/windows-squash).
 */
export function isForWindows({ config, descriptor }: Pick<Image, 'config' | 'descriptor'>): boolean {
  return config?.value.platform.os === 'windows' || descriptorPlatform(descriptor.platform)?.os === 'windows'
}

/**
 * The diagnostic where layers of Windows were merged by the rules of Linux: the tree, hidden bytes and differences are then not what Windows
 * makes of them.
 */
export function windowsNotice(image: Pick<Image, 'config' | 'descriptor'>): readonly Diagnostic[] {
  if (!isForWindows(image)) return []
  const message =
    'The image is for Windows, whose layers are merged here as if they were Linux’s: hives are deltas of the registry below, and none hides another'
  return [{ code: 'PLATFORM_UNSUPPORTED', severity: 'warning', message }]
}

/** The platform of the config, with the variant of the index where the config names none. */
function platformOf(descriptor: Descriptor, config: Document<ImageConfig> | undefined): Platform | undefined {
  const listed = descriptorPlatform(descriptor.platform)
  const own = config?.value.platform
  if (own === undefined || listed === undefined) return own ?? listed
  if (config?.value.saysVariant === true || own.os !== listed.os || own.architecture !== listed.architecture) return own
  return { ...own, ...(listed.variant !== undefined && { variant: listed.variant }) }
}

/** The image with the faults that runtimes refuse it for, looked for when its diagnostics are read: most commands show none. */
function withRefusals(image: Image): Image {
  let all: readonly Diagnostic[] | undefined
  return {
    ...image,
    get diagnostics() {
      all ??= [...image.diagnostics, ...runtimeRefusals(image)]
      return all
    },
  }
}

/** @throws ImageError `NOT_AN_IMAGE`, `SCHEMA1_UNSUPPORTED`, those of `readDocument` and `parseManifest` */
export async function loadManifest(
  source: BlobSource,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<Document<Manifest>> {
  const where = `the manifest ${descriptor.digest}`
  if (documentKind(descriptor.mediaType) === 'schema1') throw schema1(where)
  if (!isManifestType(descriptor.mediaType)) {
    throw new ImageError(
      'NOT_AN_IMAGE',
      `Cannot open ${descriptor.digest} as an image: its type is "${escapeText(descriptor.mediaType)}"`,
    )
  }
  const raw = await readDocument(source, descriptor, signal)
  return { descriptor, raw, ...parseManifest(raw, where, descriptor.mediaType) }
}

async function loadConfig(
  source: BlobSource,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<{ config: Document<ImageConfig> | undefined; problems: readonly Diagnostic[] }> {
  try {
    const raw = await readDocument(source, descriptor, signal)
    const config = { descriptor, raw, ...parseConfig(raw, `the config ${descriptor.digest}`) }
    return { config, problems: config.diagnostics }
  } catch (thrown) {
    signal?.throwIfAborted()
    if (!(thrown instanceof ImageError)) throw thrown
    const code = thrown.code === 'BLOB_MISSING' ? 'CONFIG_MISSING' : thrown.code
    const message = `${thrown.message}; DiffIDs and history are unknown`
    return { config: undefined, problems: [{ code, severity: 'error', message }] }
  }
}

/** The differences of config and manifest; legal for docker, containerd and podman, an error for umoci (formats.md 1.4). */
function mismatches(config: ImageConfig, layers: readonly Layer[], steps: readonly HistoryStep[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const warn = (code: ErrorCode, message: string) => diagnostics.push({ code, severity: 'warning', message })
  const { diffIDs, rootfsType } = config
  if (diffIDs.length !== layers.length) {
    warn('DIFF_IDS_COUNT', `The config has ${diffIDs.length} DiffIDs for ${layers.length} layers`)
  }
  if (rootfsType !== 'layers') warn('ROOTFS_TYPE', `The config's rootfs.type is "${escapeText(rootfsType)}", not "layers"`)
  if (steps.some(step => !step.aligned)) {
    const described = (config.history ?? []).filter(entry => !entry.emptyLayer).length
    warn('HISTORY_MISMATCH', `The history describes ${described} layers where the image has ${layers.length}`)
  }
  return diagnostics
}

/** The reason a document could not be read, as an ImageError whatever was thrown. */
export function asImageError(thrown: unknown, action: string): ImageError {
  return thrown instanceof ImageError
    ? thrown
    : new ImageError('READ_FAILED', `Cannot ${action}: ${escapeText(reasonOf(thrown))}`, { cause: thrown })
}
