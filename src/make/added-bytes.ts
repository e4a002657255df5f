import { ContentHasher } from '../blob/content-hasher.ts'
import { ImageError } from '../error.ts'
import { at, type Changeset, HASH_BYTES, hashBytes } from '../layer/changeset.ts'
import { displayPath, type FilePath } from '../layer/file-path.ts'
import { nextTurn } from '../overlay/in-slices.ts'
import type { TarBytes } from '../rebuild/tar-bytes.ts'
import type { SourceContent, SourceTree } from './source-tree.ts'

/**
 * The contents of added files as if they lay in a tar, one after the other without headers: a layer is written from them as from
 * a layer's tar. Each file is read once, from front to back, and its sha256 is put into the changeset when its last byte has passed.
 */
export class AddedBytes implements TarBytes {
  readonly #tree: SourceTree
  readonly #changeset: Changeset
  /** Where an entry's bytes come from, relative to the tree. */
  readonly #pathOf: (entry: number) => FilePath
  readonly #hasher = new ContentHasher()
  #content: SourceContent | undefined
  #entry = -1
  #at = -1

  constructor(tree: SourceTree, changeset: Changeset, pathOf: (entry: number) => FilePath) {
    this.#tree = tree
    this.#changeset = changeset
    this.#pathOf = pathOf
  }

  /** @throws ImageError `SOURCE_CHANGED` where a file has not the bytes it had, and when it cannot be read */
  read(into: Buffer, start: number, offset: number, length: number): void {
    if (offset !== this.#at) this.#begin(offset)
    for (let done = 0; done < length; ) {
      const count = this.#content?.read(into, start + done, length - done) ?? 0
      if (count === 0) throw sourceChanged(this.#pathOf(this.#entry), 'it became shorter while it was read')
      done += count
    }
    this.#hasher.data(into.subarray(start, start + length))
    this.#at += length
    if (this.#at === at(this.#changeset.dataOffsets, this.#entry) + at(this.#changeset.sizes, this.#entry)) this.#end()
  }

  close(): void {
    this.#content?.[Symbol.dispose]()
    this.#content = undefined
  }

  #begin(offset: number): void {
    this.close()
    this.#entry = lastAtOrBefore(this.#changeset.dataOffsets, offset)
    const size = at(this.#changeset.sizes, this.#entry)
    if (at(this.#changeset.dataOffsets, this.#entry) !== offset) throw new RangeError('an added file is read from its middle')
    this.#content = this.#tree.open(this.#pathOf(this.#entry))
    this.#hasher.begin(size, size, undefined)
    this.#at = offset
  }

  #end(): void {
    this.#content?.end()
    this.#content = undefined
    this.#at = -1
    const hash = this.#hasher.end()
    if (hash === undefined) return
    const known = hashBytes(this.#changeset, this.#entry)
    if (known.some(byte => byte !== 0) && !known.equals(hash)) {
      throw sourceChanged(this.#pathOf(this.#entry), 'its content changed while it was read')
    }
    this.#changeset.contentHashes.set(hash, this.#entry * HASH_BYTES)
  }
}

/** Bytes that are hashed at a time, and between two looks at the signal. */
const PIECE = 256 * 1024
const TURN = 4 * 1024 * 1024

/** sha256 of one file of the tree, 32 bytes. @throws ImageError as `SourceTree.open`, the signal's reason */
export async function contentHash(
  tree: SourceTree,
  path: FilePath,
  size: number,
  signal: AbortSignal | undefined,
): Promise<Buffer | undefined> {
  const hasher = new ContentHasher()
  hasher.begin(size, size, undefined)
  if (size === 0) return hasher.end()
  using content = tree.open(path)
  const piece = Buffer.allocUnsafe(Math.min(PIECE, size))
  for (let done = 0; done < size; ) {
    const count = content.read(piece, 0, Math.min(piece.length, size - done))
    if (count === 0) throw sourceChanged(path, 'it became shorter while it was read')
    hasher.data(piece.subarray(0, count))
    if (Math.floor((done + count) / TURN) > Math.floor(done / TURN)) await nextTurn(signal)
    done += count
  }
  content.end()
  return hasher.end()
}

function sourceChanged(path: FilePath, why: string): ImageError {
  return new ImageError(
    'SOURCE_CHANGED',
    { action: `add "${displayPath(path)}"`, why },
    {
      hint: 'Nothing was written. Try again when nothing writes there.',
    },
  )
}

/** The last place in an ordered column whose number is not beyond `value`. */
function lastAtOrBefore(column: ArrayLike<number>, value: number): number {
  let [low, high] = [0, column.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at(column, middle) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
