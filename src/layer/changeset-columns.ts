import type { Changeset } from './changeset.ts'
import { pages } from './pages.ts'

/** The numeric columns of a changeset, growing. */
export class ChangesetColumns {
  #capacity = 256
  types = new Uint8Array(this.#capacity)
  modes = new Uint16Array(this.#capacity)
  uids = new Float64Array(this.#capacity)
  gids = new Float64Array(this.#capacity)
  mtimeSeconds = new Float64Array(this.#capacity)
  mtimeNanoseconds = new Uint32Array(this.#capacity)
  sizes = new Float64Array(this.#capacity)
  headerOffsets = new Float64Array(this.#capacity)
  dataOffsets = new Float64Array(this.#capacity)
  storedSizes = new Float64Array(this.#capacity)
  contentHashes = new Uint8Array(this.#capacity * 32)
  pathEnds = new Uint32Array(this.#capacity)
  targetEnds = new Uint32Array(this.#capacity)
  xattrIndexes = new Uint32Array(this.#capacity)

  /** Makes room for `length` entries. */
  reserve(length: number): void {
    if (length <= this.#capacity) return
    while (this.#capacity < length) this.#capacity *= 2
    const capacity = this.#capacity
    this.types = grown(this.types, new Uint8Array(pages(capacity)))
    this.modes = grown(this.modes, new Uint16Array(pages(capacity * 2)))
    this.uids = grown(this.uids, new Float64Array(pages(capacity * 8)))
    this.gids = grown(this.gids, new Float64Array(pages(capacity * 8)))
    this.mtimeSeconds = grown(this.mtimeSeconds, new Float64Array(pages(capacity * 8)))
    this.mtimeNanoseconds = grown(this.mtimeNanoseconds, new Uint32Array(pages(capacity * 4)))
    this.sizes = grown(this.sizes, new Float64Array(pages(capacity * 8)))
    this.headerOffsets = grown(this.headerOffsets, new Float64Array(pages(capacity * 8)))
    this.dataOffsets = grown(this.dataOffsets, new Float64Array(pages(capacity * 8)))
    this.storedSizes = grown(this.storedSizes, new Float64Array(pages(capacity * 8)))
    this.contentHashes = grown(this.contentHashes, new Uint8Array(pages(capacity * 32)))
    this.pathEnds = grown(this.pathEnds, new Uint32Array(pages(capacity * 4)))
    this.targetEnds = grown(this.targetEnds, new Uint32Array(pages(capacity * 4)))
    this.xattrIndexes = grown(this.xattrIndexes, new Uint32Array(pages(capacity * 4)))
  }

  /** The columns, cut to `length` entries; views, not copies. */
  cut(length: number): Pick<Changeset, NumericColumn | 'hashRows'> {
    return {
      types: this.types.subarray(0, length),
      modes: this.modes.subarray(0, length),
      uids: this.uids.subarray(0, length),
      gids: this.gids.subarray(0, length),
      mtimeSeconds: this.mtimeSeconds.subarray(0, length),
      mtimeNanoseconds: this.mtimeNanoseconds.subarray(0, length),
      sizes: this.sizes.subarray(0, length),
      headerOffsets: this.headerOffsets.subarray(0, length),
      dataOffsets: this.dataOffsets.subarray(0, length),
      storedSizes: this.storedSizes.subarray(0, length),
      contentHashes: this.contentHashes.subarray(0, length * 32),
      hashRows: undefined,
      pathEnds: this.pathEnds.subarray(0, length),
      targetEnds: this.targetEnds.subarray(0, length),
      xattrIndexes: this.xattrIndexes.subarray(0, length),
    }
  }
}

type NumericColumn =
  | 'types'
  | 'modes'
  | 'uids'
  | 'gids'
  | 'mtimeSeconds'
  | 'mtimeNanoseconds'
  | 'sizes'
  | 'headerOffsets'
  | 'dataOffsets'
  | 'storedSizes'
  | 'contentHashes'
  | 'pathEnds'
  | 'targetEnds'
  | 'xattrIndexes'

/** Strings of one character per byte, one after the other, growing. */
export class ByteColumn {
  #bytes = Buffer.alloc(4096)
  #length = 0

  /** Appends `text`; gives where it ends. */
  add(text: string): number {
    const end = this.#length + text.length
    if (end > this.#bytes.length) {
      const bytes = Buffer.from(pages(Math.max(end, this.#bytes.length * 2)))
      this.#bytes.copy(bytes, 0, 0, this.#length)
      this.#bytes = bytes
    }
    this.#bytes.write(text, this.#length, 'latin1')
    this.#length = end
    return end
  }

  /** Takes everything after `end` back. */
  truncate(end: number): void {
    this.#length = end
  }

  cut(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** `to` with the beginning of `from`. */
export function grown<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from)
  return to
}
