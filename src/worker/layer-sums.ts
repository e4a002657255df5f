import { createHash } from 'node:crypto'
import { ContentHasher } from '../blob/content-hasher.ts'
import { type Digest, digestFrom, hasherFor, isVerifiable, splitDigest } from '../blob/digest.ts'
import type { TarEntry } from '../blob/tar-member.ts'
import { INPUT_SIZE } from './hash-ring.ts'

/** Told the sha256 of an entry's content, 32 bytes, once it is known; undefined where its holes are too large to hash. */
export type OnContent = (entry: number, hash: Buffer | undefined) => void

/** Hashes a layer in three ways as it passes: its blob, its uncompressed stream, the content of every file. */
export interface LayerSums {
  /** A buffer of `INPUT_SIZE` to read the next piece of the blob into. */
  input(): Buffer
  /** A buffer to inflate into next; undefined where the same one serves again and again. */
  readonly output: (() => Buffer) | undefined
  blob(bytes: Buffer): void
  tar(bytes: Buffer): void
  /** Starts the content of the entry at this index. */
  begin(entry: TarEntry, index: number): void
  data(bytes: Buffer): void
  end(): void
  /** The blob's digest; undefined where this program does not know the algorithm. */
  blobDigest(): Digest | undefined
  tarDigest(): Digest
  /** Frees the helper thread. */
  close(): void
}

/** Hashes in the thread that reads. */
export class OwnSums implements LayerSums {
  readonly output = undefined
  readonly #algorithm: string
  readonly #blob
  readonly #tar = createHash('sha256')
  readonly #contents = new ContentHasher()
  readonly #onContent: OnContent
  #index = 0

  constructor(digest: Digest, onContent: OnContent) {
    this.#algorithm = splitDigest(digest)[0]
    this.#blob = isVerifiable(digest) ? hasherFor(digest) : undefined
    this.#onContent = onContent
  }

  input(): Buffer {
    return INPUT
  }

  blob(bytes: Buffer): void {
    this.#blob?.update(bytes)
  }

  tar(bytes: Buffer): void {
    this.#tar.update(bytes)
  }

  begin({ storedSize, size, sparse }: TarEntry, index: number): void {
    this.#index = index
    this.#contents.begin(storedSize, size, sparse)
  }

  data(bytes: Buffer): void {
    this.#contents.data(bytes)
  }

  end(): void {
    this.#onContent(this.#index, this.#contents.end())
  }

  blobDigest(): Digest | undefined {
    return this.#blob && digestFrom(this.#blob, this.#algorithm)
  }

  tarDigest(): Digest {
    return digestFrom(this.#tar)
  }

  close(): void {}
}

/** One for all layers of a thread. */
const INPUT = Buffer.allocUnsafeSlow(INPUT_SIZE)
