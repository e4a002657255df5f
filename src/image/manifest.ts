import { type Descriptor, EMPTY_DESCRIPTOR, parseDescriptor, stringMap } from '../blob/descriptor.ts'
import { DOCKER_CONFIG, DOCKER_MANIFEST, OCI_ARTIFACT_RC, OCI_CONFIG, OCI_EMPTY, OCI_MANIFEST } from '../blob/media-type.ts'
import { ImageError } from '../error.ts'
import { ambiguous, mediaTypeOf, optionalDescriptor, type Understood } from './document.ts'
import { MANIFEST_SHAPE, parseDocument } from './document-shape.ts'

/** An OCI manifest or a docker schema 2 one. */
export type Manifest = {
  /** The document's media type by its descriptor, or by the document itself where nothing pointed to it. */
  readonly mediaType: string
  /** Falls back to the config's media type for artifacts (image-spec manifest.md). */
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations: Readonly<Record<string, string>>
}

/** Layers of one manifest; overlayfs takes at most 500, docker 127. */
const LAYERS_LIMIT = 10_000

/**
 * Reads a manifest (image-spec manifest.md, docker schema 2), or the artifact manifest of old if one is `expected`. No layers,
 * or `null` for them, is legal.
 * @throws ImageError those of `parseJson`, `SCHEMA1_UNSUPPORTED`, `MANIFEST_AMBIGUOUS`, `DOCUMENT_INVALID`, `DESCRIPTOR_INVALID`, `DIGEST_INVALID`
 */
export function parseManifest(raw: Uint8Array, where: string, expected?: string): Understood<Manifest> {
  if (expected === OCI_ARTIFACT_RC) return parseOldArtifact(raw, where)
  const { value, diagnostics } = parseDocument(raw, where, MANIFEST_SHAPE)
  if ('manifests' in value) throw ambiguous(where)
  if (value['schemaVersion'] === 1 && ('fsLayers' in value || 'history' in value)) throw schema1(where)
  const layers = value['layers'] ?? []
  if (!Array.isArray(layers)) throw new ImageError('DOCUMENT_INVALID', `Cannot read ${where}: "layers" is not an array`)
  if (layers.length > LAYERS_LIMIT) {
    throw new ImageError(
      'DOCUMENT_INVALID',
      `Cannot read ${where}: its ${layers.length} layers are over the limit of ${LAYERS_LIMIT}`,
    )
  }
  const mediaType = mediaTypeOf(value, where, expected, [OCI_MANIFEST, DOCKER_MANIFEST], diagnostics) ?? OCI_MANIFEST
  const config = parseDescriptor(value['config'], `${where} config`)
  const subject = optionalDescriptor(value['subject'], `${where} subject`, diagnostics)
  const artifactType = readArtifactType(value['artifactType'], config, mediaType)
  return {
    value: {
      mediaType,
      ...(artifactType !== undefined && { artifactType }),
      config,
      layers: layers.map((layer, position) => parseDescriptor(layer, `${where} layers[${position}]`)),
      ...(subject !== undefined && { subject }),
      annotations: stringMap(value['annotations']) ?? {},
    },
    diagnostics,
  }
}

/** Reads an artifact manifest, which the image specification had in the release candidates of 1.1 only: blobs without a config. */
function parseOldArtifact(raw: Uint8Array, where: string): Understood<Manifest> {
  const { value, diagnostics } = parseDocument(raw, where, MANIFEST_SHAPE)
  const blobs = value['blobs'] ?? []
  if (!Array.isArray(blobs) || blobs.length > LAYERS_LIMIT) {
    throw new ImageError('DOCUMENT_INVALID', `Cannot read ${where}: its "blobs" are not an array of at most ${LAYERS_LIMIT}`)
  }
  const subject = optionalDescriptor(value['subject'], `${where} subject`, diagnostics)
  const { artifactType } = value
  return {
    value: {
      mediaType: OCI_ARTIFACT_RC,
      artifactType: typeof artifactType === 'string' && artifactType !== '' ? artifactType : OCI_ARTIFACT_RC,
      config: EMPTY_DESCRIPTOR,
      layers: blobs.map((blob, position) => parseDescriptor(blob, `${where} blobs[${position}]`)),
      ...(subject !== undefined && { subject }),
      annotations: stringMap(value['annotations']) ?? {},
    },
    diagnostics,
  }
}

/**
 * Whether the manifest is an image's: only then may its config be read as an image config (manifest.md: "MUST NOT attempt to
 * parse"). Signatures and attestations from before OCI 1.1 borrow an image's config; their layers are documents, no file systems.
 * Ollama borrows docker's for its models.
 */
export function isImageManifest({ artifactType, layers }: Manifest): boolean {
  return artifactType === undefined && (layers.length === 0 || layers.some(layer => !NO_LAYER.test(layer.mediaType)))
}

/** The blobs it names, the config first where it has one: the artifact manifest of old has not. */
export function blobsOf({ mediaType, config, layers }: Manifest): readonly Descriptor[] {
  return mediaType === OCI_ARTIFACT_RC ? layers : [config, ...layers]
}

/** The kind of artifact that a manifest describes which is no image's. */
export function artifactTypeOf({ artifactType, layers, config }: Manifest): string {
  return artifactType ?? layers[0]?.mediaType ?? config.mediaType
}

const NO_LAYER = /[+/]json(?:;|$)|^text\/|^application\/vnd\.ollama\.image\./

/** Media types that docker takes for an image config in a schema 2 manifest besides its own type (distribution/distribution#1621). */
const DEFAULTED = new Set(['', 'application/octet-stream', 'application/json', 'text/html'])

/** The error for docker's first manifest schema, which names no layers by their own digests. */
export function schema1(where: string): ImageError {
  return new ImageError(
    'SCHEMA1_UNSUPPORTED',
    `Cannot read ${where}: it is a schema 1 manifest, a format that was retired in 2019`,
    {
      hint: 'Pull and push the image again with a current tool to get an OCI or schema 2 manifest.',
    },
  )
}

/** Whether an artifact type is one: some writers put an image's config type there. */
export function isArtifactType(type: unknown): type is string {
  return typeof type === 'string' && type !== '' && !isImageConfig(type)
}

const isImageConfig = (type: string) => type === OCI_CONFIG || type === DOCKER_CONFIG

function readArtifactType(own: unknown, { mediaType }: Descriptor, manifestType: string): string | undefined {
  if (isArtifactType(own)) return own
  if (isImageConfig(mediaType) || (manifestType === DOCKER_MANIFEST && DEFAULTED.has(mediaType))) return undefined
  return mediaType === '' ? OCI_EMPTY : mediaType
}
