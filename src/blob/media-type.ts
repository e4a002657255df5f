/** Media types an image reader meets (image-spec media-types.md, docker distribution, formats.md 1.5). */

const OCI = 'application/vnd.oci.image'
const DOCKER = 'application/vnd.docker'

export const OCI_INDEX = `${OCI}.index.v1+json`
export const OCI_MANIFEST = `${OCI}.manifest.v1+json`
export const OCI_CONFIG = `${OCI}.config.v1+json`
export const OCI_LAYER = `${OCI}.layer.v1.tar`
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json'
export const OCI_ARTIFACT_RC = 'application/vnd.oci.artifact.manifest.v1+json'
/** The artifact type of what BuildKit says about an image, where it writes it as an artifact (0.32 and later do). */
export const DOCKER_ATTESTATION = `${DOCKER}.attestation.manifest.v1+json`
export const DOCKER_LIST = `${DOCKER}.distribution.manifest.list.v2+json`
export const DOCKER_MANIFEST = `${DOCKER}.distribution.manifest.v2+json`
export const DOCKER_CONFIG = `${DOCKER}.container.image.v1+json`
export const DOCKER_LAYER = `${DOCKER}.image.rootfs.diff.tar`
export const DOCKER_SCHEMA1 = `${DOCKER}.distribution.manifest.v1+json`
const DOCKER_SCHEMA1_SIGNED = `${DOCKER}.distribution.manifest.v1+prettyjws`

export type Compression = 'none' | 'gzip' | 'zstd'
/** How bytes are packed, those formats included that docker loads and no builder writes. */
export type Packing = Compression | 'bzip2'
export type Family = 'oci' | 'docker'

/** The kind of document that a descriptor's media type promises. */
export type DocumentKind = 'index' | 'manifest' | 'schema1' | 'config' | 'layer' | 'other'

export type LayerType = {
  readonly compression: Compression
  /** Declared non-distributable or foreign: read when present, missing is normal, not uploaded. */
  readonly foreign: boolean
  /** ocicrypt: the bytes are opaque. */
  readonly encrypted: boolean
  readonly family: Family
}

const KINDS: Readonly<Record<string, DocumentKind>> = {
  [OCI_INDEX]: 'index',
  [DOCKER_LIST]: 'index',
  [OCI_MANIFEST]: 'manifest',
  [DOCKER_MANIFEST]: 'manifest',
  [DOCKER_SCHEMA1]: 'schema1',
  [DOCKER_SCHEMA1_SIGNED]: 'schema1',
  [OCI_CONFIG]: 'config',
  [DOCKER_CONFIG]: 'config',
}

export function documentKind(mediaType: string): DocumentKind {
  return KINDS[mediaType] ?? (layerType(mediaType) === undefined ? 'other' : 'layer')
}

/** Whether it is a manifest: of an image, or the artifact manifest that image-spec had in the release candidates of 1.1 only. */
export function isManifestType(mediaType: string): boolean {
  return documentKind(mediaType) === 'manifest' || mediaType === OCI_ARTIFACT_RC
}

/** Whether it names other blobs: such documents are sent after those, and registries keep them apart from blobs. */
export function isIndexOrManifest(mediaType: string): boolean {
  return documentKind(mediaType) === 'index' || isManifestType(mediaType)
}

const LAYER =
  /^application\/vnd\.(?:(oci)\.image\.layer\.(nondistributable\.)?v1|(docker)\.image\.rootfs\.(foreign\.)?diff)\.tar(?:[.+](gzip|zstd))?(\+encrypted)?$/

/** The format and compression that a tar layer's media type promises; undefined for every other media type. */
export function layerType(mediaType: string): LayerType | undefined {
  const match = LAYER.exec(mediaType)
  if (match === null) return undefined
  const [, oci, nondistributable, , foreign, compression, encrypted] = match
  return {
    compression: (compression as Compression | undefined) ?? 'none',
    foreign: nondistributable !== undefined || foreign !== undefined,
    encrypted: encrypted !== undefined,
    family: oci === undefined ? 'docker' : 'oci',
  }
}

/** A layer that is a file system image: EROFS as apko and as containerd write it, squashfs as stacker and apptainer do. */
export function isFilesystemLayer(mediaType: string): boolean {
  return FILESYSTEM.test(mediaType)
}

const FILESYSTEM = /^application\/vnd\.erofs(?:\.layer[.\w]*)?(?:\+\w+)?$|\.squashfs(?:\+\w+)?$/

/** The media type of a distributable tar layer. Docker never registered one for zstd; containerd writes `.zstd`. */
export function layerMediaType(family: Family, compression: Compression): string {
  if (family === 'oci') return compression === 'none' ? OCI_LAYER : `${OCI_LAYER}+${compression}`
  return compression === 'none' ? DOCKER_LAYER : `${DOCKER_LAYER}.${compression}`
}
