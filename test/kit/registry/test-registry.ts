import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Answer, type Fault, sendAnswer } from './fault.ts'
import { answerRequest, type RegistryBehaviour } from './registry-answer.ts'
import { RegistryStore } from './registry-store.ts'
import { RegistryUploads } from './registry-uploads.ts'
import type { TokenService } from './token-service.ts'

export type TestRegistryOptions = RegistryBehaviour & {
  readonly basic?: string
  readonly tokens?: TokenService
  /** 401 without a challenge on everything but `/v2/`. */
  readonly challengeOnlyOnPing?: boolean
  /** A scope of the server's own beside the usual one, which a token must have: `aws`, `*`. */
  readonly ownScope?: string
  /** The answer to a token that has expired, where it is not 401. */
  readonly expiredStatus?: number
  /** The challenge's scheme as written: `Bearer`, `bEARER`. */
  readonly scheme?: string
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string }
}

export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly bodyBytes: number
  status: number
  /** Of the answer's body, as far as it was meant to be sent. */
  answerBytes: number
  /** Whether the answer left whole, or the connection ended before. */
  outcome: 'under way' | 'sent' | 'cut'
}

/** Says how an answer goes wrong, or undefined for as it should be. */
export type Misbehaviour = (request: SeenRequest) => Fault | undefined

/** A registry inside the test's process that misbehaves on command and remembers what it was sent. */
export class TestRegistry {
  readonly store = new RegistryStore()
  readonly uploads = new RegistryUploads(this.store)
  readonly seen: SeenRequest[] = []
  behaviour: TestRegistryOptions
  misbehave: Misbehaviour = () => undefined
  /** Connections that were opened so far: each costs a client round trips. */
  connections = 0
  readonly #server
  #port = 0

  private constructor(options: TestRegistryOptions) {
    this.behaviour = options
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    this.#server =
      options.tls === undefined
        ? createServer(listener)
        : createTlsServer(
            { ...options.tls, requestCert: options.tls.ca !== undefined, rejectUnauthorized: options.tls.ca !== undefined },
            listener,
          )
    this.#server.on('connection', () => {
      this.connections++
    })
  }

  static async start(options: TestRegistryOptions = {}): Promise<TestRegistry> {
    const registry = new TestRegistry(options)
    await new Promise<void>(resolve => registry.#server.listen(0, '127.0.0.1', resolve))
    registry.#port = (registry.#server.address() as AddressInfo).port
    return registry
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`
  }

  get origin(): string {
    return `${this.behaviour.tls === undefined ? 'http' : 'https'}://${this.host}`
  }

  /** `METHOD path` of every request so far. */
  get log(): string[] {
    return this.seen.map(({ method, path }) => `${method} ${path}`)
  }

  /** Answers that are being sent. */
  get underWay(): number {
    return this.seen.filter(({ outcome }) => outcome === 'under way').length
  }

  /** The next answers to matching requests go wrong, one fault each. */
  once(pattern: RegExp, ...faults: readonly Fault[]): void {
    const queue = [...faults]
    const before = this.misbehave
    this.misbehave = request =>
      pattern.test(`${request.method} ${request.path}`) ? (queue.shift() ?? before(request)) : before(request)
  }

  always(pattern: RegExp, fault: Fault): void {
    const before = this.misbehave
    this.misbehave = request => (pattern.test(`${request.method} ${request.path}`) ? fault : before(request))
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined)
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const body = Buffer.concat(chunks)
    const url = new URL(request.url ?? '/', this.origin)
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      bodyBytes: body.length,
      status: 0,
      answerBytes: 0,
      outcome: 'under way',
    }
    this.seen.push(seen)
    response.on('close', () => {
      seen.outcome = response.writableFinished ? 'sent' : 'cut'
    })
    const fault = this.misbehave(seen)
    // An answer that goes wrong leaves the registry as it was, but for connections that die after the work was done.
    const answer =
      fault?.type === 'status' || fault?.type === 'redirect'
        ? { status: 500, headers: {}, body: Buffer.alloc(0) }
        : (this.#refuse(request, url) ?? answerRequest(this, request, url, body))
    seen.status = answer.status
    await sendAnswer(request, response, answer, fault)
    seen.answerBytes = request.method === 'HEAD' ? 0 : answer.body.length
  }

  #refuse(request: IncomingMessage, url: URL): Answer | undefined {
    const { basic, tokens, scheme = 'Bearer', challengeOnlyOnPing, ownScope, expiredStatus } = this.behaviour
    const { authorization = '' } = request.headers
    const denied = (challenge: string): Answer => ({
      status: 401,
      headers: {
        'content-type': 'application/json',
        ...((challengeOnlyOnPing !== true || url.pathname === '/v2/') && { 'www-authenticate': challenge }),
      },
      body: Buffer.from('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'),
    })
    if (basic !== undefined && authorization !== `Basic ${Buffer.from(basic).toString('base64')}`)
      return denied('Basic realm="test, really"')
    if (tokens === undefined) return undefined
    const wanted = wantedScope(request.method ?? '', url)
    const grant = tokens.grants.get(authorization.replace(/^Bearer /, ''))
    const isOwn = ownScope === undefined || wanted === undefined || grant?.scopes.includes(ownScope) === true
    const covered = isOwn && (wanted === undefined || grant?.scopes.some(scope => covers(scope, wanted)) === true)
    if (grant !== undefined && grant.expires > Date.now() && covered) return undefined
    if (grant !== undefined && covered && expiredStatus !== undefined)
      return {
        status: expiredStatus,
        headers: {},
        body: Buffer.from('{"errors":[{"code":"DENIED","message":"Your authorization token has expired."}]}'),
      }
    const scope = wanted === undefined ? '' : `,scope="${[wanted, ...(ownScope === undefined ? [] : [ownScope])].join(' ')}"`
    return denied(`${scheme} realm="${tokens.realm}",service="test-registry"${scope}`)
  }
}

function wantedScope(method: string, url: URL): string | undefined {
  if (url.pathname === '/v2/_catalog') return 'registry:catalog:*'
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(url.pathname)?.[1]
  if (name === undefined) return undefined
  return `repository:${name}:${method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push'}`
}

function covers(held: string, wanted: string): boolean {
  const [a, b] = [held.lastIndexOf(':'), wanted.lastIndexOf(':')]
  const actions = held.slice(a + 1).split(',')
  return (
    held.slice(0, a) === wanted.slice(0, b) &&
    wanted
      .slice(b + 1)
      .split(',')
      .every(action => actions.includes(action))
  )
}
