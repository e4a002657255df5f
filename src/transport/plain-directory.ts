import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../blob/descriptor.ts'
import { type Digest, digestOf, splitDigest } from '../blob/digest.ts'
import { parseJson } from '../blob/json.ts'
import { DOCUMENT_LIMIT } from '../blob/read.ts'
import type { BlobSource, LocalBlob } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { documentMediaType } from '../image/document-media-type.ts'
import { fileInDirectory } from './file-in-directory.ts'
import { quotePath, readSmallFile, systemError } from './local-file.ts'
import { localSource } from './local-source.ts'

/** The first line of skopeo's `version`; newer ones may say more. */
export const DIRECTORY_VERSION = 'Directory Transport Version: 1.1\n'
const ANY_VERSION = /^Directory Transport Version: 1\.\d+\s*$/

/**
 * An image in a directory as skopeo's `dir:` writes it: `manifest.json`, blobs beside it named by their digest without `sha256:`,
 * manifests of an index as `DIGEST.manifest.json` (containers/image, directory/).
 * @throws ImageError `NOT_FOUND`, `NOT_AN_IMAGE`, `JSON_INVALID`
 */
export async function openPlainDirectory(directory: string): Promise<BlobSource> {
  const names = await readdir(directory).catch(thrown => {
    throw systemError(thrown, `open ${quotePath(directory)}`)
  })
  if (!names.includes('manifest.json')) throw refused(directory, 'it has no manifest.json')
  const raw = await readSmallFile(join(directory, 'manifest.json'), DOCUMENT_LIMIT)
  const { value } = parseJson(raw, 'manifest.json')
  const mediaType = isRecord(value) ? documentMediaType(value) : undefined
  if (mediaType === undefined) throw refused(directory, 'its manifest.json is neither a manifest nor an index')
  const digest = digestOf(raw)
  const version = await readSmallFile(join(directory, 'version'), DOCUMENT_LIMIT).catch(() => undefined)
  return localSource({
    name: `dir:${escapeText(directory)}`,
    roots: [{ mediaType, digest, size: raw.byteLength }],
    diagnostics: [...versionDiagnostics(version), ...signatureDiagnostics(names)],
    documents: version === undefined ? [] : [{ name: 'version', raw: version }],
    find: wanted => (wanted === digest ? fileInDirectory(directory, 'manifest.json', digest) : findBlob(directory, wanted)),
  })
}

/** Whether a directory is one of these and no layout, by the names of its files. */
export function isPlainDirectory(directory: string): boolean {
  const has = (name: string) => existsSync(join(directory, name))
  return !has('index.json') && has('manifest.json') && has('version')
}

/** The name that a blob has in such a directory: its digest, without the algorithm where that is sha256. */
export function plainName(digest: Digest): string {
  const [algorithm, hex] = splitDigest(digest)
  return algorithm === 'sha256' ? hex : `${algorithm}-${hex}`
}

async function findBlob(directory: string, digest: Digest): Promise<LocalBlob | undefined> {
  const name = plainName(digest)
  return (await fileInDirectory(directory, name, digest)) ?? (await fileInDirectory(directory, `${name}.manifest.json`, digest))
}

function versionDiagnostics(version: Uint8Array | undefined): readonly Diagnostic[] {
  if (version !== undefined && ANY_VERSION.test(Buffer.from(version).toString('latin1'))) return []
  const message = `The file version ${version === undefined ? 'is missing' : 'has another text'}, by which skopeo knows its directories`
  return [{ code: 'LAYOUT_VERSION', severity: 'warning', message }]
}

/** Simple signing's signatures, which only directories of this kind carry. */
function signatureDiagnostics(names: readonly string[]): readonly Diagnostic[] {
  const count = names.filter(name => /^(?:[0-9a-f]{64}\.)?signature-\d+$/.test(name)).length
  if (count === 0) return []
  const which = count === 1 ? '1 signature lies' : `${count} signatures lie`
  return [{ code: 'SIGNATURES_LEFT', severity: 'warning', message: `${which} beside the image; peel does not read or copy them` }]
}

function refused(directory: string, why: string): ImageError {
  return new ImageError('NOT_AN_IMAGE', `Cannot open ${quotePath(directory)} as dir: ${why}`, {
    hint: 'Leave the prefix out to have the place recognised by its content.',
  })
}
