import { type Descriptor, isRecord } from '../../blob/descriptor.ts'
import { type Digest, digestOf, isDigest, isVerifiable, splitDigest } from '../../blob/digest.ts'
import { DOCKER_LIST, DOCKER_MANIFEST, documentKind, OCI_ARTIFACT_RC, OCI_INDEX, OCI_MANIFEST } from '../../blob/media-type.ts'
import { DOCUMENT_LIMIT, digestMismatch } from '../../blob/read.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { documentMediaType } from '../../image/document-media-type.ts'
import { discard, type HttpAnswer, headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { namesItsDigest, proveRegistry } from './proven-registry.ts'
import { LOGIN_PAGE } from './refusal.ts'
import { requestBytes } from './request-bytes.ts'

/** A manifest or index as a registry serves it; its digest is computed from its bytes. */
export type RemoteDocument = { readonly descriptor: Descriptor; readonly bytes: Buffer }

export type DocumentRequest = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  /** A tag or a digest. */
  readonly reference: string
  readonly signal?: AbortSignal | undefined
  /** Asked for besides reading, where pushing follows: one token does for both. */
  readonly push?: boolean
}

/**
 * Everything peel understands. Schema 1 is not asked for: a registry that has nothing else says so, or sends it
 * anyway and is refused clearly (registry.md 3.5).
 */
const ACCEPT = [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST, OCI_ARTIFACT_RC].join(', ')

/**
 * Fetches a manifest or index by tag or digest.
 * @throws ImageError `BLOB_DIGEST_MISMATCH` where the bytes are not what was named, `SCHEMA1_UNSUPPORTED`,
 * `ANSWER_INVALID`, and refusals
 */
export async function fetchDocument(request: DocumentRequest): Promise<RemoteDocument> {
  const { answer, bytes } = await requestBytes(
    request.client,
    { ...parts(request), method: 'GET', accept: [200] },
    DOCUMENT_LIMIT,
  )
  return readDocument(request, answer, bytes)
}

/** The same, undefined where the registry has none. */
export async function tryDocument(
  request: DocumentRequest,
): Promise<{ document: RemoteDocument; answer: HttpAnswer } | undefined> {
  const { answer, bytes } = await requestBytes(
    request.client,
    { ...parts(request), method: 'GET', accept: [200, 404] },
    DOCUMENT_LIMIT,
  )
  return answer.status === 404 ? undefined : { document: await readDocument(request, answer, bytes), answer }
}

async function readDocument(request: DocumentRequest, answer: HttpAnswer, bytes: Buffer): Promise<RemoteDocument> {
  const value = namesItsDigest(answer) ? undefined : parseJson(bytes)
  const isStrange = !namesItsDigest(answer) && !(isRecord(value) && documentMediaType(value) !== undefined)
  if (isStrange) await proveRegistry({ ...request, action: parts(request).action })
  const digest = provenDigest(bytes, headerOf(answer, 'docker-content-digest'), request.reference)
  const mediaType = mediaTypeOf(bytes, headerOf(answer, 'content-type'), nameOf(request))
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes }
}

/**
 * Refusals of HEAD itself, and those whose reasons would stand in a body, which HEAD has none of: GET asks again. A tag that
 * cannot be asked for this way must not count as free.
 */
const HEAD_REFUSALS = [400, 401, 403, 405, 406, 415, 501]

/**
 * The digest a tag points to, without counting against a pull limit; undefined when the registry does not say. Where something
 * hangs on the tag being free (`sure`), a 404 is confirmed by GET: Nexus answers it to every HEAD of a manifest.
 */
export async function headDocument(
  request: DocumentRequest,
  sure = false,
): Promise<{ found: boolean; digest: Digest | undefined }> {
  const ask = (method: 'HEAD' | 'GET', others: readonly number[]) =>
    request.client.request({ ...parts(request), method, accept: [200, 404, ...others] })
  let answer = await ask('HEAD', HEAD_REFUSALS)
  await discard(answer)
  if (answer.status !== 200 && (sure || answer.status !== 404)) {
    answer = await ask('GET', [])
    await discard(answer)
  }
  if (answer.status === 200 && !namesItsDigest(answer)) await proveRegistry({ ...request, action: parts(request).action })
  const digest = headerOf(answer, 'docker-content-digest')
  return { found: answer.status === 200, digest: digest !== undefined && isDigest(digest) ? digest : undefined }
}

export function manifestPath(repository: RepositoryName, reference: string): string {
  return `/v2/${repository.path}/manifests/${reference}`
}

function nameOf({ repository, reference }: DocumentRequest): string {
  return escapeText(`${repository.host}/${repository.path}${reference.includes(':') ? '@' : ':'}${reference}`)
}

function parts(request: DocumentRequest) {
  return {
    target: manifestPath(request.repository, request.reference),
    headers: { accept: ACCEPT },
    scopes: [repositoryScope(request.repository.path, 'pull', ...(request.push === true ? (['push'] as const) : []))],
    action: `${request.push === true ? 'push to' : 'pull'} ${nameOf(request)}`,
    signal: request.signal,
  }
}

/** By digest the bytes must have it; by tag they must have the one the registry announces, where it is of an algorithm peel knows. */
function provenDigest(bytes: Buffer, announced: string | undefined, reference: string): Digest {
  const claimed = isDigest(reference) ? reference : announced !== undefined && isDigest(announced) ? announced : undefined
  if (claimed === undefined || !isVerifiable(claimed)) return isDigest(reference) ? reference : digestOf(bytes)
  const actual = digestOf(bytes, splitDigest(claimed)[0])
  if (actual !== claimed) throw digestMismatch({ mediaType: '', digest: claimed, size: bytes.byteLength }, actual)
  return claimed
}

/** The document's own word, then the header's, then what its fields look like: servers say text/plain and worse. */
function mediaTypeOf(bytes: Buffer, header: string | undefined, name: string): string {
  const value = parseJson(bytes)
  if (!isRecord(value)) {
    throw new ImageError(
      'ANSWER_INVALID',
      `Cannot pull ${name}: the registry answered with something that is not a JSON document`,
      { hint: LOGIN_PAGE },
    )
  }
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? ''
  const found = documentMediaType(value, type) ?? type
  if (documentKind(found) === 'schema1') throw schema1Unsupported(name)
  return found
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function schema1Unsupported(name: string): ImageError {
  return new ImageError('SCHEMA1_UNSUPPORTED', `Cannot pull ${name}: it is a schema 1 image, a format that was retired in 2019`, {
    hint: 'Pull and push it again with a current client, which writes today’s format.',
  })
}
