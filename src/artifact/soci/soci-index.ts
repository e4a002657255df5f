import { type Descriptor, EMPTY_DESCRIPTOR } from '../../blob/descriptor.ts'
import { type Digest, digestOf, isDigest } from '../../blob/digest.ts'
import { OCI_MANIFEST } from '../../blob/media-type.ts'
import { SPAN_LIST } from './span-list.ts'
import { BUILD_TOOL } from './write-ztoc.ts'

/** Artifact types of a SOCI index: version 1 hangs on its image as a referrer, version 2 stands beside it in an image index. */
export const SOCI_V1 = 'application/vnd.amazon.soci.index.v1+json'
export const SOCI_V2 = 'application/vnd.amazon.soci.index.v2+json'

/** On an image's manifest: the digest of its index. */
export const INDEX_DIGEST = 'com.amazon.soci.index-digest'
/** On the index's entry in the image index: the digest of the image's manifest. */
export const MANIFEST_DIGEST = 'com.amazon.soci.image-manifest-digest'
const LAYER_DIGEST = 'com.amazon.soci.image-layer-digest'
const LAYER_TYPE = 'com.amazon.soci.image-layer-mediaType'
const SPAN_SIZE = 'com.amazon.soci.span-size'
const TOOL = 'com.amazon.soci.build-tool-identifier'
const ZTOC_TYPE = 'application/octet-stream'
/** Beside zTOCs, about the same layer: which spans a snapshotter fetches before it is asked for them. */
const PREFETCH_TYPE = 'application/vnd.amazon.soci.prefetch.v1+json'

/** The zTOCs that a SOCI index has, by the digest of their layer. */
export function ztocsByLayer(blobs: readonly Descriptor[]): ReadonlyMap<Digest, Descriptor> {
  return new Map(
    blobs.flatMap(blob => {
      const layer = blob.mediaType === PREFETCH_TYPE ? undefined : blob.annotations?.[LAYER_DIGEST]
      return layer !== undefined && isDigest(layer) ? [[layer, blob] as const] : []
    }),
  )
}

/** The descriptor of a layer's zTOC; `spans`: the list of its spans, where it has one. */
export function ztocDescriptor(
  bytes: Uint8Array,
  layer: Descriptor,
  { spanSize, spans }: { readonly spanSize: number; readonly spans: string | undefined },
): Descriptor {
  return {
    mediaType: ZTOC_TYPE,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    annotations: {
      [LAYER_DIGEST]: layer.digest,
      [LAYER_TYPE]: layer.mediaType,
      [SPAN_SIZE]: String(spanSize),
      ...(spans !== undefined && { [SPAN_LIST]: spans }),
    },
  }
}

/** A SOCI index as its own tools write it: a manifest whose config is `{}` and whose media type says the version. */
export function sociManifest(
  ztocs: readonly Descriptor[],
  subject: Descriptor | undefined,
): { descriptor: Descriptor; bytes: Buffer } {
  const artifactType = subject === undefined ? SOCI_V2 : SOCI_V1
  const { digest, size } = EMPTY_DESCRIPTOR
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: artifactType, digest, size },
    layers: ztocs,
    ...(subject !== undefined && { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
    annotations: { [TOOL]: BUILD_TOOL },
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  return { descriptor: { mediaType: OCI_MANIFEST, artifactType, digest: digestOf(bytes), size: bytes.length }, bytes }
}

/** The config that every SOCI index names. */
export const SOCI_CONFIG: Descriptor = EMPTY_DESCRIPTOR
