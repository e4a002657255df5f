import { abortable } from '../../../blob/abortable.ts'
import { bearerAuthorization } from '../../http/bearer.ts'
import { type Http, type HttpAnswer, headersOf } from '../../http/http.ts'
import type { RetryPolicy } from '../../http/retry.ts'
import { type Challenge, challengeScopes, parseChallenges, preferredChallenge } from './challenge.ts'
import { basicAuthorization, type CredentialSearch, type Credentials } from './credentials.ts'
import { coversScopes, joinScopes, type Scope } from './scope.ts'
import type { Secrets } from './secrets.ts'
import { type BearerToken, fetchToken } from './token.ts'

export type HostAuthOptions = {
  readonly http: Http
  readonly registry: URL
  /** Looked up at most once, when the host first asks. */
  readonly search: () => Promise<CredentialSearch>
  readonly secrets: Secrets
  readonly retry: RetryPolicy
}

/** Milliseconds between two tokens that are dropped without a challenge. */
const DROP_INTERVAL = 10_000

/** How one host wants to be asked, and the tokens it gave. One object a host: nothing it knows reaches another. */
export class HostAuth {
  readonly #options: HostAuthOptions
  readonly #pending = new Map<readonly Scope[], Promise<BearerToken>>()
  #challenge: Challenge | undefined
  #tokens: readonly BearerToken[] = []
  #search: Promise<CredentialSearch> | undefined
  /** The authorization that the newest token makes, until a request with it was answered well. */
  #fresh: string | undefined
  #dropped = 0

  constructor(options: HostAuthOptions) {
    this.#options = options
  }

  /** A request with this authorization was answered well: a later refusal means that it has expired. */
  accepted(authorization: string | undefined): void {
    if (this.#fresh === authorization) this.#fresh = undefined
  }

  /** Whether a challenge was seen: only then does an answer without one make sense. */
  get challenged(): boolean {
    return this.#challenge !== undefined
  }

  /** Credentials and the trouble of looking for them; nothing is looked up before the host has asked. */
  get found(): Promise<CredentialSearch> {
    const started = performance.now()
    this.#search ??= this.#options.search().then(search => {
      // A helper may ask a person: the registry is not late meanwhile.
      this.#options.http.clock.allow(performance.now() - started)
      this.#keepSecret(search.credentials)
      return search
    })
    return this.#search
  }

  /** The `Authorization` to send at first, as far as the host is known. */
  async authorization(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined> {
    if (this.#challenge === undefined) return undefined
    // A helper may ask a person and take long: a caller that was aborted does not wait for it.
    const { credentials } = await abortable(this.found, signal)
    if (credentials?.type === 'registry-token') return bearerAuthorization(credentials.token, credentials.from)
    if (this.#challenge.scheme === 'basic') return credentials === undefined ? undefined : basicAuthorization(credentials)
    return `Bearer ${(await abortable(this.#token(scopes), signal)).value}`
  }

  /**
   * Learns from a 401 (or a 403 that names missing scopes). `rejected` is the authorization that was refused, so that
   * of many requests refused together only the first drops the token.
   * @returns whether there is something better to send
   */
  async learn(
    answer: HttpAnswer,
    scopes: readonly Scope[],
    rejected: string | undefined,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const challenge = this.remember(answer)
    if (this.#challenge === undefined) return false
    if (rejected !== undefined) this.#tokens = this.#tokens.filter(({ value }) => `Bearer ${value}` !== rejected)
    if (this.#challenge.scheme === 'bearer' && (await abortable(this.found, signal)).credentials?.type !== 'registry-token') {
      const missing = challenge === undefined ? [] : challengeScopes(challenge)
      await abortable(this.#token(joinScopes([...missing, ...scopes])), signal)
    }
    const better = await this.authorization(scopes, signal)
    return better !== undefined && better !== rejected
  }

  /**
   * Whether a refusal without a challenge may be about `rejected`, a token that was kept from before: some registries answer 400
   * or 403 to one that has expired. It is then dropped, so that the next is new. Not twice in a short time: most such refusals mean what
   * they say.
   */
  drop(rejected: string | undefined): boolean {
    const kept = this.#tokens.some(({ value }) => `Bearer ${value}` === rejected)
    if (!kept || this.#fresh === rejected || Date.now() - this.#dropped < DROP_INTERVAL) return false
    this.#dropped = Date.now()
    this.#tokens = this.#tokens.filter(({ value }) => `Bearer ${value}` !== rejected)
    return true
  }

  /** Keeps the challenge of an answer, if it has one. */
  remember(answer: HttpAnswer): Challenge | undefined {
    const challenge = preferredChallenge(parseChallenges(headersOf(answer, 'www-authenticate')))
    this.#challenge = challenge ?? this.#challenge
    return challenge
  }

  /** A token that covers `scopes`: a kept one, one on its way, or a new one for all scopes this host ever needed. */
  #token(scopes: readonly Scope[]): Promise<BearerToken> {
    const kept = this.#tokens.find(token => token.expires > Date.now() && coversScopes(token.scopes, scopes))
    if (kept !== undefined) return Promise.resolve(kept)
    for (const [coming, pending] of this.#pending) if (coversScopes(coming, scopes)) return pending
    // The missing scopes come first: some servers look only at the first scope.
    const wanted = joinScopes([...scopes, ...this.#tokens.flatMap(token => token.scopes)])
    const fetched = this.#fetch(wanted).finally(() => this.#pending.delete(wanted))
    this.#pending.set(wanted, fetched)
    return fetched
  }

  /** Without a signal: others may be waiting for the same token when the first to ask gives up. */
  async #fetch(scopes: readonly Scope[]): Promise<BearerToken> {
    const { http, registry, retry, secrets } = this.#options
    const challenge = this.#challenge ?? { scheme: 'bearer', parameters: {} }
    const { credentials } = await this.found
    const token = await fetchToken(http, { challenge, scopes, credentials, registry, retry })
    secrets.add(token.value)
    this.#fresh = `Bearer ${token.value}`
    this.#tokens = [...this.#tokens.filter(({ expires }) => expires > Date.now()), token].slice(-16)
    return token
  }

  #keepSecret(credentials: Credentials | undefined): void {
    if (credentials === undefined) return
    const { secrets } = this.#options
    secrets.add(credentials.type === 'basic' ? credentials.password : credentials.token)
    if (credentials.type !== 'registry-token') secrets.add(basicAuthorization(credentials).slice('Basic '.length))
  }
}
