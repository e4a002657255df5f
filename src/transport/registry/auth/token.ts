import { isRecord } from '../../../blob/descriptor.ts'
import { ImageError } from '../../../error.ts'
import { escapeText } from '../../../escape.ts'
import { afterAllTime, connectionFailure, isSilence, isTransient } from '../../http/failure.ts'
import { discard, type Http, type HttpAnswer, type HttpRequest, headerOf, readSteadily } from '../../http/http.ts'
import { askedPause, isRetryable, type RetryPolicy, tryAgain, wait, waitBefore } from '../../http/retry.ts'
import type { Challenge } from './challenge.ts'
import { basicAuthorization, type Credentials } from './credentials.ts'
import { safeRealm } from './realm.ts'
import type { Scope } from './scope.ts'

export type BearerToken = {
  readonly value: string
  readonly scopes: readonly Scope[]
  /** Milliseconds since the epoch by this machine's clock, counted from receipt: server clocks are skewed. */
  readonly expires: number
}

export type TokenRequest = {
  readonly challenge: Challenge
  readonly scopes: readonly Scope[]
  readonly credentials: Credentials | undefined
  /** The registry that sent the challenge. */
  readonly registry: URL
  readonly retry: RetryPolicy
}

const CLIENT = 'peel'
const TOKEN_LIMIT = 1024 * 1024
/** Shorter lives are treated as this (token specification). */
const SHORTEST_LIFE = 60
const REDIRECTS = 3

/**
 * Asks the token service of a bearer challenge for a token (registry.md 3.4): identity tokens by the OAuth2 form with a
 * GET where that is unknown, passwords by GET with the form where that is unknown, else anonymously.
 * @throws ImageError `REALM_UNSAFE`, `CREDENTIALS_REFUSED`, `TOKEN_FAILED` and those of the connection
 */
export async function fetchToken(http: Http, request: TokenRequest): Promise<BearerToken> {
  const realm = safeRealm(request.challenge.parameters['realm'] ?? '', request.registry, request.credentials !== undefined)
  const [first, second] = request.credentials?.type === 'identity' ? [oauth, plain] : [plain, oauth]
  let answer = await send(http, first(realm, request), request)
  const unknown = answer.status === 404 || answer.status === 405 || (first === plain && answer.status === 400)
  if (unknown && request.credentials !== undefined) {
    await discard(answer)
    answer = await send(http, second(realm, request), request)
  }
  if (answer.status !== 200) {
    await discard(answer)
    throw refused(answer, realm, request.credentials)
  }
  const body = await readSteadily(answer, TOKEN_LIMIT, http.patience).catch((error: unknown) => {
    throw unreachable(http, realm, request.registry, error)
  })
  return readToken(body, realm, request.scopes)
}

/** `GET realm?service=&scope=…`, with Basic when there are credentials. The realm may bring a query of its own. */
function plain(realm: URL, { challenge, scopes, credentials }: TokenRequest): HttpRequest {
  const url = new URL(realm)
  const service = challenge.parameters['service']
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  if (credentials === undefined || credentials.type === 'registry-token') return { method: 'GET', url }
  if (credentials.username !== '' && credentials.username !== '<token>') url.searchParams.set('account', credentials.username)
  return { method: 'GET', url, headers: { authorization: basicAuthorization(credentials) } }
}

function oauth(realm: URL, { challenge, scopes, credentials }: TokenRequest): HttpRequest {
  const form = new URLSearchParams({ service: challenge.parameters['service'] ?? realm.host, client_id: CLIENT })
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  if (credentials?.type === 'identity') {
    form.set('grant_type', 'refresh_token')
    form.set('refresh_token', credentials.token)
  } else if (credentials?.type === 'basic') {
    form.set('grant_type', 'password')
    form.set('username', credentials.username)
    form.set('password', credentials.password)
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()) }
}

/** Sends with retries; a redirect is followed when its target is as safe as the realm, credentials only to the same origin. */
async function send(http: Http, first: HttpRequest, { registry, retry, credentials }: TokenRequest): Promise<HttpAnswer> {
  let request = first
  const until = performance.now() + http.patience
  for (let attempt = 1, redirects = 0; ; ) {
    const left = Math.max(1000, until - performance.now())
    const answer = await http.send({ ...request, patience: attempt === 1 ? (left * 2) / 3 : left }).catch((error: unknown) => {
      if (error instanceof ImageError) throw error
      const isOver = isSilence(error) && performance.now() > until - 100
      const told = isOver ? afterAllTime(error, http.clock.limit) : error
      if (!isTransient(error) || isOver || attempt >= retry.tries) throw unreachable(http, request.url, registry, told)
      return undefined
    })
    const location = answer && answer.status >= 300 && answer.status < 400 ? headerOf(answer, 'location') : undefined
    if (answer !== undefined && location !== undefined && redirects++ < REDIRECTS && request.method === 'GET') {
      await discard(answer)
      const target = URL.canParse(location, request.url.href) ? new URL(location, request.url).href : location
      const url = safeRealm(target, registry, credentials !== undefined)
      request = { method: 'GET', url, ...(url.origin === request.url.origin && request.headers && { headers: request.headers }) }
      continue
    }
    if (answer === undefined) {
      await waitBefore(attempt++, retry)
      continue
    }
    if (!isRetryable(answer.status) || attempt >= retry.tries) return answer
    const milliseconds = askedPause(headerOf(answer, 'retry-after'), attempt++, retry)
    if (milliseconds === undefined) return answer
    await discard(answer)
    await wait(milliseconds)
  }
}

function readToken(body: Buffer | undefined, realm: URL, scopes: readonly Scope[]): BearerToken {
  let answer: unknown
  try {
    answer = JSON.parse(body?.toString('utf8') ?? '')
  } catch {
    answer = undefined
  }
  const fields = isRecord(answer) ? answer : {}
  const value = [fields['token'], fields['access_token']].find(each => typeof each === 'string' && each !== '')
  // A token goes into a header: a text that cannot stand there is no token.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new ImageError('TOKEN_FAILED', `Cannot log in: the token service ${realm.host} answered without a token`, {
      hint: `A proxy or a login page may stand between: open ${escapeText(realm.origin)} in a browser.`,
    })
  }
  const life = typeof fields['expires_in'] === 'number' ? fields['expires_in'] : SHORTEST_LIFE
  return { value, scopes, expires: Date.now() + Math.max(life, SHORTEST_LIFE) * 1000 }
}

/** A person who typed the registry's name need not know the host that it sends clients to for a token. */
function unreachable(http: Http, service: URL, registry: URL, error: unknown): ImageError {
  const { host } = service
  const failure = connectionFailure('log in', host, error, http.proxyFor(service))
  if (host === registry.host) return failure
  const whose = `${escapeText(host)} is where ${escapeText(registry.host)} sends clients for a token.`
  return new ImageError(failure.code, failure.message, { hint: `${whose} ${failure.hint ?? ''}`.trim(), cause: failure })
}

function refused(answer: HttpAnswer, realm: URL, credentials: Credentials | undefined): ImageError {
  const { status } = answer
  if (status === 429) {
    return new ImageError('RATE_LIMITED', `Cannot log in: ${realm.host} answers 429, too many requests`, {
      hint: `${tryAgain(headerOf(answer, 'retry-after'))}.`,
    })
  }
  if (status >= 500) {
    return new ImageError('TOKEN_FAILED', `Cannot log in: the token service ${realm.host} failed with status ${status}`, {
      hint: 'Try again later.',
    })
  }
  if (credentials === undefined) {
    return new ImageError('UNAUTHORIZED', `Cannot log in: ${realm.host} gives no token without a login (status ${status})`, {
      hint: 'Log in with `docker login`, `podman login` or `skopeo login`, or name a file with --authfile.',
    })
  }
  return new ImageError(
    'CREDENTIALS_REFUSED',
    `Cannot log in: ${realm.host} refused the credentials from ${credentials.from} (status ${status})`,
    {
      hint: 'Log in again, or remove them: public images need none.',
    },
  )
}
