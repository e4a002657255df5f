import { setMaxListeners } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import { abortable } from '../../blob/abortable.ts'
import { errorCode } from '../text/usual-text.ts'
import { withoutBrackets } from './address-class.ts'
import { AddressGuard } from './address-guard.ts'
import { AnswerClock } from './answer-clock.ts'
import { tlsContextFor } from './certificates.ts'
import { candidateOrigins } from './endpoint.ts'
import { beginConnection } from './first-connection.ts'
import { NoAnswer, NoConnection, SlowAnswer } from './lateness.ts'
import { isNeverProxied, proxiesOf, proxyOf } from './proxy.ts'
import type { RegistryOptions, Timeouts } from './registry-options.ts'
import { type SpareConnections, spareConnections } from './spare-connections.ts'
import { WatchedSockets } from './watched-sockets.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type HttpRequest = {
  readonly method: Method
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the answer must begin, once the request is sent. */
  readonly patience?: number | undefined
  /** Milliseconds until then with the connection that is made for it; those left until the first answer, or of both, where absent. */
  readonly within?: number | undefined
  /** Milliseconds until a connection must be made, where the host has none yet. */
  readonly connectWithin?: number | undefined
}

export type HttpAnswer = {
  readonly status: number
  readonly url: URL
  readonly headers: Dispatcher.ResponseData['headers']
  /** Must be read to its end, or handed to `discard`. */
  readonly body: AsyncIterable<Uint8Array> & { readonly destroy: () => void }
}

const TIMEOUTS: Timeouts = { connect: 10_000, headers: 30_000, body: 30_000 }
const UPLOAD_HEADERS_TIMEOUT = 600_000
/** Connections to one host; requests beyond them wait their turn (registry.md 3.7: 3 to 6). */
const CONNECTIONS = 6

/** The one door to HTTP: connections, TLS and proxies by host. No redirects, no retries, no credentials here. */
export class Http {
  readonly #registry: string
  readonly #options: RegistryOptions
  readonly #timeouts: Timeouts
  readonly #guard: AddressGuard
  readonly #sockets = new Map<string, WatchedSockets>()
  /** Time until the first answer. */
  readonly clock: AnswerClock
  readonly #dispatchers = new Map<string, Promise<Dispatcher>>()
  /** By the origin they lead to. */
  readonly #spare = new Map<string, SpareConnections>()
  /** Connections that no request has taken yet. */
  readonly #unused: { readonly close: () => void }[] = []
  #closed = false

  /** `registry`: the host as it was typed, which is what its certificates are filed under. */
  constructor(registry: string, options: RegistryOptions = {}) {
    this.#registry = registry
    this.#options = options
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts }
    this.clock = new AnswerClock(this.#timeouts.headers)
    this.#guard = new AddressGuard(registry, options, options.resolve)
  }

  /** @throws whatever the connection dies of; `connectionFailure` gives it words */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { url, signal, body, patience = this.patience } = request
    if (this.#closed) throw new Error('the connections were closed')
    if (signal !== undefined) setMaxListeners(0, signal)
    this.#guard.check(url)
    if (body !== undefined && (isUpload(request) || !(body instanceof Uint8Array))) return this.#dispatch(request, signal)
    // A server that sends its headers byte by byte resets the timer of the connection with each, and the timer counts no connecting.
    const stop = new AbortController()
    const sockets = this.#socketsTo(url)
    const before = sockets.bytesRead
    const { within = Math.min(patience + this.#timeouts.connect, this.clock.total) } = request
    // Once requests go side by side, what comes over the connections need not be of this one.
    const hasBegun = () => this.clock.total !== Number.POSITIVE_INFINITY && sockets.bytesRead > before
    const late = () => stop.abort(this.#lateness(url, sockets, hasBegun(), within))
    const timers = [setTimeout(late, within)]
    if (request.connectWithin !== undefined)
      timers.push(setTimeout(() => sockets.wasConnected || late(), Math.min(request.connectWithin, within)))
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
    try {
      return await this.#dispatch(request, either)
    } catch (error) {
      throw errorCode(error) === 'UND_ERR_HEADERS_TIMEOUT' && hasBegun() ? tooSlow() : error
    } finally {
      timers.forEach(clearTimeout)
    }
  }

  async #dispatch(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { method, url, headers = {}, body, patience = this.patience } = request
    const dispatcher = await abortable(this.#dispatcherFor(url), signal)
    // A connection is free a turn of the event loop after its answer: a request right behind it would open another, which takes round trips.
    await turn()
    const asked = dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers,
      body: body === undefined || body instanceof Uint8Array ? (body ?? null) : Readable.from(body, { objectMode: false }),
      headersTimeout: isUpload(request) ? Math.max(UPLOAD_HEADERS_TIMEOUT, this.#timeouts.headers) : patience,
      ...(signal !== undefined && { signal }),
    })
    this.#options.connecting?.()
    // A request that waits for its connection, as behind a proxy that is silent, does not hear of the signal: it fails later.
    asked.catch(() => undefined)
    const answer = await abortable(asked, signal)
    // An abandoned body may still fail: that must not end the process.
    answer.body.on('error', () => undefined)
    return { status: answer.statusCode, url, headers: answer.headers, body: answer.body }
  }

  /** The error for an answer that has not begun in time. A proxy's connections are not seen here. */
  #lateness(url: URL, sockets: WatchedSockets, hasBegun: boolean, milliseconds: number): Error {
    if (hasBegun) return tooSlow()
    const isConnected = sockets.wasConnected || this.proxyFor(url) !== undefined
    return isConnected ? new NoAnswer(milliseconds) : new NoConnection('no connection was made in time')
  }

  #socketsTo({ origin }: URL): WatchedSockets {
    const known = this.#sockets.get(origin) ?? new WatchedSockets()
    this.#sockets.set(origin, known)
    return known
  }

  /** Opens spare connections to an origin that requests may go to, where there are to be any: it need not turn out to be the right one. */
  async prepare({ origin, protocol, hostname, host, port }: URL): Promise<void> {
    if (this.#closed) return
    this.#guard.check(new URL(origin))
    await this.#dispatcherFor(new URL(origin))
    this.#spare.get(origin)?.prepare({ protocol, hostname: withoutBrackets(hostname), host, port })
  }

  /** Milliseconds that a silent server is waited for in all, as far as they are not over before its first answer. */
  get patience(): number {
    return this.clock.left
  }

  /** The proxy of the environment that requests to `url` go through, for the words of a failure. */
  proxyFor(url: URL): string | undefined {
    return proxyOf(url, proxiesOf(this.#options.environment ?? process.env))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async close(): Promise<void> {
    this.#closed = true
    const open = await Promise.allSettled(this.#dispatchers.values())
    for (const each of this.#unused) each.close()
    this.#dispatchers.clear()
    await Promise.allSettled(open.map(each => (each.status === 'fulfilled' ? each.value.destroy() : undefined)))
  }

  /** Whether an origin is the registry itself, not a service for tokens or a place that it leads to. */
  #isRegistry({ origin }: URL): boolean {
    return candidateOrigins(this.#registry, true).some(own => own.origin === origin)
  }

  /** One dispatcher a host: a client certificate is shown to the host it was configured for and to no other. */
  #dispatcherFor(url: URL): Promise<Dispatcher> {
    const known = this.#dispatchers.get(url.origin)
    if (known !== undefined) return known
    const created = this.#createDispatcher(url)
    this.#dispatchers.set(url.origin, created)
    return created
  }

  async #createDispatcher(url: URL): Promise<Dispatcher> {
    const isSecure = url.protocol === 'https:'
    const proxies = proxiesOf(this.#options.environment ?? process.env)
    const [timeout, lookup] = [this.#timeouts.connect, this.#guard.lookup]
    const first = isSecure && proxyOf(url, proxies) === undefined ? beginConnection({ url, lookup, timeout }) : undefined
    this.#unused.push(...(first === undefined ? [] : [first]))
    await first?.isOnItsWay
    const context = isSecure ? await tlsContextFor(url.host, this.#registry, this.#options) : undefined
    const rejectUnauthorized = this.#options.insecure !== true
    const secure = { ...(context !== undefined && { secureContext: context }), rejectUnauthorized }
    const secured = buildConnector({ ...secure, timeout, lookup, allowH2: false })
    const connect = this.#socketsTo(url).watch(first === undefined ? secured : first.over(secured))
    // One connection a stream of layer bytes: HTTP/2 would share one flow-control window among them.
    const options = { connections: CONNECTIONS, allowH2: false, bodyTimeout: this.#timeouts.body, connect }
    const { spareConnections: count = 0 } = this.#options
    if (count > 0 && this.#isRegistry(url) && proxyOf(url, proxies) === undefined) {
      const spare = spareConnections(connect, count)
      this.#unused.push(spare)
      this.#spare.set(url.origin, spare)
      return new Agent({ ...options, connect: spare.connect })
    }
    if (isNeverProxied(url, proxies.noProxy)) return new Agent(options)
    return new EnvHttpProxyAgent({ ...options, ...proxies, requestTls: secure })
  }
}

function tooSlow(): SlowAnswer {
  return new SlowAnswer('the headers come too slowly')
}

/** Whether a request carries bytes of a blob, which a registry may hash or copy before it answers. */
function isUpload({ method, url }: HttpRequest): boolean {
  return url.pathname.includes('/blobs/uploads/') && (method === 'PUT' || method === 'PATCH')
}

/** The first value of a header, undefined when it is absent. */
export function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Every value of a header that may be repeated. */
export function headersOf({ headers }: HttpAnswer, name: string): readonly string[] {
  const value = headers[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

/** Milliseconds that an unneeded body may take to arrive. */
const PATIENCE = 5000

/** Lets go of an answer that is not needed; a short body is read so that the connection lives on. */
export async function discard(answer: HttpAnswer): Promise<void> {
  await readBody(answer, 64 * 1024, PATIENCE).catch(() => undefined)
}

/** Bytes a second that a document or a token comes with at least, and how often that is looked at. */
const LEAST_RATE = 1024
const LOOK_MILLISECONDS = 1000

/**
 * The same for a document or a token that the caller waits for: it must come at a least rate once `patience` milliseconds have
 * passed, and within ten times as many in all. Without that a byte now and then keeps a connection for ever.
 * @throws SlowAnswer
 */
export async function readSteadily(answer: HttpAnswer, limit: number, patience: number): Promise<Buffer | undefined> {
  let seen = 0
  let slow: SlowAnswer | undefined
  const started = performance.now()
  const timer = setInterval(
    () => {
      const passed = performance.now() - started
      if (passed < patience || (seen >= (passed / 1000) * LEAST_RATE && passed < patience * 10)) return
      slow = new SlowAnswer('the answer comes too slowly')
      answer.body.destroy()
    },
    Math.min(LOOK_MILLISECONDS, patience),
  )
  const counted = async function* () {
    for await (const chunk of answer.body) {
      seen += chunk.byteLength
      yield chunk
    }
  }
  try {
    const body = Object.assign(counted(), { destroy: () => answer.body.destroy() })
    const bytes = await readBody({ ...answer, body }, limit)
    if (slow !== undefined) throw slow
    return bytes
  } catch (thrown) {
    throw slow ?? thrown
  } finally {
    clearInterval(timer)
  }
}

/** At most `limit` bytes of a body; undefined when there are more. With a `deadline` in milliseconds it may not drip for ever. */
export async function readBody({ body }: HttpAnswer, limit: number, deadline?: number): Promise<Buffer | undefined> {
  const timer = deadline === undefined ? undefined : setTimeout(() => body.destroy(), deadline)
  try {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.byteLength
      if (size > limit) return undefined
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(timer)
  }
}
