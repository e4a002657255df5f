import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDigest } from '../blob/digest.ts'
import { OCI_INDEX } from '../blob/media-type.ts'
import { parseRange } from './byte-range.ts'
import { namePage } from './name-page.ts'
import { RegistryError } from './registry-error.ts'
import { parseRoute } from './route.ts'
import { sendStretch } from './send-stretch.ts'
import type { ServedDocument, ServedRepository } from './served-repository.ts'

export type Repositories = ReadonlyMap<string, ServedRepository>

/** One request on its way: what was asked, and where the answer goes. */
type Exchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly repositories: Repositories
  readonly signal: AbortSignal
}

/**
 * Answers a request to a registry that is only read (distribution-spec, Pull and Content Discovery).
 * @throws RegistryError for what cannot be answered, before anything was written
 */
export async function answerRequest(exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange
  const route = parseRoute(decodedPath(url))
  if (request.method !== 'GET' && request.method !== 'HEAD') throw refusedMethod(request.method)
  switch (route.kind) {
    case 'base':
      return sendJson(response, {})
    case 'catalog':
      return sendNames(exchange, 'repositories', exchange.repositories.keys())
    case 'tags': {
      const { name, tags } = repositoryOf(exchange, route.name)
      return sendNames(exchange, 'tags', tags.keys(), { name })
    }
    case 'manifest':
      return sendManifest(exchange, repositoryOf(exchange, route.name), route.reference)
    case 'blob':
      return sendBlob(exchange, repositoryOf(exchange, route.name), route.reference)
    case 'referrers':
      return sendReferrers(exchange, route.name, route.reference)
    case 'upload':
      throw new RegistryError(404, 'UNSUPPORTED', 'there is no upload here')
  }
}

function decodedPath(url: URL): string {
  try {
    return decodeURIComponent(url.pathname)
  } catch {
    throw new RegistryError(400, 'NAME_INVALID', 'the path is not UTF-8')
  }
}

/** Writing is refused as such; a method of no endpoint is one that nothing here supports. */
function refusedMethod(method = ''): RegistryError {
  if (['PUT', 'POST', 'PATCH', 'DELETE'].includes(method)) return new RegistryError(403, 'DENIED', 'this registry is only read')
  return new RegistryError(405, 'UNSUPPORTED', 'there is no such method here', { allow: 'GET, HEAD' })
}

function repositoryOf({ repositories }: Exchange, name: string): ServedRepository {
  const repository = repositories.get(name)
  if (repository === undefined) throw new RegistryError(404, 'NAME_UNKNOWN', 'there is no such repository')
  return repository
}

/** `Link` names the next page where there is one. */
function sendNames({ response, url }: Exchange, field: string, names: Iterable<string>, besides: object = {}): void {
  const page = namePage(names, url.pathname, url.searchParams)
  if (page.next !== undefined) response.setHeader('link', `<${page.next}>; rel="next"`)
  sendJson(response, { ...besides, [field]: page.names })
}

async function sendManifest({ request, response, signal }: Exchange, repository: ServedRepository, reference: string) {
  const byDigest = isDigest(reference)
  if (!byDigest && reference.includes(':')) throw new RegistryError(400, 'DIGEST_INVALID', 'the digest is not one')
  const document = repository.documents.get(byDigest ? reference : (repository.tags.get(reference) ?? ''))
  if (document === undefined) throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'there is no such manifest')
  const { digest, mediaType, size } = document.descriptor
  if (isUnchanged(request, response, digest, byDigest)) return
  const bytes = request.method === 'HEAD' ? undefined : await document.bytes(signal)
  response.writeHead(200, { 'content-type': mediaType, 'content-length': size })
  response.end(bytes)
}

async function sendBlob({ request, response, signal }: Exchange, repository: ServedRepository, digest: string): Promise<void> {
  if (!isDigest(digest)) throw new RegistryError(400, 'DIGEST_INVALID', 'the digest is not one')
  const blob = (await repository.blob(digest)) ?? (await documentBlob(repository.documents.get(digest), signal))
  if (blob === undefined) throw new RegistryError(404, 'BLOB_UNKNOWN', 'there is no such blob')
  const { size, content } = blob
  const range = parseRange(request.method === 'GET' ? request.headers.range : undefined, size)
  if (range === 'unsatisfiable')
    throw new RegistryError(416, 'SIZE_INVALID', 'the range lies outside of the blob', { 'content-range': `bytes */${size}` })
  if (isUnchanged(request, response, digest, true)) return
  const { start, end } = range ?? { start: 0, end: size - 1 }
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    ...(range !== undefined && { 'content-range': `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === 'HEAD') response.end()
  else if (content instanceof Uint8Array) response.end(content.subarray(start, end + 1))
  else await sendStretch(response, content, start, end - start + 1, signal)
}

/** Manifests are blobs too: some clients fetch them as such. */
async function documentBlob(document: ServedDocument | undefined, signal: AbortSignal) {
  if (document === undefined) return undefined
  return { size: document.descriptor.size, content: await document.bytes(signal) }
}

/** Never 404: a digest without referrers, or one that is not here, has an empty list. */
function sendReferrers({ response, url, repositories }: Exchange, name: string, digest: string): void {
  if (!isDigest(digest)) throw new RegistryError(400, 'DIGEST_INVALID', 'the digest is not one')
  const all = repositories.get(name)?.referrers(digest) ?? []
  const wanted = url.searchParams.get('artifactType')
  if (wanted !== null) response.setHeader('oci-filters-applied', 'artifactType')
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted)
  sendJson(response, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX)
}

/** Sets what names the content, and answers 304 where the client has it. What a digest names never changes; a tag's image may. */
function isUnchanged(request: IncomingMessage, response: ServerResponse, digest: string, forEver: boolean): boolean {
  const tag = `"${digest}"`
  response.setHeader('docker-content-digest', digest)
  response.setHeader('etag', tag)
  response.setHeader('cache-control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (request.headers['if-none-match'] !== tag) return false
  response.writeHead(304).end()
  return true
}

function sendJson(response: ServerResponse, value: object, type = 'application/json'): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(200, { 'content-type': type, 'content-length': body.byteLength }).end(body)
}
