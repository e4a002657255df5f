import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { discard, type Http, type HttpAnswer, headerOf } from '../http/http.ts'
import type { HostAuth } from './auth/host-auth.ts'
import type { RegistryRequest } from './registry-request.ts'

const HOPS = 8
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** The host that requests go to, and the credentials that answer its challenge. */
export type Conversation = {
  readonly http: Http
  /** The origin of the registry that the user named: the only one that gets its credentials. */
  readonly origin: URL
  readonly insecure: boolean
  /** Tokens and credentials for the registry. */
  readonly own: HostAuth
  /** Tokens for another host that a read was led to: anonymous ones, nothing is looked up. */
  readonly foreign: (url: URL) => HostAuth
}

/**
 * Sends a request and follows where it leads. A request carries the credentials of the registry that the user named, and only
 * to that registry's origin: not to a host it redirects to (distribution-spec: MUST NOT forward), nor to itself once a chain of
 * redirects has left it. A request that writes stays on the registry's origin altogether: another registry could otherwise be
 * changed in the user's name.
 * @throws ImageError `REDIRECT_FAILED`
 */
export async function follow(request: RegistryRequest, start: URL, conversation: Conversation): Promise<HttpAnswer> {
  const { origin, insecure } = conversation
  let url = start
  let own = true
  for (let hop = 0; ; hop++) {
    own &&= url.origin === origin.origin
    if (!own && !isRead(request)) throw wouldWriteElsewhere(request, url)
    const answer = await sendAuthorized(request, url, conversation, own)
    const location = REDIRECTS.has(answer.status) ? headerOf(answer, 'location') : undefined
    if (location === undefined || request.accept.includes(answer.status) || hop >= HOPS || !mayFollow(request, answer))
      return answer
    await discard(answer)
    url = nextHop(request, url, location, insecure)
  }
}

function isRead({ method }: RegistryRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

function wouldWriteElsewhere({ action }: RegistryRequest, url: URL): ImageError {
  return new ImageError(
    'REDIRECT_FAILED',
    { action, why: `the registry sends what is written to another host, ${escapeText(url.host)}` },
    { hint: 'peel writes to the registry that was named and to no other; name that one if it is meant.' },
  )
}

/** A POST turned into a GET is not what was meant. */
function mayFollow(request: RegistryRequest, { status }: HttpAnswer): boolean {
  return isRead(request) || status === 307 || status === 308
}

function nextHop({ action }: RegistryRequest, from: URL, location: string, insecure: boolean): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ImageError(
      'REDIRECT_FAILED',
      `Cannot ${action}: ${escapeText(from.host)} redirects to something that is not an http address`,
    )
  }
  if (from.protocol === 'https:' && url.protocol === 'http:' && !insecure) {
    throw new ImageError('REDIRECT_FAILED', `Cannot ${action}: ${escapeText(from.host)} redirects from https to plain http`, {
      hint: 'Tell the operator of the registry, or allow it with --insecure.',
    })
  }
  return url
}

async function sendAuthorized(
  request: RegistryRequest,
  url: URL,
  { http, own, foreign }: Conversation,
  isOwn: boolean,
): Promise<HttpAnswer> {
  const { scopes, signal } = request
  const auth = isOwn ? own : foreign(url)
  const first = isOwn ? await auth.authorization(scopes, signal) : undefined
  const answer = await sendOnce(request, url, http, first)
  if (answer.status < 400) auth.accepted(first)
  if ([400, 403].includes(answer.status) && !request.accept.includes(answer.status) && auth.drop(first)) {
    await discard(answer)
    return sendOnce(request, url, http, await auth.authorization(scopes, signal))
  }
  if (!wantsBetter(answer)) return answer
  if (!(await auth.learn(answer, scopes, first, signal))) {
    if (auth.challenged || !(await auth.learn(await ping(url, http, signal), scopes, first, signal))) return answer
  }
  const better = await auth.authorization(scopes, signal)
  await discard(answer)
  const second = await sendOnce(request, url, http, better)
  if (second.status < 400) auth.accepted(better)
  return second
}

/** Some registries leave the challenge out of real requests: the ping's is used then (registry.md 3.4). */
async function ping(url: URL, http: Http, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  const answer = await http.send({ method: 'GET', url: new URL('/v2/', url), signal })
  await discard(answer)
  return answer
}

function sendOnce(request: RegistryRequest, url: URL, http: Http, authorization: string | undefined): Promise<HttpAnswer> {
  const { method, headers, body, signal, patience } = request
  return http.send({
    patience,
    method,
    url,
    headers: { 'user-agent': 'peel', ...headers, ...(authorization !== undefined && { authorization }) },
    ...(body !== undefined && { body: typeof body === 'function' ? body() : body }),
    signal,
  })
}

function wantsBetter(answer: HttpAnswer): boolean {
  const challenge = String(answer.headers['www-authenticate'] ?? '')
  return answer.status === 401 || (answer.status === 403 && challenge.includes('insufficient_scope'))
}
