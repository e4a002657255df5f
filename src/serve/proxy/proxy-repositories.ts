import type { Descriptor, DescriptorPlatform } from '../../blob/descriptor.ts'
import { documentKind, isIndexOrManifest } from '../../blob/media-type.ts'
import { isTag } from '../../image/reference.ts'
import type { ServedRequest } from '../registry-server.ts'
import { parseRoute } from '../route.ts'
import type { Repositories, ServedRepository } from '../served-repository.ts'
import { ProxyRepository } from './proxy-repository.ts'
import { PullHistory } from './pull-history.ts'
import type { ProxyCounts, Upstream } from './upstream.ts'

/** Repositories that are kept open, and images that wait to be fetched ahead. */
const MOST_OPEN = 200
const MOST_WAITING = 32

/**
 * Every repository of a registry, by way of a cache. Images that clients pull together again and again are fetched ahead as soon as one
 * of them is asked for: one blob at a time, for the platforms that clients have asked for.
 */
export class ProxyRepositories implements Repositories {
  /** The registry that clients must mean which name one (`ns=`). */
  readonly namespace: string
  readonly #upstream: Upstream
  readonly #local: Repositories | undefined
  readonly #open = new Map<string, ProxyRepository>()
  readonly #history = new PullHistory()
  readonly #platforms = new Set<string>()
  readonly #indexes = new Map<string, DescriptorPlatform>()
  readonly #waiting: string[] = []
  readonly #stop = new AbortController()
  #fetching: Promise<void> = Promise.resolve()

  /** `local` names are answered first. */
  constructor(upstream: Upstream, local?: Repositories) {
    this.namespace = upstream.host
    this.#upstream = upstream
    this.#local = local
  }

  get counts(): ProxyCounts {
    return this.#upstream.counts
  }

  /** Repositories that were asked for: public registries do not list theirs. */
  async names(signal: AbortSignal): Promise<readonly string[]> {
    return [...new Set([...((await this.#local?.names(signal)) ?? []), ...this.#open.keys()])]
  }

  async find(name: string, signal: AbortSignal): Promise<ServedRepository | undefined> {
    return (await this.#local?.find(name, signal)) ?? this.#proxied(name)
  }

  /** Notes an answered request: pulls that go together are remembered, and what goes with this one is fetched. */
  note({ method, path, status, client }: ServedRequest, now: number): void {
    if ((method !== 'GET' && method !== 'HEAD') || status !== 200) return
    const { pathname } = new URL(path, 'http://localhost')
    const route = quietRoute(pathname)
    if (route?.kind !== 'manifest') return
    const platform = this.#indexes.get(route.reference)
    if (platform !== undefined) this.#platforms.add(platformText(platform))
    if (!isTag(route.reference)) return
    for (const partner of this.#history.note(client, `${route.name}:${route.reference}`, now)) this.#wait(partner)
  }

  /** Resolves when nothing waits to be fetched any more. */
  async idle(): Promise<void> {
    await this.#fetching
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#fetching
    await Promise.all([...this.#open.values()].map(each => each.close()))
  }

  #proxied(name: string): ProxyRepository {
    const repository = this.#open.get(name) ?? new ProxyRepository(name, this.#upstream, index => this.#noteIndex(index))
    this.#open.delete(name)
    this.#open.set(name, repository)
    for (const [oldest, each] of this.#open) {
      if (this.#open.size <= MOST_OPEN) break
      this.#open.delete(oldest)
      void each.close()
    }
    return repository
  }

  /** Which platform each image of an index is for: the one that a client then asks for is the one to fetch ahead. */
  #noteIndex(children: readonly Descriptor[]): void {
    for (const { digest, platform } of children) if (platform !== undefined) this.#indexes.set(digest, platform)
    for (const digest of this.#indexes.keys()) {
      if (this.#indexes.size <= MOST_OPEN * 100) break
      this.#indexes.delete(digest)
    }
  }

  #wait(image: string): void {
    if (this.#waiting.includes(image) || this.#waiting.length >= MOST_WAITING) return
    this.#waiting.push(image)
    this.#fetching = this.#fetching.then(async () => {
      this.#waiting.shift()
      // It is a guess: whatever goes wrong is told to the client that really asks.
      await this.#fetchAhead(image).catch(() => undefined)
    })
  }

  async #fetchAhead(image: string): Promise<void> {
    const { signal } = this.#stop
    signal.throwIfAborted()
    const colon = image.lastIndexOf(':')
    const repository = this.#proxied(image.slice(0, colon))
    const { document } = await repository.document(image.slice(colon + 1), signal)
    if (documentKind(document.descriptor.mediaType) !== 'index') return repository.fetchAhead(document, signal)
    for (const child of document.children) {
      if (!isIndexOrManifest(child.mediaType) || child.platform === undefined) continue
      if (!this.#platforms.has(platformText(child.platform))) continue
      await repository.fetchAhead((await repository.document(child.digest, signal)).document, signal)
    }
  }
}

function platformText({ os, architecture, variant = '' }: DescriptorPlatform): string {
  return `${os}/${architecture}/${variant}`
}

function quietRoute(pathname: string) {
  try {
    return parseRoute(decodeURIComponent(pathname))
  } catch {
    return undefined
  }
}
