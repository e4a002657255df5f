import type { Readable } from 'node:stream'
import { Client } from 'undici'
import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Environment } from '../http/registry-options.ts'
import { type EngineAddress, engineAddresses } from './engine-socket.ts'

export type EngineAnswer = { readonly status: number; readonly body: AsyncIterable<Uint8Array> }

const ERROR_LIMIT = 64 * 1024
const SHOWN = 300

/** A conversation with docker or podman over their HTTP interface (docker's Engine API, which podman answers too). */
export class EngineClient {
  readonly address: EngineAddress
  readonly #client: Client

  private constructor(address: EngineAddress) {
    this.address = address
    const origin = 'origin' in address ? address.origin : 'http://localhost'
    // Saving a large image may be silent for long.
    const timeouts = { headersTimeout: 0, bodyTimeout: 0 }
    this.#client = new Client(origin, {
      ...timeouts,
      ...('socketPath' in address && { socketPath: address.socketPath }),
      ...('tls' in address && address.tls !== undefined && { connect: { ...address.tls } }),
    })
  }

  /**
   * The first engine that answers.
   * @throws ImageError `ENGINE_UNREACHABLE`, `ENGINE_UNSUPPORTED`
   */
  static async connect(environment: Environment = process.env, signal?: AbortSignal): Promise<EngineClient> {
    let why = 'no socket of docker or podman was found'
    for (const address of engineAddresses(environment)) {
      const client = new EngineClient(address)
      try {
        const answer = await client.request('GET', '/_ping', { signal })
        for await (const _ of answer.body);
        return client
      } catch (error) {
        await client.close()
        signal?.throwIfAborted()
        why = explain(address, error)
      }
    }
    throw new ImageError('ENGINE_UNREACHABLE', `Cannot reach a container engine: ${why}`, {
      hint: 'Start docker or podman (podman system service), or name its socket with DOCKER_HOST=unix:///path.',
    })
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
    return { status: answer.statusCode, body: answer.body }
  }

  async close(): Promise<void> {
    await this.#client.destroy()
  }
}

function explain({ shown }: EngineAddress, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EACCES') return `${shown} may not be opened by this user`
  return `${shown} does not answer${code === '' ? '' : ` (${code})`}`
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
