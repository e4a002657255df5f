import type { Descriptor } from '../../blob/descriptor.ts'
import { splitDigest } from '../../blob/digest.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { discard, type HttpAnswer, headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { repositoryScope, type Scope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import type { RegistryRequest } from './registry-request.ts'
import { responseUrl } from './response-url.ts'

/** Answers that end this session or this try, not the upload: the uploader decides what follows. */
const SETBACKS = [404, 408, 416, 429, 500, 502, 503, 504]
/** Answers of registries to a kind of upload they do not know: a body where they want none, a length they miss. */
const REFUSALS = [405, 411, 501]
/** And to ranges: docker's own answers 416 only where a range does not follow the last. */
const RANGE_REFUSALS = [...REFUSALS, 400, 415]
/** And to a large body in one request: proxies limit that, and chunks are smaller. */
const WHOLE_REFUSALS = [...REFUSALS, 413]
/** Failures that end a connection but not the upload. */
const DEAD = new Set(['CONNECTION_LOST', 'REGISTRY_SILENT', 'CONNECTION_TIMED_OUT'])

export type UploadTarget = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  /** Sessions under way, so that giving up can take them back. */
  readonly sessions: Set<UploadSession>
  readonly signal?: AbortSignal | undefined
}

/** The outcome of a request that carries bytes; `refused` where the registry does not take uploads of its kind. */
export type Sent = { readonly done: true } | { readonly done: false; readonly why: string; readonly refused: boolean }

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
    const asked = client.request({
      method: 'POST',
      target: `/v2/${repository.path}/blobs/uploads/?mount=${blob.digest}&from=${encodeURIComponent(from)}`,
      headers: { 'content-length': '0' },
      scopes: [repositoryScope(repository.path, 'pull', 'push'), repositoryScope(from, 'pull')],
      action: pushAction(repository, blob),
      // A client that may not read the other repository uploads the blob as if there were none.
      accept: [201, 202, 400, 401, 403, 404, 405],
      signal,
      repeatable: true,
    })
    // Nor does anything else hang on it: a token service may give nothing where one of two wishes is too much (GHCR: 403).
    const answer = await asked.catch((thrown: unknown) => {
      if (!(thrown instanceof ImageError)) throw thrown
    })
    if (answer === undefined) return undefined
    await discard(answer)
    if (answer.status === 201) return 'mounted'
    return answer.status === 202 ? new UploadSession(client, repository, blob, answer) : undefined
  }

  /** Sends bytes that follow those already there; `offset` counts those, and is left unsaid where registries want no range. */
  async patch(bytes: Uint8Array, offset: number | undefined, signal?: AbortSignal): Promise<Sent> {
    const range = offset === undefined ? {} : { 'content-range': `${offset}-${offset + bytes.byteLength - 1}` }
    const refusals = offset === undefined ? REFUSALS : RANGE_REFUSALS
    return this.#carry(
      'PATCH',
      this.#location,
      { headers: { 'content-type': OCTETS, ...range }, body: bytes, signal },
      refusals,
      offset,
    )
  }

  /** Sends all the bytes in one request that does not end the session, as docker does. */
  async stream(body: Uint8Array | (() => AsyncIterable<Uint8Array>), signal?: AbortSignal): Promise<Sent> {
    return this.#carry('PATCH', this.#location, { headers: this.#lengthOf(body), body, signal }, REFUSALS)
  }

  /** Ends the session: with the whole blob, or with nothing after what was sent. */
  async finish(body: Uint8Array | (() => AsyncIterable<Uint8Array>), signal?: AbortSignal): Promise<Sent> {
    const url = new URL(this.#location)
    // Appended as text: parsing the query could write it in another way than it was signed.
    url.search += `${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(this.#blob.digest)}`
    const empty = body instanceof Uint8Array && body.byteLength === 0
    const refusals = empty ? [] : body instanceof Uint8Array ? REFUSALS : WHOLE_REFUSALS
    return this.#carry('PUT', url, { headers: this.#lengthOf(body), body, signal }, refusals)
  }

  /** How many bytes the registry says it has; undefined when the session is gone. `0-0` means none (registry.md 3.6). */
  async received(signal?: AbortSignal): Promise<number | undefined> {
    const answer = await this.#send('GET', this.#location, { accept: [200, 204, 400, 404, 405], signal })
    const match = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(answer, 'range') ?? '')
    if (answer.status !== 200 && answer.status !== 204) return undefined
    if (headerOf(answer, 'location') !== undefined) this.#location = locationOf(answer, this.#action)
    return match === null || match[1] === '0' ? 0 : Number(match[1]) + 1
  }

  /**
   * Takes the session back; whether that works is the registry's affair. At once: docker-registry 2.8 has no such session any
   * more (404) as soon as it holds bytes that the newest Location does not count.
   */
  async cancel(): Promise<void> {
    const signal = AbortSignal.timeout(5000)
    await this.#send('DELETE', this.#location, { accept: [200, 202, 204, 400, 404, 405], signal, repeatable: false }).catch(
      () => undefined,
    )
  }

  #lengthOf(body: Uint8Array | (() => AsyncIterable<Uint8Array>)): Record<string, string> {
    return {
      'content-type': OCTETS,
      'content-length': String(body instanceof Uint8Array ? body.byteLength : this.#blob.size),
    }
  }

  /** A dead connection is a setback like a bad answer; everything else is an error. */
  async #carry(
    method: 'PATCH' | 'PUT',
    target: URL,
    request: Pick<RegistryRequest, 'headers' | 'body' | 'signal'>,
    refusals: readonly number[],
    offset?: number,
  ): Promise<Sent> {
    let answer: HttpAnswer
    try {
      answer = await this.#send(method, target, { ...request, accept: [200, 201, 202, 204, ...refusals] })
    } catch (error) {
      request.signal?.throwIfAborted()
      if (!(error instanceof ImageError) || !DEAD.has(error.code)) throw error
      return { done: false, why: error.message, refused: false }
    }
    const { status } = answer
    if (status < 200 || status >= 300) {
      // A range that does not begin where nothing is yet cannot be out of order: the registry takes none.
      const refused = refusals.includes(status) || (status === 416 && offset === 0)
      return { done: false, why: `the registry answers ${status}`, refused }
    }
    if (method === 'PATCH') this.#location = locationOf(answer, this.#action)
    else checkAnsweredDigest(answer, this.#blob, this.#action)
    return { done: true }
  }

  async #send(
    method: 'PATCH' | 'PUT' | 'GET' | 'DELETE',
    target: URL,
    rest: Partial<RegistryRequest> & { accept: readonly number[] },
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

/** Relative or absolute, with or without its port, but on the registry: uploads go nowhere else (`redirect.ts`). */
function locationOf(answer: HttpAnswer, action: string): URL {
  const location = headerOf(answer, 'location')
  // An empty one would name the very address that was asked, which is not where an upload goes on.
  const url = location === undefined || location.trim() === '' ? undefined : responseUrl(location, answer.url)
  if (url !== undefined) return url
  throw new ImageError('ANSWER_INVALID', `Cannot ${action}: the registry does not say where to upload to`, {
    hint: 'Check the address of the registry; something else may answer there.',
  })
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
