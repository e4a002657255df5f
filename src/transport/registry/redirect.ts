import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { discard, type Http, type HttpAnswer, headerOf } from '../http/http.ts'
import type { HostAuth } from './auth/host-auth.ts'
import type { RegistryRequest } from './registry-request.ts'

const HOPS = 8
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/**
 * Sends a request and follows where it leads. Credentials go to the origin that was asked and to nobody it redirects to
 * (distribution-spec: MUST NOT forward; S3 refuses them); a host that challenges is answered once, with its own.
 */
export async function follow(
  request: RegistryRequest,
  start: URL,
  http: Http,
  authFor: (url: URL) => HostAuth,
  insecure: boolean,
): Promise<HttpAnswer> {
  let url = start
  // Once a chain has left the origin, nothing that comes back is trusted with credentials either.
  let own = true
  for (let hop = 0; ; hop++) {
    own &&= url.origin === start.origin
    const answer = await sendAuthorized(request, url, http, authFor, own)
    const location = REDIRECTS.has(answer.status) ? headerOf(answer, 'location') : undefined
    if (location === undefined || request.accept.includes(answer.status) || hop >= HOPS || !mayFollow(request, answer))
      return answer
    await discard(answer)
    url = nextHop(request, url, location, insecure)
  }
}

/** A POST turned into a GET is not what was meant. */
function mayFollow({ method }: RegistryRequest, { status }: HttpAnswer): boolean {
  return method === 'GET' || method === 'HEAD' || status === 307 || status === 308
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
      hint: 'Tell whoever runs the registry, or allow it with --insecure.',
    })
  }
  return url
}

async function sendAuthorized(
  request: RegistryRequest,
  url: URL,
  http: Http,
  authFor: (url: URL) => HostAuth,
  own: boolean,
): Promise<HttpAnswer> {
  const { scopes, signal } = request
  // A foreign host is asked without credentials; what is configured for it is looked up only when it wants a login.
  const first = own ? await authFor(url).authorization(scopes, signal) : undefined
  const answer = await sendOnce(request, url, http, first)
  if (!wantsBetter(answer)) return answer
  const auth = authFor(url)
  if (!(await auth.learn(answer, scopes, first, signal))) {
    if (auth.challenged || !(await auth.learn(await ping(url, http, signal), scopes, first, signal))) return answer
  }
  const better = await auth.authorization(scopes, signal)
  await discard(answer)
  return sendOnce(request, url, http, better)
}

/** Some registries leave the challenge out of real requests: the ping's is used then (registry.md 3.4). */
async function ping(url: URL, http: Http, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  const answer = await http.send({ method: 'GET', url: new URL('/v2/', url), signal })
  await discard(answer)
  return answer
}

function sendOnce(request: RegistryRequest, url: URL, http: Http, authorization: string | undefined): Promise<HttpAnswer> {
  const { method, headers, body, signal } = request
  return http.send({
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
