import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { ImageError, reasonOf } from '../error.ts'
import { escapeText } from '../escape.ts'
import { isLoopback } from '../transport/http/endpoint.ts'
import { errorCode } from '../transport/text/usual-text.ts'
import { answerRequest } from './answer.ts'
import type { Service } from './exchange.ts'
import { type ListenAddress, staysOnMachine } from './listen-address.ts'
import { RegistryError } from './registry-error.ts'
import type { Repositories } from './served-repository.ts'
import { Uploads } from './uploads.ts'

/** One answered request, for the log. `bytes` counts the body. */
export type ServedRequest = {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly bytes: number
  readonly milliseconds: number
  readonly client: string
}

export type ServerOptions = {
  readonly address: ListenAddress
  /** The login that is asked for; requests need none where left out. */
  readonly login?: { readonly user: string; readonly password: string } | undefined
  /** PEM of a certificate and its key: https instead of http. */
  readonly tls?: { readonly cert: Uint8Array | string; readonly key: Uint8Array | string } | undefined
  /** Whether clients may delete tags, manifests and blobs where they may push. */
  readonly allowDelete?: boolean
  readonly onRequest?: (request: ServedRequest) => void
}

export type RegistryServer = {
  /** `http://127.0.0.1:5000` */
  readonly origin: string
  /** Stops answering; requests under way are cut. `await using` ends with it. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts to answer the distribution API for these repositories. They are only read where they cannot be opened for pushes.
 * @throws ImageError `SERVE_ADDRESS_REFUSED` when the address is taken or not this machine's, `CERTIFICATE_UNREADABLE`
 */
export async function startRegistryServer(repositories: Repositories, options: ServerOptions): Promise<RegistryServer> {
  const stop = new AbortController()
  const uploads = new Uploads()
  const service: Service = { repositories, uploads, allowDelete: options.allowDelete ?? false, signal: stop.signal }
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, { service, options })
  }
  const server = makeServer(options, listener)
  // A push of gigabytes takes its time; only headers have to come soon.
  server.requestTimeout = 0
  await listen(server, options.address)
  const at = server.address()
  const port = typeof at === 'object' && at !== null ? at.port : options.address.port
  const { host } = options.address
  const close = async () => {
    stop.abort()
    server.closeAllConnections()
    await new Promise<void>(resolve => server.close(() => resolve()))
    await uploads.close()
  }
  return {
    origin: `${options.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function makeServer({ tls }: ServerOptions, listener: (request: IncomingMessage, response: ServerResponse) => void): Server {
  if (tls === undefined) return createServer(listener)
  try {
    return createTlsServer({ cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) }, listener)
  } catch (thrown) {
    const why = `the certificate and the key do not fit: ${escapeText(reasonOf(thrown))}`
    throw new ImageError('CERTIFICATE_UNREADABLE', { action: 'serve by TLS', why }, { cause: thrown })
  }
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', thrown => {
      const taken = errorCode(thrown) === 'EADDRINUSE'
      const why = taken ? 'something else listens there' : escapeText(reasonOf(thrown))
      const hint = taken
        ? 'Name another port, or 0 for any that is free: --listen 127.0.0.1:0'
        : 'Name an address of this machine.'
      reject(new ImageError('SERVE_ADDRESS_REFUSED', { action: `listen at ${escapeText(host)}:${port}`, why }, { hint }))
    })
    server.listen(port, host, resolve)
  })
}

type Serving = { readonly service: Service; readonly options: ServerOptions }

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { options, service } = serving
  const begun = performance.now()
  const { method = '', url: target = '/', socket } = request
  const client = socket.remoteAddress ?? ''
  const before = socket.bytesWritten
  response.once('close', () => {
    const whole = Number(response.getHeader('content-length') ?? 0)
    // Of an answer that was cut, what has left; its head is not told apart.
    const sent = response.writableFinished ? whole : Math.min(whole, socket.bytesWritten - before)
    const bytes = method === 'HEAD' || response.statusCode === 304 ? 0 : sent
    const milliseconds = performance.now() - begun
    options.onRequest?.({ method, path: target, status: response.statusCode, bytes, milliseconds, client })
  })
  response.setHeader('docker-distribution-api-version', 'registry/2.0')
  try {
    checkHost(request, options)
    checkLogin(request, options)
    if (!target.startsWith('/')) throw new RegistryError(400, 'UNSUPPORTED', 'the request names no path')
    const url = new URL(`http://localhost${target}`)
    await answerRequest({ ...service, request, response, url })
  } catch (thrown) {
    refuse(request, response, thrown)
  } finally {
    // A body that a client sent along and no answer read must not stay in the connection.
    request.resume()
  }
}

/** Before the headers are sent an error is an answer; after them the connection is cut, so that no client takes the part for the whole. */
function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const error = thrown instanceof RegistryError ? thrown : new RegistryError(statusFor(thrown), 'UNKNOWN', reasonFor(thrown))
  // A client may send a body that is not read for ever.
  if (error.status === 401 && hasBody(request)) response.setHeader('connection', 'close')
  for (const name of ['etag', 'cache-control', 'docker-content-digest']) response.removeHeader(name)
  const body = Buffer.from(error.body)
  response.writeHead(error.status, { 'content-type': 'application/json', 'content-length': body.byteLength, ...error.headers })
  response.end(body)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function statusFor(thrown: unknown): number {
  return thrown instanceof ImageError && thrown.code === 'NO_SPACE' ? 507 : 500
}

/** An error of peel's says what is wrong with an image of this machine; any other is a mistake of ours. */
function reasonFor(thrown: unknown): string {
  return thrown instanceof ImageError ? thrown.message : 'the registry failed'
}

/**
 * A page in a browser can have its own name resolved to this machine and read what loopback servers answer (DNS rebinding): on
 * loopback only this machine's own names are answered to.
 */
function checkHost({ headers }: IncomingMessage, { address }: ServerOptions): void {
  const name = (headers.host ?? '').replace(/:\d+$/, '')
  if (!staysOnMachine(address) || name === '' || isLoopback(name) || name === 'host.docker.internal') return
  throw new RegistryError(403, 'DENIED', 'this registry answers to names of this machine only')
}

/** Basic credentials, compared in constant time by their sums. */
function checkLogin({ headers }: IncomingMessage, { login }: ServerOptions): void {
  if (login === undefined) return
  const [, given = ''] = /^basic\s+(.*)$/i.exec(headers.authorization ?? '') ?? []
  const sum = (text: string) => createHash('sha256').update(text).digest()
  const wanted = `${login.user}:${login.password}`
  if (timingSafeEqual(sum(Buffer.from(given, 'base64').toString('utf8')), sum(wanted))) return
  throw new RegistryError(401, 'UNAUTHORIZED', 'a user and a password are needed', {
    'www-authenticate': 'Basic realm="peel"',
  })
}
