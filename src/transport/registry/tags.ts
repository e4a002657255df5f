import { isRecord, strings } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { HttpAnswer } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { CATALOG_SCOPE, repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { type ListingPage, pages } from './link-pages.ts'
import { nextInList } from './next-page.ts'
import { proveRegistry } from './proven-registry.ts'
import { LOGIN_PAGE } from './refusal.ts'
import type { RegistryRequest } from './registry-request.ts'

/** Names asked for at once. A wish: servers give fewer, and some refuse to be asked for so many. */
const PAGE = 1000
/** A list of a multiple of so many names, from a server that does not know how to go on, may have been cut there. */
const USUAL_PAGE = 50
/** Requests by a last name in one listing. */
const ROUNDS = 10_000
/** Answers to a request by a last name that end a listing: the server does not know such requests. */
const REFUSALS = new Set(['REGISTRY_REFUSED', 'REGISTRY_FAILED', 'NOT_FOUND', 'NAME_UNKNOWN', 'ANSWER_INVALID'])

/** The tags of a repository, page by page as they come, unsorted, each once. */
export async function* listTags(
  client: RegistryClient,
  repository: RepositoryName,
  signal?: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const { host, path } = repository
  yield* listNames(
    { client, repository, field: 'tags' },
    {
      method: 'GET',
      target: `/v2/${path}/tags/list`,
      scopes: [repositoryScope(path, 'pull')],
      action: `list the tags of ${escapeText(`${host}/${path}`)}`,
      accept: [200],
      signal,
    },
  )
}

/**
 * The repositories of a registry, page by page. Many registries do not tell.
 * @throws ImageError `CATALOG_UNAVAILABLE`
 */
export async function* listRepositories(client: RegistryClient, signal?: AbortSignal): AsyncGenerator<readonly string[]> {
  const host = escapeText(client.host)
  try {
    yield* listNames(
      { client, repository: { host: client.host, path: '' }, field: 'repositories' },
      {
        method: 'GET',
        target: '/v2/_catalog',
        scopes: [CATALOG_SCOPE],
        action: `list the repositories of ${host}`,
        accept: [200],
        signal,
      },
    )
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

type Listing = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  readonly field: 'tags' | 'repositories'
  readonly request: RegistryRequest
  /** Names so far. */
  readonly seen: Set<string>
  /** The wish for a page's size, as a query; empty where the server refused it. */
  size: string
}

/** Pages that were had by one request and the links that followed from it. */
type Round = {
  /** The last name, by which more may be asked for; undefined where there is none. */
  readonly last: string | undefined
  /** Names of the last page, and how many of all pages were new. */
  readonly count: number
  readonly fresh: number
  readonly isLinked: boolean
  /** How its last page goes on. */
  readonly next: ListingPage['next']
}

/**
 * The names of a listing, each once. Where no page is named as the next, one is asked for by the last name: some servers give fewer
 * names than they were asked for and do not say so. Where a list may go on that cannot be followed, the client's notices say it.
 */
async function* listNames(
  place: Pick<Listing, 'client' | 'repository' | 'field'>,
  request: RegistryRequest,
): AsyncGenerator<readonly string[]> {
  const { client } = place
  const listing: Listing = { ...place, request, seen: new Set(), size: `n=${PAGE}` }
  let after: string | undefined
  let isCut = false
  for (let round = 0; round < ROUNDS; round++) {
    let had: Round
    try {
      had = yield* roundAfter(listing, after)
    } catch (error) {
      if (!(error instanceof ImageError) || !REFUSALS.has(error.code)) throw error
      // A server that does not know `last` has given its first page, and that is all that can be had.
      if (after !== undefined) return client.notices.mayGoOn()
      if (error.code !== 'REGISTRY_REFUSED' || listing.size === '' || listing.seen.size > 0) throw error
      listing.size = ''
      continue
    }
    if (had.fresh === 0) {
      const isUntold = had.next === 'unreachable' && after === undefined
      if ((isCut && had.count > 0) || isUntold || (after !== undefined && had.count > 1 && isRound(listing.seen.size)))
        client.notices.mayGoOn()
      return
    }
    if (had.next === 'elsewhere' || (had.next === 'none' && had.isLinked)) return
    // More than were asked for at once are all there are.
    if (had.next === 'none' && had.count > PAGE && listing.size !== '') return
    isCut = had.next === 'unreachable'
    after = had.last
  }
  throw new ImageError('LISTING_ENDLESS', `Cannot ${request.action}: the listing has more than ${ROUNDS} pages`)
}

async function* roundAfter(listing: Listing, after: string | undefined): AsyncGenerator<readonly string[], Round> {
  const { client, field, request, seen, size } = listing
  const query = [size, ...(after === undefined ? [] : [`last=${encodeURIComponent(after)}`])].filter(Boolean).join('&')
  const asked = { ...request, target: `${String(request.target)}${query === '' ? '' : `?${query}`}` }
  let round: Round = { last: after, count: 0, fresh: 0, isLinked: false, next: 'none' }
  let list: Readonly<Record<string, unknown>> | undefined
  const nextIn = (bytes: Buffer, answer: HttpAnswer) => {
    list = parsedList(bytes)
    return nextInList(list, answer)
  }
  for await (const { next } of pages(client, asked, nextIn)) {
    // A server that says yes to everything would be told as a registry without names.
    if (list?.[field] === undefined) await proveRegistry({ ...listing, action: request.action, signal: request.signal })
    if (list === undefined) throw noList(request.action)
    const names = strings(list[field])
    const fresh = names.filter(name => !seen.has(name))
    for (const name of fresh) seen.add(name)
    if (fresh.length > 0) yield fresh
    const isLinked = round.isLinked || next === 'followed'
    round = { last: names.at(-1) ?? round.last, count: names.length, fresh: round.fresh + fresh.length, isLinked, next }
  }
  return round
}

function isRound(count: number): boolean {
  return count > 0 && count % USUAL_PAGE === 0
}

/** `null` where there are none is as good as an empty list; fields beside it (Artifact Registry's) are ignored. */
function parsedList(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function noList(action: string): ImageError {
  return new ImageError('ANSWER_INVALID', `Cannot ${action}: the registry did not answer with a list`, { hint: LOGIN_PAGE })
}
