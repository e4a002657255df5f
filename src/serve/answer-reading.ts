import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDigest } from '../blob/digest.ts'
import { OCI_INDEX } from '../blob/media-type.ts'
import { parseRange } from './byte-range.ts'
import { checkedDigest, type Exchange } from './exchange.ts'
import { namePage } from './name-page.ts'
import { RegistryError } from './registry-error.ts'
import { sendPieces, sendStretch } from './send-stretch.ts'
import type { ServedDocument, ServedRepository } from './served-repository.ts'

/** `Link` names the next page where there is one. */
export function sendNames({ response, url }: Exchange, field: string, names: readonly string[], besides: object = {}): void {
  const page = namePage(names, url.pathname, url.searchParams)
  if (page.next !== undefined) response.setHeader('link', `<${page.next}>; rel="next"`)
  sendJson(response, { ...besides, [field]: page.names })
}

export async function sendManifest({ request, response, signal }: Exchange, repository: ServedRepository, reference: string) {
  const byDigest = isDigest(reference)
  if (!byDigest && reference.includes(':')) throw new RegistryError(400, 'DIGEST_INVALID', 'the digest is not one')
  const document = await repository.manifest(reference, signal)
  if (document === undefined) throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'there is no such manifest')
  const { digest, mediaType, size } = document.descriptor
  if (isUnchanged(request, response, digest, byDigest)) return
  const bytes = request.method === 'HEAD' ? undefined : await document.bytes(signal)
  response.writeHead(200, { 'content-type': mediaType, 'content-length': size })
  response.end(bytes)
}

export async function sendBlob(
  { request, response, signal }: Exchange,
  repository: ServedRepository,
  text: string,
): Promise<void> {
  const digest = checkedDigest(text)
  const blob = (await repository.blob(digest, signal)) ?? (await documentBlob(await repository.manifest(digest, signal), signal))
  if (blob === undefined) throw new RegistryError(404, 'BLOB_UNKNOWN', 'there is no such blob')
  const { size, content } = blob
  const range = parseRange(request.method === 'GET' ? request.headers.range : undefined, size)
  if (range === 'unsatisfiable')
    throw new RegistryError(416, 'SIZE_INVALID', 'the range lies outside of the blob', { 'content-range': `bytes */${size}` })
  if (isUnchanged(request, response, digest, true)) return
  const { start, end } = range ?? { start: 0, end: size - 1 }
  const stream =
    'read' in content && request.method === 'GET' ? await begun(content.read(start, end - start + 1, signal)) : undefined
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    ...(range !== undefined && { 'content-range': `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === 'HEAD') response.end()
  else if (content instanceof Uint8Array) response.end(content.subarray(start, end + 1))
  else if (stream !== undefined) await sendPieces(response, stream)
  else if ('file' in content) await sendStretch(response, content, start, end - start + 1, signal)
}

/** The same bytes, of which the first are there: an unreadable blob is refused before an answer has begun. */
async function begun(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | undefined = await iterator.next()
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const now = first ?? (await iterator.next())
        first = undefined
        return now
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  }
}

/** Manifests are blobs too: some clients fetch them as such. */
async function documentBlob(document: ServedDocument | undefined, signal: AbortSignal) {
  if (document === undefined) return undefined
  return { size: document.descriptor.size, content: await document.bytes(signal) }
}

/** Never 404: a digest without referrers, or one that is not here, has an empty list. */
export async function sendReferrers(
  { response, url, repositories, signal }: Exchange,
  name: string,
  text: string,
): Promise<void> {
  const digest = checkedDigest(text)
  const all = (await (await repositories.find(name, signal))?.referrers(digest, signal)) ?? []
  const wanted = url.searchParams.get('artifactType')
  if (wanted !== null) response.setHeader('oci-filters-applied', 'artifactType')
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted)
  sendJson(response, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX)
}

/** Sets what names the content, and answers 304 where the client has it. The content of a digest never changes; a tag's image may. */
function isUnchanged(request: IncomingMessage, response: ServerResponse, digest: string, forEver: boolean): boolean {
  const tag = `"${digest}"`
  response.setHeader('docker-content-digest', digest)
  response.setHeader('etag', tag)
  response.setHeader('cache-control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (request.headers['if-none-match'] !== tag) return false
  response.writeHead(304).end()
  return true
}

export function sendJson(response: ServerResponse, value: object, type = 'application/json'): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(200, { 'content-type': type, 'content-length': body.byteLength }).end(body)
}
