import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { type buildConnector, Client } from 'undici'
import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { speaksNoTls } from '../http/failure.ts'
import type { Environment } from '../http/registry-options.ts'
import { errorCode } from '../text/usual-text.ts'
import { type EngineAddress, engineAddresses } from './engine-socket.ts'
import type { SshAddress } from './ssh-address.ts'
import { SshFailure, SshLine } from './ssh-line.ts'

export type EngineAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: AsyncIterable<Uint8Array>
}

/** Milliseconds that an engine has to say that it is there, over ssh with the login. */
const PATIENCE = 60_000
const ERROR_LIMIT = 64 * 1024
const SHOWN = 300

/** A conversation with docker or podman over their HTTP interface (docker's Engine API, which podman answers too). */
export class EngineClient {
  readonly address: EngineAddress
  /** The second number of the API's version, 48 of 1.48, as the engine gives it with its first answer; 0 where it gives none. */
  apiVersion = 0
  readonly #client: Client

  private constructor(address: EngineAddress, environment: Environment) {
    this.address = address
    const origin = 'origin' in address ? address.origin : 'http://localhost'
    // Saving a large image may be silent for long.
    const timeouts = { headersTimeout: 0, bodyTimeout: 0 }
    this.#client = new Client(origin, {
      ...timeouts,
      ...('socketPath' in address && { socketPath: address.socketPath }),
      ...('ssh' in address && { connect: sshConnector(address.ssh, environment) }),
      ...('tls' in address && address.tls !== undefined && { connect: { ...address.tls } }),
    })
  }

  /**
   * The first engine that answers. One on another machine is asked where it is meant, not where a name is only looked up. `patience`:
   * milliseconds that each has.
   * @throws ImageError `ENGINE_UNREACHABLE`, `ENGINE_UNSUPPORTED`
   */
  static async connect(
    environment: Environment = process.env,
    signal?: AbortSignal,
    far = true,
    patience = PATIENCE,
  ): Promise<EngineClient> {
    let why = 'no socket of docker or podman was found'
    let hint = 'Start docker or podman (podman system service), or name its socket with DOCKER_HOST=unix:///path.'
    for (const address of engineAddresses(environment).filter(each => far || !('ssh' in each))) {
      const client = new EngineClient(address, environment)
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), patience)
      const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
      try {
        const answer = await client.request('GET', '/_ping', { signal: either })
        for await (const _ of answer.body);
        client.apiVersion = Number(/^1\.(\d{1,4})$/.exec(String(answer.headers['api-version']))?.[1] ?? 0)
        return client
      } catch (error) {
        await client.close()
        signal?.throwIfAborted()
        why = late.signal.aborted
          ? `${address.shown} does not answer within ${countOf(Math.ceil(patience / 1000), 'second')}`
          : explain(address, error)
        hint = tlsHint(address, error) ?? hint
        if ('ssh' in address)
          hint = `Try it: ssh ${address.ssh.arguments.slice(SSH_OPTIONS).join(' ')}. A key that asks for its passphrase needs ssh-add first.`
      } finally {
        clearTimeout(timer)
      }
    }
    throw new ImageError('ENGINE_UNREACHABLE', `Cannot reach a container engine: ${why}`, { hint })
  }

  async request(
    method: 'GET' | 'POST',
    path: string,
    options: {
      readonly body?: Readable
      readonly headers?: Record<string, string>
      readonly signal?: AbortSignal | undefined
    } = {},
  ): Promise<EngineAnswer> {
    const { body, headers, signal } = options
    const answer = await this.#client.request({
      method,
      path,
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    })
    answer.body.on('error', () => undefined)
    return { status: answer.statusCode, headers: answer.headers, body: answer.body }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async close(): Promise<void> {
    await this.#client.destroy()
  }
}

/** Words of ssh's call that say nothing to a person: `-o BatchMode=yes -o ConnectTimeout=30 -T`. */
const SSH_OPTIONS = 5

/**
 * Connects by ssh. That no connection comes about shows when the process ends, which undici takes for a reason to connect again: the
 * second time it hears why.
 */
function sshConnector(address: SshAddress, environment: Environment): buildConnector.connector {
  let before: SshLine | undefined
  return (_, done) => {
    if (before?.errored && !before.answered) return done(before.errored, null)
    SshLine.open(address, environment).then(
      line => {
        before = line
        // undici wants a socket, of which it uses what every stream has.
        done(null, line as unknown as Socket)
      },
      error => done(error, null),
    )
  }
}

/** Codes of a connection that its other end gives up. */
const HANGS_UP: ReadonlySet<string> = new Set(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE'])

/** The advice where an engine at a host answers and is spoken to in the wrong way; undefined where it does not look like that. */
function tlsHint(address: EngineAddress, error: unknown): string | undefined {
  if (!('origin' in address)) return undefined
  const code = errorCode(error) ?? ''
  const speaksTls = address.tls !== undefined
  if (speaksTls && speaksNoTls(error) === 'surely')
    return 'The engine does not speak TLS there: unset DOCKER_TLS_VERIFY and DOCKER_TLS, or name its other port.'
  if (!HANGS_UP.has(code)) return undefined
  return speaksTls
    ? 'It may want a client certificate: name a directory with ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH, or a context that has them.'
    : 'It may speak TLS: set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to a directory with ca.pem, cert.pem and key.pem.'
}

function explain({ shown }: EngineAddress, error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof SshFailure) return each.message
  const code = errorCode(error) ?? ''
  if (code === 'EACCES') return `${shown} may not be opened by this user`
  if (HANGS_UP.has(code)) return `${shown} hangs up (${code})`
  return `${shown} does not answer${code === '' ? '' : ` (${code})`}`
}

/** An answer as a whole; undefined where it is longer than `limit` bytes. */
export async function engineText({ body }: EngineAnswer, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.byteLength
    if (length > limit) return undefined
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

/** The engine's own words for a refusal, escaped: `{"message": "No such image"}`. */
export async function engineMessage({ body, status }: EngineAnswer): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.length > ERROR_LIMIT) break
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  const message = isRecord(value) ? (value['message'] ?? value['cause']) : undefined
  return escapeText(typeof message === 'string' ? message.slice(0, SHOWN) : `it answers ${status}`)
}
