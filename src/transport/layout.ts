import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../blob/descriptor.ts'
import { type Digest, splitDigest } from '../blob/digest.ts'
import { parseJson } from '../blob/json.ts'
import { DOCUMENT_LIMIT } from '../blob/read.ts'
import type { BlobSource, PlaceDocument } from '../blob/source.ts'
import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { escapeText } from '../escape.ts'
import { parseImageIndex } from '../image/image-index.ts'
import { fileInDirectory } from './file-in-directory.ts'
import { quotePath, readSmallFile } from './local-file.ts'
import { localSource } from './local-source.ts'

/** The one version of the layout there is (image-spec image-layout.md#oci-layout-file). */
const LAYOUT_VERSION = '1.0.0'

/**
 * An OCI image layout in a directory (image-spec image-layout.md).
 * @throws ImageError `NOT_FOUND`, `NOT_AN_IMAGE`, `JSON_INVALID` and others of `parseImageIndex`
 */
export async function openLayout(directory: string): Promise<BlobSource> {
  const index = await readIndex(directory)
  const documents: PlaceDocument[] = [{ name: 'index.json', raw: index }]
  const { value, diagnostics } = parseImageIndex(index, 'index.json')
  const version = await readSmallFile(join(directory, 'oci-layout'), DOCUMENT_LIMIT).catch(() => undefined)
  if (version !== undefined) documents.push({ name: 'oci-layout', raw: version })
  return localSource({
    name: `oci:${escapeText(directory)}`,
    roots: value.manifests,
    diagnostics: [...layoutDiagnostics(version), ...diagnostics],
    documents,
    find: digest => fileInDirectory(directory, blobPath(digest), digest),
  })
}

/** Oddities of `oci-layout`: skopeo and docker read layouts without it, and with versions that no specification defines (formats.md 1.6). */
export function layoutDiagnostics(raw: Uint8Array | undefined): readonly Diagnostic[] {
  const warn = (code: ErrorCode, message: string): readonly Diagnostic[] => [{ code, severity: 'warning', message }]
  if (raw === undefined) return warn('LAYOUT_FILE_MISSING', 'The file oci-layout is missing, which every layout must have')
  try {
    const { value } = parseJson(raw, 'oci-layout')
    const version = isRecord(value) ? value['imageLayoutVersion'] : undefined
    if (version === LAYOUT_VERSION) return []
    const shown = escapeText(JSON.stringify(version) ?? 'missing').slice(0, 80)
    return warn('LAYOUT_VERSION', `oci-layout has the imageLayoutVersion ${shown}; only ${LAYOUT_VERSION} is known`)
  } catch (thrown) {
    return warn('LAYOUT_FILE_INVALID', reasonOf(thrown))
  }
}

export function blobPath(digest: Digest): string {
  return join('blobs', ...splitDigest(digest))
}

async function readIndex(directory: string): Promise<Buffer> {
  try {
    return await readSmallFile(join(directory, 'index.json'), DOCUMENT_LIMIT)
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'NOT_FOUND') throw thrown
    throw await notALayout(directory)
  }
}

/** Says what a directory without `index.json` is instead, as far as one can see. */
async function notALayout(directory: string): Promise<ImageError> {
  const has = async (name: string) => (await stat(join(directory, name)).catch(() => undefined)) !== undefined
  const refuse = (why: string, hint: string) =>
    new ImageError('NOT_AN_IMAGE', `Cannot open ${quotePath(directory)}: ${why}`, { hint })
  if (!(await has('.'))) return new ImageError('NOT_FOUND', `Cannot open ${quotePath(directory)}: there is no such directory`)
  if ((await has('manifest.json')) && (await has('version')))
    return refuse('it is a directory of skopeo’s, not an OCI layout', `Write dir:${escapeText(directory)}, or the path alone.`)
  if (await has('manifest.json')) {
    return refuse(
      'it is an unpacked docker archive',
      'Open the archive itself, or pack it again: tar -cf image.tar -C DIRECTORY .',
    )
  }
  if (await has('oci-layout')) return refuse('it is an OCI layout without index.json', 'The layout is incomplete; copy it again.')
  return refuse(
    'it is not an OCI layout (index.json is missing)',
    'Name a layout or an archive; for an image of that name in a registry write docker://NAME.',
  )
}
