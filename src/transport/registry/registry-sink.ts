import { type Descriptor, isRecord } from '../../blob/descriptor.ts'
import type { Digest } from '../../blob/digest.ts'
import { isIndexOrManifest } from '../../blob/media-type.ts'
import { DOCUMENT_LIMIT, sizeMismatch, verified } from '../../blob/read.ts'
import type { BlobSink } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { discard } from '../http/http.ts'
import type { RegistryOptions, RepositoryName } from '../http/registry-options.ts'
import { waitBefore } from '../http/retry.ts'
import { repositoryScope } from './auth/scope.ts'
import { uploadBlob } from './blob-upload.ts'
import { RegistryClient } from './client.ts'
import { checkSentBlobs, hasBlob } from './has-blob.ts'
import { recordReferrer } from './referrers-index.ts'
import { type DocumentRequest, fetchDocument, headDocument, manifestPath } from './remote-document.ts'
import { checkAnsweredDigest, UploadSession, type UploadTarget } from './upload-session.ts'

export type RegistrySinkOptions = RegistryOptions & {
  /** The tag a commit without a name moves. */
  readonly tag?: string
  /** The digest that the committed manifest must have. */
  readonly digest?: Digest
  /** The error for a tag that is taken by another image; undefined where such a tag may be moved. */
  readonly refuseTaken?: () => ImageError
  /** Another repository of the same registry that probably has the blobs already. */
  readonly mountFrom?: string
}

/**
 * Writes an image into a registry. Blobs go up as they are put; manifests wait for the commit, which sends children
 * before their index and moves the tag last: until then nothing is visible.
 */
export class RegistrySink implements BlobSink {
  readonly [Symbol.asyncDispose] = () => this.abort()
  readonly name: string
  readonly #repository: RepositoryName
  readonly #options: RegistrySinkOptions
  readonly #client: RegistryClient
  readonly #stop = new AbortController()
  readonly #sessions = new Set<UploadSession>()
  readonly #mounts = new Map<Digest, UploadSession>()
  readonly #documents = new Map<Digest, { readonly blob: Descriptor; readonly bytes: Buffer }>()
  readonly #uploads = new Map<Digest, Promise<void>>()
  /** Blobs that the registry said it took in this run, and that were not seen there yet. */
  readonly #sent = new Map<Digest, Descriptor>()
  alreadyThere = false

  constructor(repository: RepositoryName, options: RegistrySinkOptions = {}) {
    this.name = `docker://${repository.host}/${repository.path}`
    this.#repository = { host: repository.host, path: repository.path }
    this.#options = options
    this.#client = new RegistryClient(this.#repository, options)
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#client.notices.diagnostics
  }

  /** Also true when the blob could be mounted from the repository it comes from. */
  async has(blob: Descriptor, signal?: AbortSignal): Promise<boolean> {
    if (isIndexOrManifest(blob.mediaType)) {
      if (this.#documents.has(blob.digest)) return true
      return (await headDocument(this.#asked(blob.digest, signal))).found
    }
    if (await hasBlob(this.#target(signal), blob, this.#signal(signal))) return true
    return this.#mount(blob, signal)
  }

  async put(blob: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    if (isIndexOrManifest(blob.mediaType)) {
      this.#documents.set(blob.digest, { blob, bytes: await collect(bytes, blob) })
      return
    }
    // The same layer twice in one image is uploaded once.
    const running = this.#uploads.get(blob.digest)
    if (running !== undefined) {
      for await (const _ of verified(bytes, blob));
      return running
    }
    const opened = this.#mounts.get(blob.digest)
    this.#mounts.delete(blob.digest)
    const upload = uploadBlob(this.#target(signal), blob, bytes, opened)
    this.#uploads.set(blob.digest, upload)
    try {
      await upload
    } finally {
      this.#uploads.delete(blob.digest)
    }
    this.#sent.set(blob.digest, blob)
  }

  /** `tag` is moved last, once all that was sent is seen there; without one the image is reachable by its digest. */
  async commit(root: Descriptor, tag = this.#options.tag, signal?: AbortSignal): Promise<void> {
    this.#checkNamed(root)
    if (tag !== undefined && (await this.#isThere(root, tag, signal))) {
      this.alreadyThere = true
      return
    }
    await checkSentBlobs(this.#target(signal), this.#sent.values(), this.#signal(signal))
    this.#sent.clear()
    for (const digest of this.#childrenFirst(root.digest)) {
      const document = this.#documents.get(digest)
      if (document !== undefined) await this.#pushManifest(document.blob, document.bytes, digest, signal)
    }
    if (tag === undefined) return this.#checkThere(root, root.digest, signal)
    const held = this.#documents.get(root.digest)?.bytes
    const bytes = held ?? (await fetchDocument(this.#asked(root.digest, signal))).bytes
    await this.#pushManifest(root, bytes, tag, signal)
    await this.#checkThere(root, tag, signal)
  }

  /** Whether the tag points to this very image. Writing what is there is nothing to do, and some registries refuse it. */
  async #isThere(root: Descriptor, tag: string, signal?: AbortSignal): Promise<boolean> {
    const { refuseTaken } = this.#options
    try {
      const seen = await headDocument(this.#asked(tag, signal), refuseTaken !== undefined)
      if (seen.found && seen.digest === root.digest) return true
      if (seen.found && refuseTaken !== undefined) throw refuseTaken()
    } catch (thrown) {
      if (refuseTaken !== undefined || !(thrown instanceof ImageError) || thrown.code === 'NOT_A_REGISTRY') throw thrown
    }
    return false
  }

  /**
   * Asks for what was pushed, as a reader would: an answer of 201 alone does not show that it is there. A tag that points to
   * another digest by now was moved by another client, if the pushed digest is there. Some registries need a moment.
   */
  async #checkThere(root: Descriptor, reference: string, signal?: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const seen = await headDocument(this.#asked(reference, signal), true)
        if (seen.found && (seen.digest === undefined || seen.digest === root.digest)) return
        if (seen.found && (await headDocument(this.#asked(root.digest, signal), true)).found) return
      } catch (thrown) {
        // With a login that may push and not pull nothing can be seen.
        if (thrown instanceof ImageError && ['UNAUTHORIZED', 'DENIED'].includes(thrown.code)) return
        throw thrown
      }
      if (attempt >= Math.min(3, this.#client.retry.tries)) break
      await waitBefore(attempt, this.#client.retry, this.#signal(signal))
    }
    const { host, path } = this.#repository
    throw new ImageError(
      'PUSH_FAILED',
      {
        action: `push ${escapeText(`${host}/${path}${reference.includes(':') ? '@' : ':'}${reference}`)}`,
        why: 'the registry took it, and does not have it',
      },
      { hint: 'Try again; if it stays so, look at the registry’s log.' },
    )
  }

  async abort(): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#sessions, ...this.#mounts.values()].map(session => session.cancel()))
    await this.#client.close()
  }

  async #mount(blob: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const { mountFrom } = this.#options
    if (mountFrom === undefined || mountFrom === this.#repository.path) return false
    const answer = await UploadSession.mount(this.#client, this.#repository, blob, mountFrom, this.#signal(signal))
    if (answer === 'mounted') this.#sent.set(blob.digest, blob)
    else if (answer !== undefined) this.#mounts.set(blob.digest, answer)
    return answer === 'mounted'
  }

  #checkNamed(root: Descriptor): void {
    const { digest } = this.#options
    if (digest === undefined || digest === root.digest) return
    throw new ImageError('PUSH_DIGEST_MISMATCH', `Cannot push ${root.digest} as ${digest}: a digest names what it is of`, {
      hint: 'Name a tag instead, or leave the digest out.',
    })
  }

  /** Every document that was put, those a root refers to before it, each once; the root's own family last. */
  #childrenFirst(root: Digest): readonly Digest[] {
    const order = new Set<Digest>()
    const visit = (digest: Digest, depth: number) => {
      const document = this.#documents.get(digest)
      if (document === undefined || order.has(digest) || depth > DEPTH) return
      for (const child of childrenOf(document.bytes)) visit(child as Digest, depth + 1)
      order.add(digest)
    }
    for (const digest of this.#documents.keys()) if (digest !== root) visit(digest, 0)
    visit(root, 0)
    return [...order]
  }

  async #pushManifest(blob: Descriptor, bytes: Buffer, reference: string, signal?: AbortSignal): Promise<void> {
    const repository = this.#repository
    const action = `push ${escapeText(`${repository.host}/${repository.path}${reference.includes(':') ? '@' : ':'}${reference}`)}`
    const { mediaType } = fieldsOf(bytes)
    // Content-Type must be the document's own media type (distribution-spec, Pushing Manifests).
    const type = typeof mediaType === 'string' && mediaType !== '' ? mediaType : blob.mediaType
    const answer = await this.#client.request({
      method: 'PUT',
      target: manifestPath(repository, reference),
      headers: { 'content-type': type },
      body: bytes,
      scopes: [repositoryScope(repository.path, 'pull', 'push')],
      action,
      accept: [200, 201, 202],
      signal: this.#signal(signal),
      repeatable: true,
    })
    await discard(answer)
    checkAnsweredDigest(answer, blob, action)
    await recordReferrer({ client: this.#client, repository, descriptor: blob, bytes, answer, signal: this.#signal(signal) })
  }

  #target(signal: AbortSignal | undefined): UploadTarget {
    return {
      client: this.#client,
      repository: this.#repository,
      sessions: this.#sessions,
      signal: this.#signal(signal),
    }
  }

  /** A request for a document of the repository, with the permission to push. */
  #asked(reference: string, signal: AbortSignal | undefined): DocumentRequest {
    return { client: this.#client, repository: this.#repository, reference, push: true, signal: this.#signal(signal) }
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
  }
}

/** The deepest nesting of indexes that is followed; real images have one or two levels. */
const DEPTH = 16

async function collect(bytes: AsyncIterable<Uint8Array>, blob: Descriptor): Promise<Buffer> {
  if (blob.size > DOCUMENT_LIMIT) throw sizeMismatch(blob, `over ${DOCUMENT_LIMIT}`)
  const chunks: Uint8Array[] = []
  for await (const chunk of verified(bytes, blob)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function childrenOf(bytes: Buffer): readonly string[] {
  const { manifests } = fieldsOf(bytes)
  return Array.isArray(manifests) ? manifests.filter(isRecord).map(({ digest }) => String(digest)) : []
}

function fieldsOf(bytes: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new ImageError('DOCUMENT_INVALID', 'Cannot push a manifest that is not JSON')
  }
  return isRecord(value) ? value : {}
}
