import {
  DOCKER_CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  type Family,
  layerMediaType,
  layerType,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../blob/media-type.ts'

/** The same kind of document in the other family (image-spec media-types.md, compatibility matrix). */
const PAIRS: readonly (readonly [oci: string, docker: string])[] = [
  [OCI_INDEX, DOCKER_LIST],
  [OCI_MANIFEST, DOCKER_MANIFEST],
  [OCI_CONFIG, DOCKER_CONFIG],
]

/** The family a manifest or index belongs to. */
export function familyOf(mediaType: string): Family {
  return mediaType === DOCKER_LIST || mediaType === DOCKER_MANIFEST || mediaType === DOCKER_CONFIG ? 'docker' : 'oci'
}

/** The media type in `family`; undefined where it has none there (encrypted layers, artifacts, unknown types). */
export function inFamily(mediaType: string, family: Family): string | undefined {
  for (const [oci, docker] of PAIRS) {
    if (mediaType === oci || mediaType === docker) return family === 'oci' ? oci : docker
  }
  const layer = layerType(mediaType)
  if (layer === undefined || layer.family === family) return layer === undefined ? undefined : mediaType
  if (layer.encrypted || (family === 'docker' && layer.compression === 'zstd')) return undefined
  if (!layer.foreign) return layerMediaType(family, layer.compression)
  if (family === 'docker') {
    return `application/vnd.docker.image.rootfs.foreign.diff.tar${layer.compression === 'none' ? '' : `.${layer.compression}`}`
  }
  const suffix = layer.compression === 'none' ? '' : `+${layer.compression}`
  return `application/vnd.oci.image.layer.nondistributable.v1.tar${suffix}`
}
