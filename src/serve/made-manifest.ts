import type { Descriptor } from '../blob/descriptor.ts'
import { digestOf } from '../blob/digest.ts'
import { layerMediaType, layerType, OCI_CONFIG, OCI_MANIFEST } from '../blob/media-type.ts'
import type { GraphDocument } from '../session/blob-graph.ts'

/** A manifest made here, which lies in no file. */
export type MadeManifest = { readonly document: GraphDocument; readonly bytes: Uint8Array }

/**
 * The OCI manifest of an image that a docker-archive has without one: its config and its layers as they are stored. The bytes depend
 * on nothing else, so that the digest is the same after every start. Undefined where a layer has a compression that OCI has no
 * media type for.
 */
export function ociManifestOf(made: GraphDocument): MadeManifest | undefined {
  const [config, ...layers] = made.children
  if (config === undefined) return undefined
  const described: Descriptor[] = [{ mediaType: OCI_CONFIG, digest: config.digest, size: config.size }]
  for (const layer of layers) {
    const type = layerType(layer.mediaType)
    if (type === undefined || type.foreign) return undefined
    described.push({ mediaType: layerMediaType('oci', type.compression), digest: layer.digest, size: layer.size })
  }
  const [first, ...rest] = described
  const text = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: first, layers: rest })
  const bytes = Buffer.from(text)
  const { platform } = made.descriptor
  const descriptor: Descriptor = {
    mediaType: OCI_MANIFEST,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    ...(platform !== undefined && { platform }),
  }
  return { document: { ...made, descriptor, children: described, artifactType: OCI_CONFIG }, bytes }
}
