import type { IncomingMessage } from 'node:http'
import { isRecord } from '../blob/descriptor.ts'
import { type Digest, digestOf, splitDigest } from '../blob/digest.ts'
import { parseJsonObject } from '../blob/json.ts'
import { isIndexOrManifest } from '../blob/media-type.ts'
import { DOCUMENT_LIMIT } from '../blob/read.ts'
import { ImageError } from '../error.ts'
import { isTag } from '../image/reference.ts'
import { type GraphDocument, parseGraphDocument } from '../session/blob-graph.ts'
import { bodyOf, changesOf, type Exchange, repositoryOf, sendEmpty, verifiableDigest } from './exchange.ts'
import { RegistryError } from './registry-error.ts'

type ItemRoute = { readonly name: string; readonly reference: string }

/** Tags that one PUT may give. */
const MOST_TAGS = 100

/**
 * PUT of a manifest or an index by a tag, or by its digest with any number of `tag` parameters. Its bytes are kept as they are.
 * @throws RegistryError `DIGEST_INVALID`, `MANIFEST_INVALID`, `MANIFEST_BLOB_UNKNOWN`, `SIZE_INVALID`
 */
export async function putManifest(exchange: Exchange, { name, reference }: ItemRoute): Promise<void> {
  const { request, response, url } = exchange
  const changes = await changesOf(exchange, name)
  const asked = reference.includes(':') ? verifiableDigest(reference) : undefined
  const tags = asked === undefined ? [reference] : [...new Set(url.searchParams.getAll('tag'))]
  if (!tags.every(isTag) || tags.length > MOST_TAGS) throw new RegistryError(400, 'MANIFEST_INVALID', 'the tag is not one')
  const raw = await wholeBody(request)
  const digest = digestOf(raw, asked === undefined ? 'sha256' : splitDigest(asked)[0])
  if (asked !== undefined && asked !== digest) throw new RegistryError(400, 'DIGEST_INVALID', 'the manifest has another digest')
  const document = understood(raw, digest, request.headers['content-type'])
  await changes.putManifest({ document, raw, tags })
  sendEmpty(response, 201, {
    location: `/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(document.subject !== undefined && { 'oci-subject': document.subject.digest }),
    ...(asked !== undefined && tags.length > 0 && { 'oci-tag': tags }),
  })
}

/** DELETE of a tag, or of a manifest with all its tags. */
export async function deleteManifest(exchange: Exchange, { name, reference }: ItemRoute): Promise<void> {
  await repositoryOf(exchange, name)
  const changes = await changesOf(exchange, name)
  const deleted = reference.includes(':')
    ? await changes.deleteManifest(verifiableDigest(reference))
    : await changes.deleteTag(reference)
  if (!deleted) throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'there is no such manifest')
  sendEmpty(exchange.response, 202)
}

export async function deleteBlob(exchange: Exchange, { name, reference }: ItemRoute): Promise<void> {
  await repositoryOf(exchange, name)
  const changes = await changesOf(exchange, name)
  if (!(await changes.deleteBlob(verifiableDigest(reference))))
    throw new RegistryError(404, 'BLOB_UNKNOWN', 'there is no such blob')
  sendEmpty(exchange.response, 202)
}

/** @throws RegistryError 413 */
async function wholeBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyOf(request)) {
    size += chunk.byteLength
    if (size > DOCUMENT_LIMIT) throw new RegistryError(413, 'SIZE_INVALID', `a manifest has at most ${DOCUMENT_LIMIT} bytes here`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** @throws RegistryError `MANIFEST_INVALID` */
function understood(raw: Buffer, digest: Digest, contentType: string | undefined): GraphDocument {
  try {
    const { value } = parseJsonObject(raw, 'the manifest')
    const own = isRecord(value) && typeof value['mediaType'] === 'string' ? value['mediaType'] : undefined
    const mediaType = contentType?.split(';')[0]?.trim() ?? own ?? ''
    if (own !== undefined && own !== mediaType) throw invalid('it calls itself something else than its Content-Type')
    if (!isIndexOrManifest(mediaType)) throw invalid('its media type is none of a manifest or an index')
    const parsed = parseGraphDocument({ mediaType, digest, size: raw.byteLength }, raw)
    const [wrong] = parsed.diagnostics.filter(({ code, severity }) => severity === 'error' || code === 'DESCRIPTOR_INVALID')
    if (wrong !== undefined) throw invalid(wrong.message)
    return parsed.value
  } catch (thrown) {
    throw thrown instanceof ImageError ? invalid(thrown.message) : thrown
  }
}

function invalid(why: string): RegistryError {
  return new RegistryError(400, 'MANIFEST_INVALID', why)
}
