import type { Descriptor } from '../../blob/descriptor.ts'
import { type Digest, splitDigest } from '../../blob/digest.ts'
import { documentKind } from '../../blob/media-type.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import { headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { pages } from './link-pages.ts'
import { referrersTag } from './referrers-tag.ts'
import { type RemoteDocument, tryDocument } from './remote-document.ts'

/** Something that refers to an image: a signature, an attestation, an SBOM. */
export type Referrer = {
  readonly descriptor: Descriptor
  readonly artifactType: string
  /** Where it was found: the API, the tag that stands in for it, or a tag as cosign names them. */
  readonly via: 'api' | 'fallback-tag' | 'cosign-tag'
  /** The tag, where it was found by one. */
  readonly tag?: string
}

export type ReferrersQuery = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  readonly subject: Digest
  readonly artifactType?: string
  readonly signal?: AbortSignal | undefined
}

/** The manifests that refer to a digest (formats.md 1.7): by the API, else by the fallback tag; tags of cosign besides. Each digest once. */
export async function listReferrers(query: ReferrersQuery): Promise<readonly Referrer[]> {
  const known = (await referrersFromApi(query)) ?? (await fromFallbackTag(query))
  const seen = new Set(known.map(({ descriptor }) => descriptor.digest))
  const { artifactType } = query
  const asked = artifactType === undefined || Object.values(COSIGN).includes(artifactType)
  const cosign = asked ? (await fromCosignTags(query)).filter(({ descriptor }) => !seen.has(descriptor.digest)) : []
  // Not every registry filters, and those that do need not say so.
  return [...known, ...cosign].filter(each => artifactType === undefined || each.artifactType === artifactType)
}

/** Undefined where the registry has no such API: 404, a web page, a redirect to one (GHCR), anything but an index. */
export async function referrersFromApi(query: ReferrersQuery): Promise<Referrer[] | undefined> {
  const { client, repository, subject, artifactType, signal } = query
  const found: Referrer[] = []
  const filter = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`
  try {
    const request = {
      method: 'GET' as const,
      target: `/v2/${repository.path}/referrers/${subject}${filter}`,
      headers: { accept: 'application/vnd.oci.image.index.v1+json' },
      scopes: [repositoryScope(repository.path, 'pull')],
      action: `list what refers to ${subject} in ${escapeText(`${repository.host}/${repository.path}`)}`,
      accept: [200, 301, 302, 303, 400, 404, 405, 406, 501],
      signal,
    }
    for await (const { answer, bytes } of pages(client, request)) {
      if (answer.status !== 200 || !/json/.test(headerOf(answer, 'content-type') ?? 'json')) return undefined
      found.push(...readIndex(bytes, 'api'))
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ImageError && UNREADABLE.has(error.code)) return undefined
    throw error
  }
  return found
}

const UNREADABLE = new Set([
  'JSON_INVALID',
  'DOCUMENT_INVALID',
  'DOCUMENT_TOO_LARGE',
  'JSON_TOO_DEEP',
  'DESCRIPTOR_INVALID',
  'DIGEST_INVALID',
])
const UNUSABLE = new Set(['SCHEMA1_UNSUPPORTED', 'ANSWER_INVALID', 'BLOB_DIGEST_MISMATCH'])

/** GitLab resolves the tag to the subject itself: only an index that is not the subject counts (oras-go#1396). */
async function fromFallbackTag(query: ReferrersQuery): Promise<Referrer[]> {
  const tag = referrersTag(query.subject)
  const document = await fetchOptional(query, tag)
  if (document === undefined || document.descriptor.digest === query.subject) return []
  if (documentKind(document.descriptor.mediaType) !== 'index') return []
  try {
    return readIndex(document.bytes, 'fallback-tag').map(each => ({ ...each, tag }))
  } catch {
    return []
  }
}

/** `sha256-<hex>.sig`, `.att`, `.sbom`: how cosign kept them before there was an API. */
async function fromCosignTags(query: ReferrersQuery): Promise<Referrer[]> {
  const stem = splitDigest(query.subject).join('-')
  const found = await Promise.all(
    ['sig', 'att', 'sbom'].map(async (suffix): Promise<Referrer[]> => {
      const tag = `${stem}.${suffix}`
      const document = await fetchOptional(query, tag)
      if (document === undefined || documentKind(document.descriptor.mediaType) !== 'manifest') return []
      return [{ descriptor: document.descriptor, artifactType: COSIGN[suffix] ?? '', via: 'cosign-tag', tag }]
    }),
  )
  return found.flat()
}

const COSIGN: Readonly<Record<string, string>> = {
  sig: 'application/vnd.dev.cosign.simplesigning.v1+json',
  att: 'application/vnd.dsse.envelope.v1+json',
  sbom: 'application/vnd.dev.cosign.sbom',
}

/** A document under such a tag that cannot be read is not a list of referrers. */
async function fetchOptional(
  { client, repository, signal }: ReferrersQuery,
  reference: string,
): Promise<RemoteDocument | undefined> {
  try {
    return (await tryDocument({ client, repository, reference, signal }))?.document
  } catch (error) {
    if (error instanceof ImageError && UNUSABLE.has(error.code)) return undefined
    throw error
  }
}

/** Descriptors of referrers carry the artifact type; old writers left it to the annotations. */
function readIndex(bytes: Buffer, via: Referrer['via']): Referrer[] {
  const { value } = parseImageIndex(bytes, 'the list of referrers')
  return value.manifests.map(descriptor => ({ descriptor, artifactType: descriptor.artifactType ?? '', via }))
}
