import type { JsonRecord } from '../blob/json.ts'
import { DOCKER_SCHEMA1, documentKind, isIndexOrManifest, OCI_INDEX, OCI_MANIFEST } from '../blob/media-type.ts'

/** Whether registries keep documents of this type among their manifests, even types that no image is read from any more. */
export function isServedAsManifest(mediaType: string): boolean {
  return isIndexOrManifest(mediaType) || documentKind(mediaType) === 'schema1'
}

/**
 * The media type of a manifest or an index that came without a descriptor: its own word, then `said`, the word of its source,
 * then what its fields look like. Undefined where it is neither.
 */
export function documentMediaType(value: JsonRecord, said = ''): string | undefined {
  const own = value['mediaType']
  const declared = [typeof own === 'string' ? own : '', said].find(isServedAsManifest)
  const sniffed = 'manifests' in value ? OCI_INDEX : 'config' in value || 'layers' in value ? OCI_MANIFEST : undefined
  const schema1 = 'fsLayers' in value || 'signatures' in value ? DOCKER_SCHEMA1 : undefined
  return schema1 ?? declared ?? sniffed
}
