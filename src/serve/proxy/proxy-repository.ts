import type { Descriptor } from '../../blob/descriptor.ts'
import { type Digest, isVerifiable } from '../../blob/digest.ts'
import { documentKind } from '../../blob/media-type.ts'
import { readDocument, verified } from '../../blob/read.ts'
import type { BlobSource } from '../../blob/source.ts'
import { ImageError } from '../../error.ts'
import { type GraphDocument, parseGraphDocument } from '../../session/blob-graph.ts'
import { blobSize, pagesOfNames, registryReferrers } from '../../transport/remote.ts'
import { RegistryError } from '../registry-error.ts'
import type { ServedBlob, ServedDocument, ServedRepository } from '../served-repository.ts'
import type { Upstream } from './upstream.ts'
import { answeredPieces, foundOrNot } from './upstream-error.ts'

/** A document as the registry behind has it, understood. */
type ProxyDocument = { readonly document: GraphDocument; readonly raw: Uint8Array }

/** A repository of the registry behind: documents are asked for by tag each time, and read from the cache where the tag still names them. */
export class ProxyRepository implements ServedRepository {
  readonly name: string
  readonly #upstream: Upstream
  readonly #onIndex: (children: readonly Descriptor[]) => void
  /** The first that was opened: it is logged in, and all blobs are read with it. */
  #source: BlobSource | undefined

  /** `onIndex` is told what an index lists. */
  constructor(name: string, upstream: Upstream, onIndex: (children: readonly Descriptor[]) => void) {
    this.name = name
    this.#upstream = upstream
    this.#onIndex = onIndex
  }

  async tags(signal: AbortSignal): Promise<readonly string[]> {
    const { domain, path } = this.#upstream.reference(this.name, 'latest')
    const tags = await foundOrNot(async () => {
      const all: string[] = []
      for await (const { names } of pagesOfNames({ host: domain, path }, this.#upstream.remote, signal)) all.push(...names)
      return all
    })
    return tags ?? unknownName()
  }

  async manifest(reference: string, signal: AbortSignal): Promise<ServedDocument | undefined> {
    const found = await foundOrNot(() => this.document(reference, signal))
    return found && { descriptor: found.document.descriptor, bytes: async () => found.raw }
  }

  /** @throws ImageError those of reading an image of a registry */
  async document(reference: string, signal: AbortSignal): Promise<ProxyDocument> {
    const { root, raw } = (await this.#upstream.document(reference)) ?? (await this.#fetch(reference, signal))
    const { value } = parseGraphDocument(root, raw)
    if (documentKind(root.mediaType) === 'index') this.#onIndex(value.children)
    this.#upstream.remember([root, ...value.children])
    return { document: value, raw }
  }

  async #fetch(reference: string, signal: AbortSignal) {
    const source = await this.#upstream.open(this.name, reference)
    try {
      const [root] = await source.roots(signal)
      if (root === undefined) throw new ImageError('MANIFEST_UNKNOWN', 'Cannot read the image: there is none')
      const raw = await readDocument(source, root, signal)
      this.#source ??= source
      return { root, raw }
    } finally {
      if (this.#source !== source) await source.close()
    }
  }

  async blob(digest: Digest, signal: AbortSignal): Promise<ServedBlob | undefined> {
    if (!isVerifiable(digest)) return undefined
    const blob = this.#upstream.known(digest) ?? (await this.#unknownBlob(digest, signal))
    if (blob === undefined) return undefined
    const obtained = await this.#upstream.obtain(blob, () => this.#blobSource())
    this.#upstream.count(blob, obtained?.isHit === true)
    const content = obtained?.content
    if (content !== undefined && 'file' in content) return { size: blob.size, content }
    const bytes = (start: number, length: number, asking: AbortSignal) =>
      content === undefined ? this.#uncached(blob, start, length, asking) : content.read(start, length, asking)
    return { size: blob.size, content: { read: (...part) => answeredPieces(bytes(...part)) } }
  }

  async referrers(subject: Digest, signal: AbortSignal): Promise<readonly Descriptor[]> {
    const reference = this.#upstream.reference(this.name, subject)
    const descriptor = { mediaType: '', digest: subject, size: 0 }
    // A client that is told there is no such list looks for the tag that stands in for it, which mirrors have too.
    const found = await registryReferrers(reference, descriptor, this.#upstream.remote, signal).catch(noList)
    return found.referrers.map(({ descriptor: each, artifactType }) => ({ ...each, artifactType }))
  }

  async someDigest(): Promise<undefined> {
    return undefined
  }

  /** Fetches what `document` names of blobs and no client asked for yet. */
  async fetchAhead({ children }: GraphDocument, signal: AbortSignal): Promise<void> {
    for (const blob of children) {
      signal.throwIfAborted()
      await this.#upstream.fetchAhead(blob, () => this.#blobSource())
    }
  }

  async close(): Promise<void> {
    await this.#source?.close()
  }

  async #blobSource(): Promise<BlobSource> {
    this.#source ??= await this.#upstream.open(this.name, 'latest')
    return this.#source
  }

  /** A blob of a manifest that was read before this server started. */
  async #unknownBlob(digest: Digest, signal: AbortSignal): Promise<Descriptor | undefined> {
    const { domain, path } = this.#upstream.reference(this.name, 'latest')
    const size = await foundOrNot(() => blobSize({ host: domain, path }, digest, this.#upstream.remote, signal))
    if (size === undefined) return undefined
    const blob = { mediaType: 'application/octet-stream', digest, size }
    this.#upstream.remember([blob])
    return blob
  }

  /** Reads past the cache, which has no room for it. */
  async *#uncached(blob: Descriptor, start: number, length: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const source = await this.#blobSource()
    let at = 0
    let held: Uint8Array | undefined
    for await (const chunk of verified(source.fetchUnverified(blob, {}, signal), blob)) {
      const part = chunk.subarray(Math.max(0, start - at), Math.max(0, start + length - at))
      at += chunk.byteLength
      if (part.byteLength === 0) continue
      if (held !== undefined) yield held
      held = part
    }
    if (held !== undefined) yield held
  }
}

function unknownName(): never {
  throw new RegistryError(404, 'NAME_UNKNOWN', 'there is no such repository')
}

function noList(thrown: unknown): never {
  throw thrown instanceof ImageError ? new RegistryError(404, 'UNSUPPORTED', thrown.message) : thrown
}
