import type { IncomingMessage } from 'node:http'
import { digestOf, isDigest } from '../../../src/blob/digest.ts'
import type { Answer } from './fault.ts'
import { failure } from './registry-uploads.ts'
import type { TestRegistry } from './test-registry.ts'

export type RegistryBehaviour = {
  /** Tags a page and how the next one is named; unpaged where not given. */
  readonly pageSize?: number
  readonly linkStyle?:
    | 'relative'
    | 'absolute'
    | 'next_page'
    | 'none'
    | 'loop'
    | 'foreign'
    | 'bare'
    | 'body'
    | 'body-token'
    | 'body-more'
  /** The answer to `last`: names after it, that name and those after it, the first page again, or a refusal. */
  readonly last?: 'after' | 'from' | 'ignored' | 'refused'
  /** `tags: null` for a repository without tags. */
  readonly nullTags?: boolean
  readonly catalog?: 'allowed' | 'forbidden'
  /** The kind of answer to `/referrers/`. */
  readonly referrers?: 'api' | 'filtered' | 'missing' | 'html-redirect' | 'paged'
  /** Answers `OCI-Subject` to manifests with a subject. */
  readonly subjectHeader?: boolean
  /** `sha256-<hex>` tags resolve to the digest itself (GitLab). */
  readonly gitlabTags?: boolean
  /** Manifests that name absent blobs are taken. */
  readonly lax?: boolean
  /** Manifest types that are refused with 415. */
  readonly refuseTypes?: RegExp
  readonly withoutHeadDigest?: boolean
}

/** The answer of a well-behaved registry, with the quirks of `registry.behaviour`. */
export function answerRequest(registry: TestRegistry, request: IncomingMessage, url: URL, body: Buffer): Answer {
  if (url.pathname === '/v2/') return json(200, {})
  if (url.pathname === '/v2/_catalog') return catalog(registry, url)
  const match = /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(url.pathname)
  if (match === null) return failure(404, 'NOT_FOUND')
  const [, name = '', kind, rest = ''] = match
  if (kind === 'tags') return tags(registry, url, name)
  if (kind === 'referrers') return referrers(registry, url, name, rest)
  if (kind === 'manifests') return manifests(registry, request, name, rest, body)
  if (rest.startsWith('uploads/')) return registry.uploads.answer(request, url, name, rest.slice('uploads/'.length), body)
  const sparse = registry.store.repositories.get(name)?.sparse.get(rest)
  if (sparse !== undefined) return sparsePart(request, sparse)
  const bytes = registry.store.repositories.get(name)?.blobs.get(rest)
  if (bytes === undefined) return failure(404, 'BLOB_UNKNOWN')
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': rest, 'accept-ranges': 'bytes' }
  return { status: 200, headers, body: bytes }
}

/** Bytes of a blob that is not in memory that one answer may have. */
const MOST_SPARSE = 64 * 1024 * 1024

function sparsePart(request: IncomingMessage, { head, size }: { head: Buffer; size: number }): Answer {
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  if (from === '') return failure(500, 'UNSUPPORTED', 'only parts of it can be had')
  const [start, end] = [Number(from), to === '' ? size : Math.min(size, Number(to) + 1)]
  if (end - start > MOST_SPARSE) return failure(500, 'UNSUPPORTED', 'too much of it is asked for')
  const body = Buffer.alloc(end - start)
  if (start < head.length) head.copy(body, 0, start, Math.min(head.length, end))
  return { status: 206, headers: { 'content-range': `bytes ${start}-${end - 1}/${size}` }, body }
}

function manifests(registry: TestRegistry, request: IncomingMessage, name: string, reference: string, body: Buffer): Answer {
  const { store, behaviour } = registry
  if (request.method === 'PUT') return putManifest(registry, request, name, reference, body)
  const resolved = behaviour.gitlabTags === true ? reference.replace(/^sha256-([0-9a-f]{64})$/, 'sha256:$1') : reference
  const manifest = store.find(name, resolved)
  if (manifest === undefined) return failure(404, store.repositories.has(name) ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN')
  const { accept = '' } = request.headers
  if (!accept.includes(manifest.mediaType))
    return failure(404, 'MANIFEST_UNKNOWN', 'manifest found, but accept header does not support it')
  const headers: Record<string, string> = {
    'content-type': manifest.mediaType,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  }
  if (behaviour.withoutHeadDigest === true) delete headers['docker-content-digest']
  return { status: 200, headers, body: manifest.bytes }
}

function putManifest(
  { store, behaviour }: TestRegistry,
  request: IncomingMessage,
  name: string,
  reference: string,
  body: Buffer,
): Answer {
  const type = request.headers['content-type'] ?? ''
  if (behaviour.refuseTypes?.test(type) === true) return failure(415, 'MANIFEST_INVALID')
  const document = JSON.parse(body.toString()) as { mediaType?: string; subject?: { digest: string } }
  if (document.mediaType !== undefined && document.mediaType !== type)
    return failure(400, 'MANIFEST_INVALID', 'media type differs')
  const missing = behaviour.lax === true ? [] : store.missing(name, body)
  if (missing.length > 0) return failure(400, 'MANIFEST_BLOB_UNKNOWN', `unknown ${missing.join(' ')}`)
  if (isDigest(reference) && digestOf(body, reference.split(':')[0]) !== reference) return failure(400, 'DIGEST_INVALID')
  const match = request.headers['if-match']
  if (match !== undefined && match !== `"${store.find(name, reference)?.digest}"`) return failure(412, 'PRECONDITION_FAILED')
  const digest = store.putManifest(name, reference, body, type)
  const subject =
    behaviour.subjectHeader === true && document.subject !== undefined ? { 'oci-subject': document.subject.digest } : {}
  return {
    status: 201,
    headers: { location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest, ...subject },
    body: Buffer.alloc(0),
  }
}

function tags({ store, behaviour, origin }: TestRegistry, url: URL, name: string): Answer {
  const repository = store.repositories.get(name)
  if (repository === undefined) return failure(404, 'NAME_UNKNOWN')
  const all = [...repository.tags.keys()]
  if (all.length === 0 && behaviour.nullTags === true) return json(200, { name, tags: null })
  return listing(behaviour, origin, url, { name, tags: all })
}

function catalog({ store, behaviour, origin }: TestRegistry, url: URL): Answer {
  if (behaviour.catalog === 'forbidden') return failure(403, 'DENIED')
  return listing(behaviour, origin, url, { repositories: [...store.repositories.keys()] })
}

/** One page of names, and the way to the next as the style has it. */
function listing(
  behaviour: RegistryBehaviour,
  origin: string,
  url: URL,
  list: Readonly<Record<string, string | string[]>>,
): Answer {
  const { pageSize, linkStyle = 'relative', last: use = 'after' } = behaviour
  if (pageSize === undefined) return json(200, list)
  const [field = '', names = []] = Object.entries(list).find(([, value]) => Array.isArray(value)) ?? []
  const sorted = [...names].sort()
  const last = url.searchParams.get('last') ?? url.searchParams.get('next_page') ?? ''
  if (url.searchParams.has('last') && use === 'refused') return failure(400, 'UNSUPPORTED')
  const isAfter = (name: string) =>
    use === 'ignored' || linkStyle === 'loop' ? true : use === 'from' ? name >= last : name > last
  const rest = sorted.filter(isAfter)
  const page = rest.slice(0, pageSize)
  const next = encodeURIComponent(page.at(-1) ?? '')
  const path = `${url.pathname}?n=${pageSize}&last=${next}`
  const header: Readonly<Record<string, string>> = {
    absolute: `<${origin}${path}>; rel="next"`,
    foreign: `<http://127.0.0.1:1${path}>; rel="next"`,
    relative: `<${path}>; rel="next"`,
    loop: `<${path}>; rel="next"`,
    next_page: `<${url.pathname}?next_page=${next}>; rel="next"`,
    bare: `${path}; rel=next`,
  }
  const fields: Readonly<Record<string, object>> = {
    body: { next: path },
    'body-token': { next_page: page.at(-1) },
    'body-more': { has_more: true },
  }
  // Like distribution 2.8: the last page of a catalogue, when it is full, still names a next one, which is empty.
  const more = rest.length > pageSize || (field === 'repositories' && page.length > 0 && page.length === pageSize)
  const link = header[linkStyle]
  return json(200, { ...list, [field]: page, ...(more && fields[linkStyle]) }, more && link !== undefined ? { link } : {})
}

function referrers({ store, behaviour }: TestRegistry, url: URL, name: string, digest: string): Answer {
  const { referrers: kind = 'missing' } = behaviour
  if (kind === 'missing') return failure(404, 'NOT_FOUND')
  if (kind === 'html-redirect') return { status: 303, headers: { location: 'https://github.com/' }, body: Buffer.from('<html>') }
  const found = [...store.repository(name).manifests].flatMap(([own, { bytes, mediaType }]) => {
    const document = JSON.parse(bytes.toString()) as {
      subject?: { digest: string }
      artifactType?: string
      config?: { mediaType: string }
      annotations?: object
    }
    if (document.subject?.digest !== digest) return []
    const artifactType = document.artifactType ?? document.config?.mediaType
    return [
      {
        mediaType,
        digest: own,
        size: bytes.length,
        artifactType,
        ...(document.annotations && { annotations: document.annotations }),
      },
    ]
  })
  const wanted = url.searchParams.get('artifactType')
  const filtered = kind === 'filtered' && wanted !== null ? found.filter(each => each.artifactType === wanted) : found
  const page = Number(url.searchParams.get('page') ?? 0)
  const shown = kind === 'paged' ? filtered.slice(page, page + 1) : filtered
  const headers = {
    'content-type': 'application/vnd.oci.image.index.v1+json',
    ...(kind === 'filtered' && wanted !== null && { 'oci-filters-applied': 'artifactType' }),
    ...(kind === 'paged' && page + 1 < filtered.length && { link: `<${url.pathname}?page=${page + 1}>; rel="next"` }),
  }
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: shown }
  return { status: 200, headers, body: Buffer.from(JSON.stringify(index)) }
}

function json(status: number, value: object, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(JSON.stringify(value)) }
}
