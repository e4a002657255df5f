import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { BlobSink, BlobSource } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { formatReference, type Reference } from '../image/reference.ts'
import { compareTags } from '../image/tag-order.ts'
import { discard, headerOf } from './http/http.ts'
import type { RegistryOptions, RepositoryName } from './http/registry-options.ts'
import { MirroredSource } from './mirrored-source.ts'
import { repositoryScope } from './registry/auth/scope.ts'
import { BlobCache } from './registry/blob-cache.ts'
import { RegistryClient } from './registry/client.ts'
import { listReferrers, type Referrer } from './registry/referrers.ts'
import { RegistrySink } from './registry/registry-sink.ts'
import { RegistrySource } from './registry/registry-source.ts'
import { headDocument } from './registry/remote-document.ts'
import { listRepositories, listTags } from './registry/tags.ts'
import { type Endpoint, whereToList, whereToRead, whereToWrite } from './settings/where-to-ask.ts'

export type RemoteOptions = RegistryOptions & {
  /** Where blobs are kept; nowhere when undefined. */
  readonly cacheDirectory?: string | undefined
  /** A cache that is shared instead. */
  readonly cache?: BlobCache
  /** False where layers are about to be written elsewhere anyway. */
  readonly keepBlobs?: boolean
}

export type RemoteSinkOptions = RegistryOptions & {
  /** Move a tag that is taken. */
  readonly force?: boolean
  /** The digest of what will be written, where it is known before. */
  readonly expected?: Digest | undefined
  /** Where the blobs come from, so that a registry that has them already need not be sent them. */
  readonly from?: Reference | undefined
}

/**
 * An image in a registry, to read: from the places that the host's settings name for it (`whereToRead`). Nothing is asked yet.
 * @throws ImageError `REGISTRY_BLOCKED`, `SETTINGS_INVALID`
 */
export async function openImageByName(reference: Reference, options: RemoteOptions): Promise<BlobSource> {
  const endpoints = await whereToRead(reference, options)
  const open = (each: Endpoint) => openRegistryImage(each.reference, each.insecure ? { ...options, insecure: true } : options)
  const [only] = endpoints
  if (only !== undefined && endpoints.length === 1) return open(only)
  return new MirroredSource(
    `docker://${formatReference(reference)}`,
    endpoints.map(each => ({ host: each.reference.domain, isMirror: each.isMirror, open: () => open(each) })),
  )
}

/** An image in the registry of its name. */
export function openRegistryImage(reference: Reference, options: RemoteOptions): BlobSource {
  const { domain, path, tag, digest } = reference
  const cache = options.cache ?? (options.cacheDirectory === undefined ? undefined : new BlobCache(options.cacheDirectory))
  const location = { host: domain, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
  return new RegistrySource(location, { ...options, cache })
}

/**
 * A place in a registry, to write to. Its tag is what `commit` moves; a digest that is named beside it or alone is what the image
 * must have. Without `force` a tag that is taken by another image stays: refused at once where `expected`, or a digest in the
 * reference, says what is to be written, else by `commit`.
 * @throws ImageError `DESTINATION_EXISTS`
 */
export async function openRegistryDestination(reference: Reference, options: RemoteSinkOptions): Promise<BlobSink> {
  const { domain, path, tag, digest } = reference
  const { from, force = false, expected = digest } = options
  const repository = { host: domain, path }
  const claimed = tag !== undefined && !force
  // An image that is made of the one under the tag cannot be that one: told before it is made.
  const isSource = from !== undefined && formatReference(from) === formatReference(reference)
  if (claimed && (expected !== undefined || isSource)) {
    const taken = await withClient(reference, options, client =>
      headDocument({ client, repository, reference: tag, push: true }, true),
    )
    if (taken.found && taken.digest !== expected) throw tagTaken(reference)
  }
  return new RegistrySink(repository, {
    ...options,
    ...(digest !== undefined && { digest }),
    ...(tag !== undefined && { tag }),
    ...(claimed && { refuseTaken: () => tagTaken(reference) }),
    ...(from !== undefined && from.domain === domain && { mountFrom: from.path }),
  })
}

/** A place in the registry that the host's settings name for a reference, to write to. @throws ImageError as `openRegistryDestination`, `whereToWrite` */
export async function openDestinationByName(reference: Reference, options: RemoteSinkOptions): Promise<BlobSink> {
  const { reference: meant, insecure } = await whereToWrite(reference, options)
  return openRegistryDestination(meant, insecure ? { ...options, insecure } : options)
}

/** Names that a registry listed, and what it said besides. */
export type NameList = { readonly names: readonly string[]; readonly diagnostics: readonly Diagnostic[] }

/** The tags of a repository, sorted as people count. @throws ImageError */
export async function repositoryTags(reference: Reference, options: RegistryOptions, signal?: AbortSignal): Promise<NameList> {
  return withListed(reference, options, (client, repository) => gather(client, listTags(client, repository, signal)))
}

/** The repositories of a registry. @throws ImageError `CATALOG_UNAVAILABLE` */
export async function registryCatalog(host: string, options: RegistryOptions, signal?: AbortSignal): Promise<NameList> {
  return withListed({ domain: host, path: '' }, options, client => gather(client, listRepositories(client, signal)))
}

/** The repositories of a registry, or the tags of a repository, page by page, each page asked for when it is wanted. @throws ImageError */
export async function* pagesOfNames(
  { host, path }: { readonly host: string; readonly path?: string | undefined },
  options: RegistryOptions,
  signal: AbortSignal,
): AsyncGenerator<NameList> {
  const [repository, asked] = await listedPlace({ domain: host, path: path ?? '' }, options)
  await using client = new RegistryClient(repository, asked)
  const pages = path === undefined ? listRepositories(client, signal) : listTags(client, repository, signal)
  for await (const names of pages) yield { names, diagnostics: client.notices.diagnostics }
}

/** The referrers that a registry lists, and its remarks besides. */
export type ReferrerList = { readonly referrers: readonly Referrer[]; readonly diagnostics: readonly Diagnostic[] }

/** The referrers of a digest of a repository, of one artifact type where it is given. @throws ImageError */
export async function registryReferrers(
  reference: Reference,
  subject: Descriptor,
  options: RegistryOptions,
  signal?: AbortSignal,
  artifactType?: string,
): Promise<ReferrerList> {
  return withListed(reference, options, async (client, repository) => {
    const referrers = await listReferrers({
      client,
      repository,
      subject: subject.digest,
      signal,
      ...(artifactType !== undefined && { artifactType }),
    })
    return { referrers, diagnostics: client.notices.diagnostics }
  })
}

/** Bytes of a blob of a repository, as the registry says. @throws ImageError `BLOB_MISSING` and the like */
export async function blobSize(
  repository: RepositoryName,
  digest: Digest,
  options: RegistryOptions,
  signal?: AbortSignal,
): Promise<number | undefined> {
  return withListed({ domain: repository.host, path: repository.path }, options, async (client, { host, path }) => {
    const answer = await client.request({
      method: 'HEAD',
      target: `/v2/${path}/blobs/${digest}`,
      scopes: [repositoryScope(path, 'pull')],
      action: `read ${digest} of ${escapeText(`${host}/${path}`)}`,
      accept: [200],
      signal,
    })
    await discard(answer)
    const length = headerOf(answer, 'content-length')
    return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined
  })
}

/**
 * The repository that the host's settings name for one, and how its registry is spoken to; the registry alone where `path` is empty.
 * @throws ImageError `REGISTRY_BLOCKED`, `SETTINGS_INVALID`
 */
export async function listedPlace<Options extends RegistryOptions>(
  reference: Reference,
  options: Options,
): Promise<readonly [RepositoryName, Options]> {
  const { reference: meant, insecure } = await whereToList(reference, options)
  return [{ host: meant.domain, path: meant.path }, insecure ? { ...options, insecure } : options]
}

async function withListed<T>(
  reference: Reference,
  options: RegistryOptions,
  use: (client: RegistryClient, repository: RepositoryName) => Promise<T>,
): Promise<T> {
  const [repository, asked] = await listedPlace(reference, options)
  return withClient({ domain: repository.host, path: repository.path }, asked, client => use(client, repository))
}

async function withClient<T>(
  { domain, path }: Pick<Reference, 'domain' | 'path'>,
  options: RegistryOptions,
  use: (client: RegistryClient) => Promise<T>,
): Promise<T> {
  await using client = new RegistryClient({ host: domain, path }, options)
  return await use(client)
}

async function gather({ notices }: RegistryClient, pages: AsyncIterable<readonly string[]>): Promise<NameList> {
  const names: string[] = []
  for await (const page of pages) names.push(...page)
  return { names: names.sort(compareTags), diagnostics: notices.diagnostics }
}

function tagTaken(reference: Reference): ImageError {
  const name = escapeText(formatReference(reference))
  return new ImageError('DESTINATION_EXISTS', `Cannot write ${name}: the tag is taken`, {
    hint: 'Choose another tag, or move this one with --force.',
  })
}
