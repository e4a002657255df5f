import { createReadStream } from 'node:fs'
import type { Descriptor } from '../../blob/descriptor.ts'
import { type Digest, digestOf, isVerifiable, parseDigest, splitDigest } from '../../blob/digest.ts'
import { documentKind } from '../../blob/media-type.ts'
import { collected } from '../../blob/pieces.ts'
import { DOCUMENT_LIMIT } from '../../blob/read.ts'
import type { BlobSource, KeptBlob, LocalBlob, Range } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { isServedAsManifest } from '../../image/document-media-type.ts'
import type { RegistryOptions, RepositoryName } from '../http/registry-options.ts'
import type { BlobCache } from './blob-cache.ts'
import { downloadBlob } from './blob-download.ts'
import { RegistryClient } from './client.ts'
import { withNearNames } from './near-names.ts'
import { listReferrers } from './referrers.ts'
import { fetchDocument, headDocument, type RemoteDocument } from './remote-document.ts'
import { TagMemory } from './tag-memory.ts'

/** An image in a registry: its repository and what was asked for there; the digest decides when both are given. */
export type RegistryLocation = RepositoryName & { readonly tag?: string; readonly digest?: Digest }

export type RegistrySourceOptions = RegistryOptions & {
  /** Without one every blob is downloaded each time it is read. */
  readonly cache?: BlobCache | undefined
  /** False: the cache is read and layers are not added to it, where they are about to be written elsewhere anyway. */
  readonly keepBlobs?: boolean
}

/** Documents kept in memory: an index and the manifests a person looks at. */
const DOCUMENTS = 64
/**
 * Blobs up to this size are kept in memory where nothing is kept on disk, and asked for once where several want them at a time, bytes: a
 * listing and the image opened from it read the same config, a summary and a tree the same chart.
 */
const SMALL_BLOB = 128 * 1024

/**
 * Reads an image out of a registry. Nothing is requested before it is needed; a blob that was read whole is kept in the
 * blob cache, from where workers open it themselves.
 */
export class RegistrySource implements BlobSource {
  readonly name: string
  readonly #location: RegistryLocation
  readonly #client: RegistryClient
  readonly #cache: BlobCache | undefined
  readonly #keepBlobs: boolean
  readonly #documents = new Map<Digest, Buffer>()
  readonly #small = new Map<Digest, Buffer>()
  /** Small blobs that are on their way. */
  readonly #arriving = new Map<Digest, Promise<Buffer>>()
  #root: Promise<Descriptor> | undefined

  constructor(location: RegistryLocation, options: RegistrySourceOptions = {}) {
    const { host, path, tag = 'latest', digest } = location
    this.name = `docker://${host}/${path}${digest === undefined ? `:${tag}` : `@${digest}`}`
    this.#location = location
    this.#client = new RegistryClient(location, options)
    this.#cache = options.cache
    this.#keepBlobs = options.keepBlobs ?? true
  }

  /** Remarks of the registry beside its answers: warnings, and what is left of its limits. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#client.notices.diagnostics
  }

  async roots(signal?: AbortSignal): Promise<readonly Descriptor[]> {
    this.#root ??= this.#resolve(signal)
    this.#root.catch(() => {
      this.#root = undefined
    })
    return [await this.#root]
  }

  async *fetchUnverified(blob: Descriptor, range: Range = {}, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted()
    // Nothing reaches an address or the file system that was not checked to be a digest.
    const digest = parseDigest(blob.digest)
    const known = this.#documents.get(digest) ?? this.#small.get(digest)
    if (known !== undefined) {
      yield slice(known, range)
      return
    }
    const local = await this.locate(blob)
    if (local !== undefined) {
      yield* readLocal(local, range, signal)
      return
    }
    if (isServedAsManifest(blob.mediaType)) yield slice((await this.#fetchBelow(blob, signal)).bytes, range)
    else if (isSmall(blob) && isWhole(blob, range)) yield await this.#smallBlob(blob, signal)
    else yield* this.#fetchBlob(blob, range, signal)
  }

  async fetchToKeep(blob: Descriptor, signal?: AbortSignal): Promise<KeptBlob | undefined> {
    if (!this.#keepBlobs || this.#documents.has(parseDigest(blob.digest))) return undefined
    const place = await this.#cache?.reserve(blob)
    const arriving = this.#arriving.get(parseDigest(blob.digest))
    if (place !== undefined && arriving !== undefined) return { ...place, bytes: this.#arrivingOrNew(blob, arriving, signal) }
    return place && { ...place, bytes: this.#fetchBlob(blob, {}, signal, false) }
  }

  async locate(blob: Descriptor): Promise<LocalBlob | undefined> {
    return this.#cache?.locate(blob)
  }

  async referrers(subject: Descriptor, artifactType: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    const query = { client: this.#client, repository: this.#location, subject: parseDigest(subject.digest), artifactType, signal }
    return (await listReferrers(query)).map(({ descriptor }) => descriptor)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #resolve(signal?: AbortSignal): Promise<Descriptor> {
    const { digest, tag = 'latest' } = this.#location
    const reference = digest ?? tag
    const memory = this.#cache === undefined ? undefined : new TagMemory(this.#cache, this.#location, reference)
    const remembered = await memory?.recall()
    if (remembered !== undefined) {
      if (remembered.digest === digest) return remembered
      // A tag seen before is only asked for its digest: that counts against no pull limit (registry.md 3.7).
      const head = await headDocument({ client: this.#client, repository: this.#location, reference, signal })
      if (head.found && head.digest === remembered.digest) return remembered
    }
    const { descriptor } = await this.#fetch(reference, signal).catch(async error => {
      throw await withNearNames(error, this.#client, this.#location, digest === undefined ? tag : undefined, signal)
    })
    await memory?.remember(descriptor)
    return descriptor
  }

  async #fetch(reference: string, signal?: AbortSignal): Promise<RemoteDocument> {
    const document = await fetchDocument({ client: this.#client, repository: this.#location, reference, signal })
    const { descriptor, bytes } = document
    if (this.#documents.size >= DOCUMENTS) this.#documents.clear()
    this.#documents.set(descriptor.digest, bytes)
    const writer = await this.#cache?.writer(descriptor)
    await writer?.write(bytes)
    await writer?.commit()
    return document
  }

  async #fetchBelow(blob: Descriptor, signal?: AbortSignal): Promise<RemoteDocument> {
    return this.#fetch(blob.digest, signal).catch(error => {
      throw asMissing(error, blob)
    })
  }

  /** All of a small blob: whatever asks for it while it is on its way gets the same bytes. */
  async #smallBlob(blob: Descriptor, signal?: AbortSignal): Promise<Buffer> {
    const digest = parseDigest(blob.digest)
    const other = this.#arriving.get(digest)
    const known = other === undefined ? undefined : await other.catch(() => undefined)
    signal?.throwIfAborted()
    if (known !== undefined) return known
    const arriving = collected(this.#fetchBlob(blob, {}, signal))
    this.#arriving.set(digest, arriving)
    try {
      return await arriving
    } finally {
      if (this.#arriving.get(digest) === arriving) this.#arriving.delete(digest)
    }
  }

  /** Bytes that are on their way for something else; where they do not come, bytes of its own. */
  async *#arrivingOrNew(blob: Descriptor, arriving: Promise<Buffer>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const known = await arriving.catch(() => undefined)
    signal?.throwIfAborted()
    if (known === undefined) yield* this.#fetchBlob(blob, {}, signal, false)
    else yield Buffer.from(known)
  }

  /** The registry may serve an unknown media type as a manifest, not as a blob. */
  async *#fetchBlob(
    blob: Descriptor,
    range: Range,
    signal?: AbortSignal,
    keep = this.#keepBlobs || blob.size <= DOCUMENT_LIMIT,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#download(blob, range, signal, keep)
    } catch (error) {
      const missing = asMissing(error, blob)
      const perhapsManifest = documentKind(blob.mediaType) === 'other' && blob.size <= DOCUMENT_LIMIT
      if (!perhapsManifest || !(missing instanceof ImageError) || missing.code !== 'BLOB_MISSING') throw missing
      yield slice((await this.#fetchBelow(blob, signal)).bytes, range)
    }
  }

  /** The whole of a blob passes into the cache as it is read; a part of it does not. */
  async *#download(blob: Descriptor, range: Range, signal: AbortSignal | undefined, keep: boolean): AsyncGenerator<Uint8Array> {
    const bytes = downloadBlob({ client: this.#client, repository: this.#location, blob, range, signal })
    const whole = isWhole(blob, range)
    const writer = whole && keep ? await this.#cache?.writer(blob) : undefined
    if (writer === undefined) return yield* whole && isSmall(blob) ? this.#remembering(blob, bytes) : bytes
    try {
      for await (const chunk of bytes) {
        await writer.write(chunk)
        yield chunk
      }
      await writer.commit()
    } finally {
      await writer.abort()
    }
  }

  async *#remembering(blob: Descriptor, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of bytes) {
      chunks.push(chunk)
      yield chunk
    }
    const digest = parseDigest(blob.digest)
    const whole = Buffer.concat(chunks)
    // Kept where the bytes are proven to be the blob.
    if (!isVerifiable(digest) || digestOf(whole, splitDigest(digest)[0]) !== digest) return
    if (this.#small.size >= DOCUMENTS) this.#small.clear()
    this.#small.set(digest, whole)
  }
}

const isSmall = ({ size }: Descriptor) => size <= SMALL_BLOB

function isWhole({ size }: Descriptor, { offset = 0, length = size }: Range): boolean {
  return offset === 0 && length >= size
}

function slice(bytes: Buffer, { offset = 0, length = bytes.byteLength }: Range): Uint8Array {
  return bytes.subarray(offset, offset + length)
}

async function* readLocal({ file, size }: LocalBlob, range: Range, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const start = range.offset ?? 0
  const end = Math.min(size, start + (range.length ?? size))
  if (start >= end) return
  yield* createReadStream(file, { start, end: end - 1, highWaterMark: 1024 * 1024, ...(signal !== undefined && { signal }) })
}

/** Below the root, "not there" is about one blob: the image has a hole. */
function asMissing(error: unknown, blob: Descriptor): unknown {
  if (!(error instanceof ImageError) || !['NOT_FOUND', 'BLOB_MISSING', 'MANIFEST_UNKNOWN', 'NAME_UNKNOWN'].includes(error.code))
    return error
  return new ImageError('BLOB_MISSING', `Cannot read ${escapeText(blob.digest)}: the registry does not have it`, {
    hint: 'The image is incomplete in the registry; push it again.',
    cause: error,
  })
}
