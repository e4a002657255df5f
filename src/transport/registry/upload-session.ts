import type { Descriptor } from '../../blob/descriptor.ts'
import { splitDigest } from '../../blob/digest.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { repositoryScope, type Scope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { discard, type HttpAnswer, headerOf } from './http.ts'
import type { RepositoryName } from './registry-options.ts'

/** Answers that end this session or this try, but not the hope: they are looked at by whoever uploads. */
const SETBACKS = [404, 408, 416, 429, 500, 502, 503, 504]

export type Sent = { readonly done: boolean; readonly status: number }

/**
 * One upload session of a registry (distribution-spec, Pushing blobs). Its address changes with every answer and only the
 * newest is used, with whatever query it brings.
 */
export class UploadSession {
  readonly #client: RegistryClient
  readonly #blob: Descriptor
  readonly #scopes: readonly Scope[]
  readonly #action: string
  #location: URL
  /** Bytes the registry wants at least in a chunk. */
  readonly leastChunk: number

  private constructor(client: RegistryClient, repository: RepositoryName, blob: Descriptor, opened: HttpAnswer) {
    this.#client = client
    this.#blob = blob
    this.#scopes = [repositoryScope(repository.path, 'pull', 'push')]
    this.#action = pushAction(repository, blob)
    this.#location = locationOf(opened, this.#action)
    this.leastChunk = Number(headerOf(opened, 'oci-chunk-min-length') ?? 0) || 0
  }

  static async open(
    client: RegistryClient,
    repository: RepositoryName,
    blob: Descriptor,
    signal?: AbortSignal,
  ): Promise<UploadSession> {
    const algorithm = splitDigest(blob.digest)[0]
    const query = algorithm === 'sha256' ? '' : `?digest-algorithm=${algorithm}`
    const answer = await client.request({
      method: 'POST',
      target: `/v2/${repository.path}/blobs/uploads/${query}`,
      headers: { 'content-length': '0' },
      scopes: [repositoryScope(repository.path, 'pull', 'push')],
      action: pushAction(repository, blob),
      accept: [202],
      signal,
      // A second session does no harm; the first runs out.
      repeatable: true,
    })
    await discard(answer)
    return new UploadSession(client, repository, blob, answer)
  }

  /**
   * Asks the registry to take the blob from another of its repositories. It may open a session instead, which is then
   * the one to upload with.
   */
  static async mount(
    client: RegistryClient,
    repository: RepositoryName,
    blob: Descriptor,
    from: string,
    signal?: AbortSignal,
  ): Promise<UploadSession | 'mounted' | undefined> {
    const answer = await client.request({
      method: 'POST',
      target: `/v2/${repository.path}/blobs/uploads/?mount=${blob.digest}&from=${encodeURIComponent(from)}`,
      headers: { 'content-length': '0' },
      scopes: [repositoryScope(repository.path, 'pull', 'push'), repositoryScope(from, 'pull')],
      action: pushAction(repository, blob),
      // Whoever may not read the other repository uploads the blob as if there were none.
      accept: [201, 202, 400, 401, 403, 404, 405],
      signal,
    })
    await discard(answer)
    if (answer.status === 201) return 'mounted'
    return answer.status === 202 ? new UploadSession(client, repository, blob, answer) : undefined
  }

  /** Sends bytes that follow those already there. `range` is left out where one request carries all. */
  async patch(bytes: Uint8Array, offset: number, signal?: AbortSignal): Promise<Sent> {
    const headers = { 'content-type': OCTETS, 'content-range': `${offset}-${offset + bytes.byteLength - 1}` }
    const answer = await this.#send('PATCH', this.#location, { headers, body: bytes, accept: [200, 201, 202, 204], signal })
    if (isDone(answer)) this.#location = locationOf(answer, this.#action)
    return { done: isDone(answer), status: answer.status }
  }

  /** Ends the session: with the whole blob, or with nothing after its chunks. */
  async finish(body: Uint8Array | (() => AsyncIterable<Uint8Array>), signal?: AbortSignal): Promise<Sent> {
    const url = new URL(this.#location)
    // Appended as text: parsing the query could write it in another way than it was signed.
    url.search += `${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(this.#blob.digest)}`
    const length = body instanceof Uint8Array ? body.byteLength : this.#blob.size
    const headers = { 'content-type': OCTETS, 'content-length': String(length) }
    const answer = await this.#send('PUT', url, { headers, body, accept: [200, 201, 202, 204], signal })
    if (isDone(answer)) checkAnsweredDigest(answer, this.#blob, this.#action)
    return { done: isDone(answer), status: answer.status }
  }

  /** How many bytes the registry says it has; undefined when the session is gone. `0-0` means none (registry.md 3.6). */
  async received(signal?: AbortSignal): Promise<number | undefined> {
    const answer = await this.#send('GET', this.#location, { accept: [200, 204, 400, 404, 405], signal })
    const match = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(answer, 'range') ?? '')
    if (answer.status !== 200 && answer.status !== 204) return undefined
    if (headerOf(answer, 'location') !== undefined) this.#location = locationOf(answer, this.#action)
    return match === null || match[1] === '0' ? 0 : Number(match[1]) + 1
  }

  /** Takes the session back; whether that works is the registry's affair. */
  async cancel(): Promise<void> {
    const signal = AbortSignal.timeout(5000)
    await this.#send('DELETE', this.#location, { accept: [200, 202, 204, 400, 404, 405], signal, repeatable: false }).catch(
      () => undefined,
    )
  }

  async #send(
    method: 'PATCH' | 'PUT' | 'GET' | 'DELETE',
    target: URL,
    rest: Partial<Parameters<RegistryClient['request']>[0]> & { accept: readonly number[] },
  ): Promise<HttpAnswer> {
    const accept = [...rest.accept, ...SETBACKS]
    const answer = await this.#client.request({ scopes: this.#scopes, action: this.#action, ...rest, method, target, accept })
    await discard(answer)
    return answer
  }
}

const OCTETS = 'application/octet-stream'

function pushAction({ host, path }: RepositoryName, { digest }: Descriptor): string {
  return `push ${digest} to ${escapeText(`${host}/${path}`)}`
}

function isDone({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

/** Relative, absolute, on another host, with or without its port: resolved against the request that was answered. */
function locationOf(answer: HttpAnswer, action: string): URL {
  const location = headerOf(answer, 'location')
  if (location !== undefined && URL.canParse(location, answer.url.href)) return new URL(location, answer.url)
  throw new ImageError('ANSWER_INVALID', `Cannot ${action}: the registry does not say where to upload to`)
}

/**
 * The digest a registry says it stored. Another algorithm than ours says nothing (2.8 answers sha256 to sha512).
 * @throws ImageError `PUSH_DIGEST_MISMATCH`
 */
export function checkAnsweredDigest(answer: HttpAnswer, { digest }: Descriptor, action: string): void {
  const said = headerOf(answer, 'docker-content-digest')
  if (said === undefined || said === digest || said.split(':')[0] !== splitDigest(digest)[0]) return
  throw new ImageError('PUSH_DIGEST_MISMATCH', `Cannot ${action}: the registry stored it as ${escapeText(said.slice(0, 160))}`, {
    hint: 'Something between here and the registry changes what passes; nothing was tagged.',
  })
}
