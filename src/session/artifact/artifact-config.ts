import { EMPTY_DESCRIPTOR } from '../../blob/descriptor.ts'
import { parseJson } from '../../blob/json.ts'
import { OCI_ARTIFACT_RC } from '../../blob/media-type.ts'
import { DOCUMENT_LIMIT, readDocument } from '../../blob/read.ts'
import type { BlobSource } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'

/** An artifact's own config, parsed: undefined where it has none or it is no JSON; `problem`: why it cannot be read. */
export type ArtifactConfig = { readonly document: unknown; readonly problem?: Diagnostic }

/** Reads the config that an artifact's manifest names. Nothing is thrown but what the signal says. */
export async function artifactConfig(
  source: BlobSource,
  { manifest: { value } }: Image,
  signal: AbortSignal,
): Promise<ArtifactConfig> {
  const { config, mediaType } = value
  const empty = config.digest === EMPTY_DESCRIPTOR.digest || mediaType === OCI_ARTIFACT_RC
  if (empty || config.size > DOCUMENT_LIMIT) return { document: undefined }
  try {
    return { document: parseJson(await readDocument(source, config, signal), `the config ${config.digest}`).value }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ImageError)) throw error
    // A config that is no JSON is some artifact's own affair.
    if (error.code.startsWith('JSON_') || error.code === 'DOCUMENT_INVALID') return { document: undefined }
    return { document: undefined, problem: { code: error.code, severity: 'warning', message: error.message } }
  }
}
