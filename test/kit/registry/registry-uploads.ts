import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { digestOf } from '../../../src/blob/digest.ts'
import type { Answer } from './fault.ts'
import type { RegistryStore } from './registry-store.ts'

export type UploadBehaviour = {
  /** How `Location` is written; `absolute` where not said. `at` puts uploads on another host. */
  readonly location?: 'absolute' | 'relative' | { readonly at: string }
  /** Ways that are refused with this status: a body in the last request, a range on a chunk, a second chunk. */
  readonly refuse?: Partial<Record<'whole' | 'range' | 'second-chunk', number>>
  /** The status of a chunk's answer; 202 where not said (ggcr's registry: 204). */
  readonly patchStatus?: 202 | 204
  /** Only the newest Location works: each answer names another. */
  readonly strictLocation?: boolean
  /** Mounts are answered with a new upload session. */
  readonly refuseMount?: boolean
  /** Blobs are said to be taken, or mounted, and are dropped. */
  readonly drops?: boolean
  /** The digest that the answer to a finished upload claims. */
  readonly claimDigest?: string
}

type Session = { readonly name: string; readonly parts: Buffer[]; state: string }

/** Upload sessions of the test registry: POST, PATCH, PUT, GET and DELETE. */
export class RegistryUploads {
  readonly sessions = new Map<string, Session>()
  behaviour: UploadBehaviour = {}
  readonly #store: RegistryStore

  constructor(store: RegistryStore) {
    this.#store = store
  }

  answer(request: IncomingMessage, url: URL, name: string, id: string, body: Buffer): Answer {
    if (id === '') return this.#start(url, name)
    const session = this.sessions.get(id)
    if (session === undefined || (this.behaviour.strictLocation === true && url.searchParams.get('state') !== session.state)) {
      return failure(404, 'BLOB_UPLOAD_UNKNOWN')
    }
    switch (request.method) {
      case 'PATCH':
        return this.#patch(request, url, id, session, body)
      case 'PUT':
        return this.#finish(url, id, session, body)
      case 'DELETE':
        this.sessions.delete(id)
        return { status: 204, headers: {}, body: Buffer.alloc(0) }
      default:
        return { status: 204, headers: this.#headers(url, id, session), body: Buffer.alloc(0) }
    }
  }

  #start(url: URL, name: string): Answer {
    const mount = url.searchParams.get('mount')
    const blob = mount === null ? undefined : this.#store.repositories.get(url.searchParams.get('from') ?? '')?.blobs.get(mount)
    if (mount !== null && blob !== undefined && this.behaviour.refuseMount !== true) {
      if (this.behaviour.drops !== true) this.#store.repository(name).blobs.set(mount, blob)
      return {
        status: 201,
        headers: { location: `/v2/${name}/blobs/${mount}`, 'docker-content-digest': mount },
        body: Buffer.alloc(0),
      }
    }
    const id = randomUUID()
    const session: Session = { name, parts: [], state: randomUUID() }
    this.sessions.set(id, session)
    return { status: 202, headers: this.#headers(url, id, session), body: Buffer.alloc(0) }
  }

  #patch(request: IncomingMessage, url: URL, id: string, session: Session, body: Buffer): Answer {
    const { refuse } = this.behaviour
    if (refuse?.range !== undefined && request.headers['content-range'] !== undefined) return failure(refuse.range, 'UNSUPPORTED')
    if (refuse?.['second-chunk'] !== undefined && session.parts.length > 0) return failure(refuse['second-chunk'], 'UNSUPPORTED')
    const range = /^(\d+)-(\d+)$/.exec(request.headers['content-range'] ?? '')
    if (range !== null && Number(range[1]) !== size(session)) {
      return { status: 416, headers: this.#headers(url, id, session), body: Buffer.alloc(0) }
    }
    session.parts.push(body)
    session.state = randomUUID()
    return { status: this.behaviour.patchStatus ?? 202, headers: this.#headers(url, id, session), body: Buffer.alloc(0) }
  }

  #finish(url: URL, id: string, session: Session, body: Buffer): Answer {
    const digest = url.searchParams.get('digest') ?? ''
    const { refuse } = this.behaviour
    if (refuse?.whole !== undefined && body.length > 0) return failure(refuse.whole, 'UNSUPPORTED')
    const bytes = Buffer.concat([...session.parts, body])
    if (digestOf(bytes, digest.split(':')[0]) !== digest) return failure(400, 'DIGEST_INVALID')
    this.sessions.delete(id)
    if (this.behaviour.drops !== true) this.#store.repository(session.name).blobs.set(digest, bytes)
    const claimed = this.behaviour.claimDigest ?? digest
    return {
      status: 201,
      headers: { location: `/v2/${session.name}/blobs/${digest}`, 'docker-content-digest': claimed },
      body: Buffer.alloc(0),
    }
  }

  #headers(url: URL, id: string, session: Session): Record<string, string> {
    const path = `/v2/${session.name}/blobs/uploads/${id}?state=${session.state}`
    const end = size(session)
    const { location = 'absolute' } = this.behaviour
    return {
      location: location === 'relative' ? path : new URL(path, typeof location === 'string' ? url : location.at).href,
      range: `0-${Math.max(0, end - 1)}`,
    }
  }
}

export function failure(status: number, code: string, message = code.toLowerCase()): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ errors: [{ code, message }] })),
  }
}

function size({ parts }: Session): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
