import { ContentHasher } from '../blob/content-hasher.ts'
import { TarReader } from '../blob/tar-reader.ts'
import type { Changeset } from './changeset.ts'
import { ChangesetBuilder } from './changeset-builder.ts'

/** Reads a tar while it is being written, as any reader would later: its changeset must be the one that was meant. */
export class WrittenChangeset {
  readonly #builder = new ChangesetBuilder()
  readonly #contents = new ContentHasher()
  readonly #reader: TarReader
  #hashing = false

  constructor() {
    this.#reader = new TarReader({
      entry: entry => {
        this.#hashing = this.#builder.add(entry)
        if (this.#hashing) this.#contents.begin(entry.storedSize, entry.size, entry.sparse)
      },
      data: bytes => {
        if (this.#hashing) this.#contents.data(bytes)
      },
      end: (complete, entry) => {
        if (!complete) this.#builder.dropLast(entry)
        else if (this.#hashing) this.#builder.setHash(this.#contents.end())
      },
      diagnostic: diagnostic => this.#builder.report(diagnostic),
    })
  }

  push(chunk: Buffer): void {
    this.#reader.push(chunk)
  }

  finish(): Changeset {
    this.#reader.finish()
    return this.#builder.finish()
  }
}
