import type { Descriptor } from '../../blob/descriptor.ts'
import { parseDigest } from '../../blob/digest.ts'
import { isIndexOrManifest } from '../../blob/media-type.ts'
import type { BlobSource, Range, Root } from '../../blob/source.ts'
import type { Diagnostic } from '../../error.ts'
import type { RegistryOptions, RepositoryName } from '../http/registry-options.ts'
import { downloadBlob } from './blob-download.ts'
import { RegistryClient } from './client.ts'
import { referrersFromApi } from './referrers.ts'
import { fetchDocument } from './remote-document.ts'
import { listTags } from './tags.ts'

/** Tags asked for at once: a registry answers as many without refusing, and a thousand take seconds. */
const AT_ONCE = 8
/** Bytes of documents kept, so that what a tag names is not asked for again by its digest. */
const KEPT_BYTES = 64 * 1024 * 1024

/** A whole repository of a registry: its roots are what all its tags name, one request a tag. Layers are never asked for. */
export class RepositorySource implements BlobSource {
  readonly name: string
  readonly #repository: RepositoryName
  readonly #client: RegistryClient
  readonly #documents = new Map<string, Uint8Array>()
  #keptBytes = 0
  #listsReferrers = true

  constructor(repository: RepositoryName, options: RegistryOptions) {
    this.name = `docker://${repository.host}/${repository.path}`
    this.#repository = repository
    this.#client = new RegistryClient(repository, options)
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#client.notices.diagnostics
  }

  async roots(signal?: AbortSignal): Promise<readonly Root[]> {
    const tags: string[] = []
    for await (const page of listTags(this.#client, this.#repository, signal)) tags.push(...page)
    const roots: Root[] = []
    let next = 0
    const work = async () => {
      for (let position = next++; position < tags.length; position = next++) {
        const tag = tags[position] ?? ''
        roots[position] = { ...(await this.#fetch(tag, signal)), names: [tag] }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return roots
  }

  async *fetchUnverified(blob: Descriptor, range: Range = {}, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const digest = parseDigest(blob.digest)
    if (isIndexOrManifest(blob.mediaType)) {
      if (!this.#documents.has(digest)) await this.#fetch(digest, signal)
      const { offset = 0, length = blob.size } = range
      yield this.#documents.get(digest)?.subarray(offset, offset + length) ?? new Uint8Array()
    } else yield* downloadBlob({ client: this.#client, repository: this.#repository, blob, range, signal })
  }

  /** Descriptors of what refers to a digest; none where the registry has no list of that, which is asked for once. */
  async referrersOf(digest: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    if (!this.#listsReferrers) return []
    const query = { client: this.#client, repository: this.#repository, subject: parseDigest(digest), signal }
    const found = await referrersFromApi(query)
    this.#listsReferrers = found !== undefined
    return (found ?? []).map(({ descriptor }) => descriptor)
  }

  async locate(): Promise<undefined> {
    return undefined
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #fetch(reference: string, signal?: AbortSignal): Promise<Descriptor> {
    const { descriptor, bytes } = await fetchDocument({
      client: this.#client,
      repository: this.#repository,
      reference,
      signal,
    })
    if (this.#keptBytes > KEPT_BYTES) {
      this.#documents.clear()
      this.#keptBytes = 0
    }
    this.#documents.set(descriptor.digest, bytes)
    this.#keptBytes += bytes.byteLength
    return descriptor
  }
}
