import { isRecord } from '../blob/descriptor.ts'
import { type JsonRecord, parseJsonObject } from '../blob/json.ts'
import type { Diagnostic } from '../error.ts'
import { escapeText } from '../escape.ts'
import { INTEGER, nameInOtherCase, plainJson, type Shape, shape } from './plain-json.ts'
import { fromRaw } from './raw-json.ts'

const PLATFORM = 'architecture os os.version os.features variant'

/** image-spec descriptor.md. */
const DESCRIPTOR_SHAPE: Shape = shape('mediaType digest urls annotations data artifactType', {
  size: INTEGER,
  platform: shape(PLATFORM),
})

const DOCUMENT = 'mediaType artifactType annotations'
const DOCUMENT_MEMBERS = { schemaVersion: INTEGER, subject: DESCRIPTOR_SHAPE }

/** image-spec manifest.md, with the blobs of an artifact manifest. */
export const MANIFEST_SHAPE: Shape = shape(DOCUMENT, {
  ...DOCUMENT_MEMBERS,
  config: DESCRIPTOR_SHAPE,
  layers: DESCRIPTOR_SHAPE,
  blobs: DESCRIPTOR_SHAPE,
})

/** image-spec image-index.md. */
export const INDEX_SHAPE: Shape = shape(DOCUMENT, { ...DOCUMENT_MEMBERS, manifests: DESCRIPTOR_SHAPE })

const HEALTH_CHECK_SHAPE: Shape = shape('Test', {
  Interval: INTEGER,
  Timeout: INTEGER,
  StartPeriod: INTEGER,
  StartInterval: INTEGER,
  Retries: INTEGER,
})

/** image-spec config.md, with docker's health check. */
export const CONFIG_SHAPE: Shape = shape(`${PLATFORM} created author`, {
  config: shape('User ExposedPorts Env Entrypoint Cmd Volumes WorkingDir Labels StopSignal ArgsEscaped Shell OnBuild', {
    Healthcheck: HEALTH_CHECK_SHAPE,
  }),
  rootfs: shape('type diff_ids'),
  history: shape('created created_by author comment empty_layer'),
})

/** An item of `manifest.json` of a docker archive (moby daemon/internal/image/tarexport). */
export const ARCHIVE_ITEM_SHAPE: Shape = shape('Config RepoTags Layers Parent LayerSources')

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
  const { value, diagnostics } = parseJsonObject(raw, where)
  const read = withUsualNames(value, raw, where, shape)
  return { value: isRecord(read.value) ? read.value : value, diagnostics: [...diagnostics, ...read.diagnostics] }
}

/** The same of a value that need not be an object, which was parsed before. */
export function withUsualNames(
  value: unknown,
  raw: Uint8Array,
  where: string,
  shape: Shape,
): { readonly value: unknown; readonly diagnostics: readonly Diagnostic[] } {
  const name = nameInOtherCase(value, shape)
  if (name === undefined) return { value, diagnostics: [] }
  const shown = escapeText(name).slice(0, 100)
  const message = `${where} has the name "${shown}" in another case than the specification: some readers see it, others do not`
  return { value: fromRaw(plainJson(raw, shape)), diagnostics: [{ code: 'JSON_NAME_CASE', severity: 'warning', message }] }
}
