import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { candidateOrigins } from '../http/endpoint.ts'
import { afterAllTime, connectionFailure, isSilence, isTransient, speaksNoTls, wantsClientCertificate } from '../http/failure.ts'
import { discard, Http, type HttpAnswer, headerOf } from '../http/http.ts'
import type { RegistryOptions, RepositoryName } from '../http/registry-options.ts'
import { askedPause, isRetryable, type RetryPolicy, retryPolicy, wait, waitBefore } from '../http/retry.ts'
import { errorCode } from '../text/usual-text.ts'
import type { CredentialSearch } from './auth/credentials.ts'
import { findCredentials } from './auth/find-credentials.ts'
import { HostAuth } from './auth/host-auth.ts'
import { Secrets } from './auth/secrets.ts'
import { follow } from './redirect.ts'
import { refusal } from './refusal.ts'
import { isRepeatable, type RegistryRequest } from './registry-request.ts'
import { ServerNotices } from './server-notices.ts'

/**
 * A conversation with one registry: where it is, how it wants to be asked, and patience with it. Redirects are followed
 * without credentials, refused requests are sent again once with better ones, failing ones as the policy says.
 */
export class RegistryClient {
  readonly host: string
  readonly retry: RetryPolicy
  readonly #repository: RepositoryName
  readonly #options: RegistryOptions
  readonly #http: Http
  readonly #secrets = new Secrets()
  readonly notices = new ServerNotices(this.#secrets)
  readonly #foreign = new Map<string, HostAuth>()
  #own: HostAuth | undefined
  #origin: Promise<URL> | undefined
  #reached = false
  /** Whether the registry ended the connection when it was spoken to in TLS. */
  #hungUp = false
  /** Whether this is known to be a registry, most often because it answered a request as it was meant. */
  #isRegistry = false

  constructor(repository: RepositoryName, options: RegistryOptions = {}) {
    this.host = repository.host
    this.retry = retryPolicy(options.retry)
    this.#repository = repository
    this.#options = options
    this.#http = new Http(repository.host, options)
  }

  /** @throws ImageError for every status that is not in `accept`, and for connections that stay dead */
  async request(request: RegistryRequest): Promise<HttpAnswer> {
    const { action, signal } = request
    this.#http.clock.start()
    const origin = await this.#resolveOrigin(action, signal)
    const url = new URL(request.target, origin)
    if (origin.protocol === 'https:' && url.protocol === 'http:' && this.#options.insecure !== true) throw plainHttp(action, url)
    const patience = new Patience(this.#http.patience)
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(
        { ...request, patience: request.patience ?? patience.next },
        url,
        origin,
        attempt,
        patience,
      )
      if (answer === undefined) continue
      this.#reached = true
      this.#http.clock.stop()
      this.notices.note(answer)
      if (request.accept.includes(answer.status)) {
        this.#isRegistry = true
        return answer
      }
      if (await this.#waitToRepeat(request, answer, attempt)) continue
      const refused = await refusal(answer, {
        action,
        host: answer.url.host === origin.host ? this.host : answer.url.host,
        search: await (answer.url.origin === origin.origin ? this.#ownAuth(origin) : this.#foreignAuth(answer.url)).found,
        registry: escapeText(this.host),
        place: escapeText(`${this.host}/${this.#repository.path}`),
        hasCatalogue: this.hasCatalogue,
        pushesDocument: request.method === 'PUT' && /\/manifests\//.test(url.pathname),
        secrets: this.#secrets,
      })
      throw (await this.#isNoRegistry(refused, origin, signal)) ? noRegistry(action, origin) : refused
    }
  }

  /** Whether the registry lists its repositories, as far as is known before it is asked. */
  get hasCatalogue(): boolean {
    return !WITHOUT_CATALOGUE.has(this.host)
  }

  /** Milliseconds that silence is borne. */
  get patience(): number {
    return this.#http.patience
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async close(): Promise<void> {
    await this.#http.close()
  }

  /** Where nothing is found and nothing was before, a registry still has `/v2/` (distribution-spec, end-1); a web server has not. */
  async #isNoRegistry({ code }: ImageError, origin: URL, signal?: AbortSignal): Promise<boolean> {
    if (code !== 'NOT_FOUND' || this.#isRegistry) return false
    const answer = await this.#http.send({ method: 'GET', url: new URL('/v2/', origin), signal }).catch(() => undefined)
    signal?.throwIfAborted()
    if (answer !== undefined) await discard(answer)
    const isNone = answer?.status === 404 && headerOf(answer, 'docker-distribution-api-version') === undefined
    this.#isRegistry = !isNone
    return isNone
  }

  /** One try; undefined when the connection died and another try is due, after its pause. */
  async #attempt(
    request: RegistryRequest,
    url: URL,
    origin: URL,
    attempt: number,
    patience: Patience,
  ): Promise<HttpAnswer | undefined> {
    const { action, signal } = request
    try {
      return await follow(request, url, {
        http: this.#http,
        origin,
        insecure: this.#options.insecure === true,
        own: this.#ownAuth(origin),
        foreign: hop => this.#foreignAuth(hop),
      })
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ImageError) throw error
      const refusedLater = this.#reached && errorCode(error) === 'ECONNREFUSED'
      const repeats = isRepeatable(request) && attempt < this.retry.tries && (isTransient(error) || refusedLater)
      const isOver = isSilence(error) && patience.isOver
      if (!repeats || isOver) {
        const overTls = !this.#reached && (url.protocol === 'https:' || this.#hungUp)
        const told = isOver ? afterAllTime(error, this.#http.clock.limit) : error
        throw connectionFailure(action, url.host, told, this.#http.proxyFor(url), overTls)
      }
      await waitBefore(attempt, this.retry, signal)
      return undefined
    }
  }

  /** Waits when the status passes and the request may be repeated. A server that wants hours is not waited for. */
  async #waitToRepeat(request: RegistryRequest, answer: HttpAnswer, attempt: number): Promise<boolean> {
    if (!isRetryable(answer.status) || !isRepeatable(request) || attempt >= this.retry.tries) return false
    const milliseconds = askedPause(headerOf(answer, 'retry-after'), attempt, this.retry)
    if (milliseconds === undefined) return false
    await discard(answer)
    await wait(milliseconds, request.signal)
    return true
  }

  #ownAuth(origin: URL): HostAuth {
    this.#own ??= this.#authWith(origin, () => findCredentials(this.#repository, this.#options))
    return this.#own
  }

  /** The user's login there is not looked up: the registry, not the user, chose that host. */
  #foreignAuth(url: URL): HostAuth {
    const known = this.#foreign.get(url.origin)
    if (known !== undefined) return known
    const created = this.#authWith(url, async () => ({ credentials: undefined, problems: [] }))
    this.#foreign.set(url.origin, created)
    return created
  }

  #authWith(registry: URL, search: () => Promise<CredentialSearch>): HostAuth {
    return new HostAuth({ http: this.#http, registry, search, secrets: this.#secrets, retry: this.retry })
  }

  #resolveOrigin(action: string, signal?: AbortSignal): Promise<URL> {
    this.#origin ??= this.#findOrigin(action, signal)
    // A failed search is not remembered: the next request may fare better.
    this.#origin.catch(() => {
      this.#origin = undefined
    })
    return this.#origin
  }

  /**
   * Where plain http is allowed, one request finds out whether the host speaks TLS; it also brings the challenge. A
   * certificate that is not trusted is an error, never a reason to fall back (registry.md 3.2).
   */
  async #findOrigin(action: string, signal?: AbortSignal): Promise<URL> {
    const [first, fallback] = candidateOrigins(this.host, this.#options.insecure === true)
    if (first === undefined)
      throw new ImageError('REFERENCE_INVALID', `Cannot ${action}: "${escapeText(this.host)}" is not a host`)
    if (fallback === undefined) return first
    // A server without TLS has its connections in clear by the time it refuses the handshake; the request that follows tells their failures.
    this.#http.prepare(fallback).catch(() => undefined)
    try {
      // Half of the time is left for plain http, where nothing comes of TLS.
      const connectWithin = this.#http.patience / 2
      const answer = await this.#http.send({ method: 'GET', url: new URL('/v2/', first), signal, connectWithin })
      await discard(answer)
      this.#ownAuth(first).remember(answer)
      return first
    } catch (error) {
      signal?.throwIfAborted()
      const plain = speaksNoTls(error)
      if (plain === 'no') {
        if (error instanceof ImageError) throw error
        const told = afterAllTime(error, this.#http.clock.limit)
        throw connectionFailure(action, first.host, told, this.#http.proxyFor(first))
      }
      this.#hungUp = plain === 'perhaps'
      if (plain === 'perhaps' && (await this.#wantsTls(fallback, signal)))
        throw isSilence(error) ? connectionFailure(action, first.host, error) : wantsClientCertificate(action, first.host)
      return fallback
    }
  }

  /** Servers that speak TLS answer plain http with 400; a dead host is told by the request that follows. */
  async #wantsTls(origin: URL, signal?: AbortSignal): Promise<boolean> {
    const within = this.#http.patience / 3
    const probe = { method: 'GET', url: new URL('/v2/', origin), signal, patience: within, within } as const
    const answer = await this.#http.send(probe).catch(() => undefined)
    if (answer !== undefined) await discard(answer)
    return answer?.status === 400
  }
}

/** Large public registries, which do not list their repositories (registry.md 3.8). */
const WITHOUT_CATALOGUE = new Set([
  'docker.io',
  'ghcr.io',
  'quay.io',
  'gcr.io',
  'public.ecr.aws',
  'registry.k8s.io',
  'mcr.microsoft.com',
])

/** Milliseconds that a try has at least. */
const LEAST = 1000

/** How long a silent registry is waited for: once for two thirds of the time, then for what is left of it. */
class Patience {
  readonly #until: number
  readonly #first: number
  #begun = false

  constructor(milliseconds: number) {
    this.#until = performance.now() + milliseconds
    this.#first = (milliseconds * 2) / 3
  }

  /** Milliseconds for the next try. */
  get next(): number {
    const left = Math.max(LEAST, this.#until - performance.now())
    const next = this.#begun ? left : this.#first
    this.#begun = true
    return next
  }

  get isOver(): boolean {
    // The timer of the last try may have rung a little early.
    return performance.now() > this.#until - 100
  }
}

function noRegistry(action: string, { host, origin }: URL): ImageError {
  return new ImageError('NOT_A_REGISTRY', `Cannot ${action}: ${escapeText(host)} is no registry, it has nothing at /v2/`, {
    hint: `Check the host and the port: another service listens there. A registry answers ${escapeText(origin)}/v2/.`,
  })
}

/** A request that began with TLS does not go on without it, wherever a registry points. */
function plainHttp(action: string, { host }: URL): ImageError {
  return new ImageError(
    'REDIRECT_FAILED',
    `Cannot ${action}: the registry leads from https to plain http at ${escapeText(host)}`,
    {
      hint: 'Tell the operator of the registry, or allow it with --insecure.',
    },
  )
}
