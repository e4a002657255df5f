import { isRecord } from '../blob/descriptor.ts'
import { type JsonRecord, parseJsonObject } from '../blob/json.ts'
import type { Diagnostic } from '../error.ts'
import { escapeText } from '../escape.ts'
import { ANY, INTEGER, nameInOtherCase, plainJson, type Shape, shape } from './plain-json.ts'
import { fromRaw } from './raw-json.ts'

const any = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, ANY]))
const integers = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, INTEGER]))

const PLATFORM = any('architecture', 'os', 'os.version', 'os.features', 'variant')

/** image-spec descriptor.md. */
const DESCRIPTOR_SHAPE: Shape = shape({
  ...any('mediaType', 'digest', 'urls', 'annotations', 'data', 'artifactType'),
  size: INTEGER,
  platform: shape(PLATFORM),
})

const DOCUMENT = { ...any('mediaType', 'artifactType', 'annotations'), schemaVersion: INTEGER, subject: DESCRIPTOR_SHAPE }

/** image-spec manifest.md, with the blobs of an artifact manifest. */
export const MANIFEST_SHAPE: Shape = shape({
  ...DOCUMENT,
  config: DESCRIPTOR_SHAPE,
  layers: DESCRIPTOR_SHAPE,
  blobs: DESCRIPTOR_SHAPE,
})

/** image-spec image-index.md. */
export const INDEX_SHAPE: Shape = shape({ ...DOCUMENT, manifests: DESCRIPTOR_SHAPE })

/** image-spec config.md, with docker's health check. */
export const CONFIG_SHAPE: Shape = shape({
  ...PLATFORM,
  ...any('created', 'author'),
  config: shape({
    ...any('User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal'),
    ...any('ArgsEscaped', 'Shell', 'OnBuild'),
    Healthcheck: shape({ ...any('Test'), ...integers('Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries') }),
  }),
  rootfs: shape(any('type', 'diff_ids')),
  history: shape(any('created', 'created_by', 'author', 'comment', 'empty_layer')),
})

/**
 * Parses a document of an image. A name in another case than the specification's stands for it where that is not there, as it does for
 * Go's readers, which are the runtimes; it is told, since other readers do not see it.
 * @throws ImageError those of `parseJsonObject`
 */
export function parseDocument(
  raw: Uint8Array,
  where: string,
  shape: Shape,
): { readonly value: JsonRecord; readonly diagnostics: Diagnostic[] } {
  const parsed = parseJsonObject(raw, where)
  const name = nameInOtherCase(parsed.value, shape)
  if (name === undefined) return parsed
  const shown = escapeText(name).slice(0, 100)
  const message = `${where} has the name "${shown}" in another case than the specification: some readers see it, others do not`
  const value = fromRaw(plainJson(raw, shape))
  return {
    value: isRecord(value) ? value : parsed.value,
    diagnostics: [...parsed.diagnostics, { code: 'JSON_NAME_CASE', severity: 'warning', message }],
  }
}
