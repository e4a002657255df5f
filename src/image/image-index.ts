import { type Descriptor, parseDescriptor, stringMap } from '../blob/descriptor.ts'
import type { JsonRecord } from '../blob/json.ts'
import { DOCKER_LIST, OCI_INDEX } from '../blob/media-type.ts'
import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import { ambiguous, mediaTypeOf, optionalDescriptor, type Understood } from './document.ts'
import { INDEX_SHAPE, parseDocument } from './document-shape.ts'

/** An OCI image index or a docker manifest list. */
export type ImageIndex = {
  readonly mediaType: string
  readonly artifactType?: string
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations: Readonly<Record<string, string>>
}

/** Manifests of one index that are understood; a real one has a few dozen. */
const MANIFESTS_LIMIT = 10_000

/**
 * Reads an index (image-spec image-index.md). `expected` is the type its descriptor names; `index.json` of a layout has none.
 * A descriptor that cannot be used is left out with a diagnostic; when nothing else is left, its error is thrown.
 * @throws ImageError those of `parseJson`, `MANIFEST_AMBIGUOUS`, `DOCUMENT_INVALID`, `DESCRIPTOR_INVALID`, `DIGEST_INVALID`
 */
export function parseImageIndex(raw: Uint8Array, where: string, expected?: string): Understood<ImageIndex> {
  const { value, diagnostics } = parseDocument(raw, where, INDEX_SHAPE)
  if ('config' in value || 'layers' in value) throw ambiguous(where)
  if (value['manifests'] !== null && value['manifests'] !== undefined && !Array.isArray(value['manifests'])) {
    throw new ImageError('DOCUMENT_INVALID', `Cannot read ${where}: "manifests" is not an array`)
  }
  const mediaType = mediaTypeOf(value, where, expected, [OCI_INDEX, DOCKER_LIST], diagnostics) ?? OCI_INDEX
  const subject = optionalDescriptor(value['subject'], `${where} subject`, diagnostics)
  return {
    value: {
      mediaType,
      ...(typeof value['artifactType'] === 'string' && { artifactType: value['artifactType'] }),
      manifests: manifestsOf(value, where, diagnostics),
      ...(subject !== undefined && { subject }),
      annotations: stringMap(value['annotations']) ?? {},
    },
    diagnostics,
  }
}

function manifestsOf(value: JsonRecord, where: string, diagnostics: Diagnostic[]): Descriptor[] {
  const items: readonly unknown[] = Array.isArray(value['manifests']) ? value['manifests'] : []
  const kept: Descriptor[] = []
  let first: unknown
  for (const [position, item] of items.slice(0, MANIFESTS_LIMIT).entries()) {
    try {
      kept.push(parseDescriptor(item, `${where} manifests[${position}]`))
    } catch (thrown) {
      first ??= thrown
      const code = thrown instanceof ImageError ? thrown.code : 'DESCRIPTOR_INVALID'
      diagnostics.push({ code, severity: 'error', message: reasonOf(thrown) })
    }
  }
  if (first !== undefined && kept.length === 0) throw first
  if (items.length > MANIFESTS_LIMIT) {
    const message = `${where} lists ${items.length} manifests; only the first ${MANIFESTS_LIMIT} are read`
    diagnostics.push({ code: 'INDEX_TOO_LONG', severity: 'warning', message })
  }
  return kept
}
