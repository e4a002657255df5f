import { isRecord, strings } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { CATALOG_SCOPE, repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { pages } from './link-pages.ts'
import { LOGIN_PAGE } from './refusal.ts'
import type { RegistryRequest } from './registry-request.ts'

/** Names asked for at once. A wish: servers give fewer, and some refuse to be asked for so many. */
const PAGE = 1000
/** The smallest page that servers end a listing at without saying that it goes on. */
const LEAST_PAGE = 10

/** The tags of a repository, page by page as they come, unsorted, each once. */
export async function* listTags(
  client: RegistryClient,
  repository: RepositoryName,
  signal?: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const { host, path } = repository
  yield* listNames(client, 'tags', {
    method: 'GET',
    target: `/v2/${path}/tags/list`,
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
      target: '/v2/_catalog',
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

/** A login may be all that is missing, or the registry never lists tags: the hint names both. */
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
  let size = `n=${PAGE}`
  // The last name of a page that no link follows: some servers page and do not say so.
  let last: string | undefined
  do {
    const query = [size, ...(last === undefined || last === '' ? [] : [`last=${encodeURIComponent(last)}`])]
      .filter(Boolean)
      .join('&')
    const ask = (text: string) =>
      pages(client, { ...request, target: `${String(request.target)}${text === '' ? '' : `?${text}`}` })
    last = undefined
    try {
      for await (const { bytes, hasNext } of ask(query)) {
        const names = namesIn(bytes, field, request.action)
        const fresh = names.filter(name => !seen.has(name))
        for (const name of fresh) seen.add(name)
        if (fresh.length > 0) yield fresh
        // A server that ignores what is asked for repeats itself; one that gave an odd number of names had no more.
        const isFull = names.length >= LEAST_PAGE && names.length % LEAST_PAGE === 0
        last = !hasNext && isFull && fresh.length === names.length ? names.at(-1) : undefined
      }
    } catch (error) {
      const refusesSize = error instanceof ImageError && error.code === 'REGISTRY_REFUSED' && size !== '' && seen.size === 0
      if (!refusesSize) throw error
      size = ''
      last = ''
    }
  } while (last !== undefined)
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
  throw new ImageError('ANSWER_INVALID', `Cannot ${action}: the registry did not answer with a list`, { hint: LOGIN_PAGE })
}
