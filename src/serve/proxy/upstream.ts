import type { Descriptor } from '../../blob/descriptor.ts'
import { type Digest, digestOf, splitDigest } from '../../blob/digest.ts'
import { isIndexOrManifest } from '../../blob/media-type.ts'
import { DOCUMENT_LIMIT } from '../../blob/read.ts'
import type { BlobSource, LocalBlob } from '../../blob/source.ts'
import { parseReference, type Reference } from '../../image/reference.ts'
import type { Asking } from '../../session/asking.ts'
import { registryOptions } from '../../session/remote.ts'
import { readSmallFile } from '../../transport/local-file.ts'
import { BlobCache } from '../../transport/registry/blob-cache.ts'
import { openImageByName, type RemoteOptions } from '../../transport/remote.ts'
import { CachedDownload } from './cached-download.ts'

/** Descriptors of blobs that documents named, remembered so that a blob can be asked for by its digest alone. */
const MOST_KNOWN = 200_000

export type UpstreamOptions = {
  /** The registry that is asked for what is not here: `docker.io`, `registry.example:5000`. */
  readonly host: string
  /** Where blobs and documents are kept. */
  readonly cacheDirectory: string
  /** Bytes of blobs that are kept; the least recently used go first. */
  readonly limit: number
}

/** Where a blob is read from; a hit where it was not fetched for this request. */
export type Obtained = { readonly content: LocalBlob | CachedDownload; readonly isHit: boolean }

/** Counts of the answers that came from the cache, and of those that did not. */
export type ProxyCounts = {
  readonly blobs: number
  readonly hits: number
  /** Hits that are there because they were fetched before a client asked. */
  readonly ahead: number
  readonly bytes: number
  readonly hitBytes: number
}

/** A registry with a cache before it: every blob is fetched once at a time, checked, and kept within bounds. */
export class Upstream {
  readonly host: string
  readonly remote: RemoteOptions
  readonly #cache: BlobCache
  readonly #known = new Map<string, Descriptor>()
  readonly #downloads = new Map<string, CachedDownload>()
  readonly #ahead = new Set<string>()
  #counts: ProxyCounts = { blobs: 0, hits: 0, ahead: 0, bytes: 0, hitBytes: 0 }

  constructor({ host, cacheDirectory, limit }: UpstreamOptions, asking: Asking) {
    this.host = host
    this.#cache = new BlobCache(cacheDirectory, { limit, pins: false })
    this.remote = { ...registryOptions(asking), cache: this.#cache, keepBlobs: false }
  }

  get counts(): ProxyCounts {
    return this.#counts
  }

  /** @throws ImageError `REFERENCE_INVALID` */
  reference(name: string, reference: string): Reference {
    const { domain, path } = parseReference(`${this.host}/${name}`)
    return reference.includes(':') ? { domain, path, digest: reference as Digest } : { domain, path, tag: reference }
  }

  open(name: string, reference: string): Promise<BlobSource> {
    return openImageByName(this.reference(name, reference), this.remote)
  }

  /** Blobs that a document named, and documents themselves. */
  remember(blobs: readonly Descriptor[]): void {
    for (const blob of blobs) this.#known.set(blob.digest, blob)
    for (const digest of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break
      this.#known.delete(digest)
    }
  }

  known(digest: string): Descriptor | undefined {
    return this.#known.get(digest)
  }

  /** A document that is kept, by its digest; undefined where it must be asked for. */
  async document(reference: string): Promise<{ readonly root: Descriptor; readonly raw: Uint8Array } | undefined> {
    const root = this.#known.get(reference)
    if (root === undefined || !isIndexOrManifest(root.mediaType)) return undefined
    const found = await this.#cache.locate(root)
    const raw = found && (await readSmallFile(found.file, DOCUMENT_LIMIT).catch(() => undefined))
    return raw !== undefined && digestOf(raw, splitDigest(root.digest)[0]) === root.digest ? { root, raw } : undefined
  }

  /** The file of a blob that is kept, or its download; begins one from `source` where there is none. Undefined where it cannot be kept. */
  async obtain(blob: Descriptor, source: () => Promise<BlobSource>): Promise<Obtained | undefined> {
    // Asked before the cache: a download that ends while the cache is looked at is in neither afterwards.
    const running = this.#downloads.get(blob.digest)
    if (running !== undefined) return { content: running, isHit: true }
    const local = await this.#cache.locate(blob)
    if (local !== undefined) return { content: local, isHit: true }
    const kept = await this.#cache.reserve(blob)
    if (kept === undefined) return undefined
    // Another client may have asked for it meanwhile.
    const other = this.#downloads.get(blob.digest)
    if (other !== undefined) return { content: other, isHit: true }
    const download = new CachedDownload(blob, kept, fetched(source, blob))
    this.#downloads.set(blob.digest, download)
    const forget = () => this.#downloads.delete(blob.digest)
    download.done.then(forget, forget)
    return { content: download, isHit: false }
  }

  /** Counts a blob that a client gets. */
  count({ digest, size }: Descriptor, isHit: boolean): void {
    const { blobs, hits, ahead, bytes, hitBytes } = this.#counts
    const wasAhead = isHit && this.#ahead.delete(digest)
    this.#counts = {
      blobs: blobs + 1,
      hits: hits + Number(isHit),
      ahead: ahead + Number(wasAhead),
      bytes: bytes + size,
      hitBytes: hitBytes + (isHit ? size : 0),
    }
  }

  /** Fetches a blob that no client asked for yet; nothing happens where it is here. */
  async fetchAhead(blob: Descriptor, source: () => Promise<BlobSource>): Promise<void> {
    const obtained = await this.obtain(blob, source)
    if (!(obtained?.content instanceof CachedDownload)) return
    if (!obtained.isHit) this.#ahead.add(blob.digest)
    await obtained.content.done
  }
}

async function* fetched(source: () => Promise<BlobSource>, blob: Descriptor): AsyncGenerator<Uint8Array> {
  yield* (await source()).fetchUnverified(blob)
}
