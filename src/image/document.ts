import { type Descriptor, parseDescriptor } from '../blob/descriptor.ts'
import type { JsonRecord } from '../blob/json.ts'
import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import { escapeText } from '../escape.ts'

/** A document as it was understood, and what was odd about it. */
export type Understood<Value> = { readonly value: Value; readonly diagnostics: readonly Diagnostic[] }

/** A document as it lies in its blob and as it was understood. `raw` is written back byte for byte unless it is edited. */
export type Document<Value> = Understood<Value> & {
  readonly descriptor: Descriptor
  readonly raw: Uint8Array
}

/**
 * The media type of a document: the expected one (its digest was checked, image-spec media-types.md#media-type-conflicts),
 * else its own. A document that calls itself something else says so in a diagnostic.
 */
export function mediaTypeOf(
  value: JsonRecord,
  where: string,
  expected: string | undefined,
  known: readonly string[],
  diagnostics: Diagnostic[],
): string | undefined {
  const own = typeof value['mediaType'] === 'string' && value['mediaType'] !== '' ? value['mediaType'] : undefined
  if (own !== undefined && expected !== undefined && own !== expected) {
    const message = `${where} calls itself "${escapeText(own)}" where its descriptor says "${escapeText(expected)}"`
    diagnostics.push({ code: 'DOCUMENT_TYPE_MISMATCH', severity: 'warning', message })
  } else if (own !== undefined && expected === undefined && !known.includes(own)) {
    const message = `${where} calls itself "${escapeText(own)}"`
    diagnostics.push({ code: 'DOCUMENT_TYPE_UNKNOWN', severity: 'warning', message })
  }
  if (value['schemaVersion'] !== 2) {
    const message = `${where} has the schemaVersion ${escapeText(JSON.stringify(value['schemaVersion']) ?? 'undefined').slice(0, 40)}, not 2`
    diagnostics.push({ code: 'SCHEMA_VERSION', severity: 'warning', message })
  }
  return expected ?? own
}

/** A descriptor that may be absent and need not be right, such as `subject`. */
export function optionalDescriptor(value: unknown, where: string, diagnostics: Diagnostic[]): Descriptor | undefined {
  if (value === undefined || value === null) return undefined
  try {
    return parseDescriptor(value, where)
  } catch (thrown) {
    diagnostics.push({ code: 'DESCRIPTOR_INVALID', severity: 'warning', message: reasonOf(thrown) })
    return undefined
  }
}

/** CVE-2021-41190: a document that one reader takes for a manifest and another for an index. */
export function ambiguous(where: string): ImageError {
  return new ImageError(
    'MANIFEST_AMBIGUOUS',
    `Cannot read ${where}: it is written both as a manifest ("config", "layers") and as an index ("manifests")`,
    { hint: 'Two programs would see two different images in it (CVE-2021-41190); do not trust it.' },
  )
}
