import { isRecord, strings } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { CATALOG_SCOPE, repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { pages } from './link.ts'
import type { RegistryRequest } from './registry-request.ts'

/** Asked for at once; servers that mind give fewer. */
const PAGE = 1000

/** The tags of a repository, page by page as they come, unsorted, each once. */
export async function* listTags(
  client: RegistryClient,
  repository: RepositoryName,
  signal?: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const { host, path } = repository
  yield* listNames(client, 'tags', {
    method: 'GET',
    target: `/v2/${path}/tags/list?n=${PAGE}`,
    scopes: [repositoryScope(path, 'pull')],
    action: `list the tags of ${escapeText(`${host}/${path}`)}`,
    accept: [200],
    signal,
  })
}

/**
 * The repositories of a registry, page by page. Many registries do not tell.
 * @throws ImageError `CATALOG_UNAVAILABLE`
 */
export async function* listRepositories(client: RegistryClient, signal?: AbortSignal): AsyncGenerator<readonly string[]> {
  const host = escapeText(client.host)
  try {
    yield* listNames(client, 'repositories', {
      method: 'GET',
      target: `/v2/_catalog?n=${PAGE}`,
      scopes: [CATALOG_SCOPE],
      action: `list the repositories of ${host}`,
      accept: [200],
      signal,
    })
  } catch (error) {
    if (
      !(error instanceof ImageError) ||
      !['UNAUTHORIZED', 'DENIED', 'NOT_FOUND', 'NAME_UNKNOWN', 'REGISTRY_REFUSED'].includes(error.code)
    )
      throw error
    throw unavailable(host, error)
  }
}

/** A login may be all that is missing, or nothing that anybody can change: both are said. */
function unavailable(host: string, cause: ImageError): ImageError {
  const name = `Name a repository (${host}/NAME): large public registries have no list.`
  const message = `Cannot list the repositories of ${host}: the registry does not tell`
  return cause.code === 'UNAUTHORIZED'
    ? new ImageError('CATALOG_UNAVAILABLE', cause.message, { hint: `${cause.hint ?? ''} ${name}`.trim(), cause })
    : new ImageError('CATALOG_UNAVAILABLE', message, { hint: `${name} Others need a login that may read it.`, cause })
}

async function* listNames(
  client: RegistryClient,
  field: 'tags' | 'repositories',
  request: RegistryRequest,
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>()
  let more = true
  let last: string | undefined
  for await (const { bytes, hasNext } of pages(client, request)) {
    const names = namesIn(bytes, field, request.action)
    const fresh = names.filter(name => !seen.has(name))
    for (const name of fresh) seen.add(name)
    if (fresh.length > 0) yield fresh
    more = !hasNext && names.length >= PAGE && fresh.length > 0
    last = names.at(-1)
  }
  if (!more || last === undefined) return
  // A full page without a link: some servers page and do not say so. Asked once; those that ignore it repeat themselves.
  const target = `${String(request.target)}&last=${encodeURIComponent(last)}`
  for await (const { bytes } of pages(client, { ...request, target })) {
    const fresh = namesIn(bytes, field, request.action).filter(name => !seen.has(name))
    for (const name of fresh) seen.add(name)
    if (fresh.length === 0) return
    yield fresh
  }
}

/** `null` where there are none is as good as an empty list; fields beside it (Artifact Registry's) are ignored. */
function namesIn(bytes: Buffer, field: string, action: string): readonly string[] {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    value = undefined
  }
  if (isRecord(value)) return strings(value[field])
  throw new ImageError('ANSWER_INVALID', `Cannot ${action}: the registry did not answer with a list`)
}
