import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Descriptor, parseDescriptor } from '../../blob/descriptor.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import type { BlobCache } from './blob-cache.ts'

/** The digests that tags pointed to when they were last asked for: a guess that is always checked against the registry before it is used. */
export class TagMemory {
  readonly #cache: BlobCache
  readonly #file: string

  constructor(cache: BlobCache, { host, path }: RepositoryName, tag: string) {
    this.#cache = cache
    this.#file = join(cache.directory, 'tags', createHash('sha256').update(`${host}/${path}:${tag}`).digest('hex'))
  }

  /** The descriptor, where its document is still in the cache. */
  async recall(): Promise<Descriptor | undefined> {
    try {
      const descriptor = parseDescriptor(JSON.parse(await readFile(this.#file, 'utf8')), 'a remembered tag')
      return (await this.#cache.locate(descriptor)) === undefined ? undefined : descriptor
    } catch {
      return undefined
    }
  }

  async remember({ mediaType, digest, size }: Descriptor): Promise<void> {
    const temporary = `${this.#file}.${process.pid}`
    try {
      await mkdir(join(this.#file, '..'), { recursive: true, mode: 0o700 })
      await writeFile(temporary, JSON.stringify({ mediaType, digest, size }), { mode: 0o600 })
      await rename(temporary, this.#file)
    } catch {
      // Remembering saves one request; without it the tag is simply fetched.
    }
  }
}
