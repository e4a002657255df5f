import { ContentHasher } from '../blob/content-hasher.ts'
import { type Digest, digestOfHash } from '../blob/digest.ts'
import type { TarEntry } from '../blob/tar-member.ts'
import { HashClient } from './hash-client.ts'
import { type HashRing, RECORD } from './hash-ring.ts'
import type { LayerSums, OnContent } from './layer-sums.ts'

/** Has another thread hash. Empty and sparse files are hashed here: their content is not the bytes that pass. */
export class SharedSums implements LayerSums {
  readonly #algorithm: string | undefined
  readonly #client: HashClient
  readonly #contents = new ContentHasher()
  readonly #onContent: OnContent
  readonly output: () => Buffer
  #index = 0
  /** Bytes of the file at hand that are still to come; 0 where it is hashed here. */
  #left = 0
  #here = false

  constructor(ring: HashRing, onContent: OnContent) {
    this.#algorithm = ring.algorithm
    this.#onContent = onContent
    this.#client = new HashClient(ring, (entry, result) => onContent(entry, result))
    this.output = () => this.#client.output()
  }

  input(): Buffer {
    return this.#client.input()
  }

  blob(bytes: Buffer): void {
    if (this.#algorithm !== undefined) this.#client.add(RECORD.blob, bytes)
  }

  tar(bytes: Buffer): void {
    this.#client.add(RECORD.tar, bytes)
  }

  begin({ storedSize, size, sparse }: TarEntry, index: number): void {
    this.#index = index
    this.#left = storedSize
    this.#here = sparse !== undefined || storedSize === 0
    if (this.#here) this.#contents.begin(storedSize, size, sparse)
  }

  data(bytes: Buffer): void {
    if (this.#here) {
      this.#contents.data(bytes)
      return
    }
    this.#left -= bytes.length
    if (this.#left === 0) this.#client.add(RECORD.file, bytes, this.#index)
    else this.#client.add(RECORD.part, bytes)
  }

  end(): void {
    if (this.#here) this.#onContent(this.#index, this.#contents.end())
  }

  blobDigest(): Digest | undefined {
    return this.#algorithm === undefined ? undefined : digestOfHash(this.#client.ask(RECORD.blobEnd), this.#algorithm)
  }

  tarDigest(): Digest {
    return digestOfHash(this.#client.ask(RECORD.tarEnd))
  }

  close(): void {
    this.#client.close()
  }
}
