import { at, type Changeset } from '../layer/changeset.ts'
import { type PathId, type PathTable, ROOT_PATH } from './path-table.ts'

/** Linux refuses paths over 4096 bytes, so no runtime unpacks more levels; a hostile header could name 500,000. */
const MAX_DEPTH = 2048

const SEPARATOR = 0x2f

/** The paths of a layer's entries as written, in tar order: neighbours mostly share their directory, which is then not looked up. */
export class EntryPaths {
  readonly #paths: PathTable
  readonly #changeset: Changeset
  #directory = ROOT_PATH
  #directoryStart = 0
  #directoryEnd = 0

  constructor(paths: PathTable, changeset: Changeset) {
    this.#paths = paths
    this.#changeset = changeset
  }

  at(index: number): PathId {
    const { pathBytes: bytes } = this.#changeset
    const start = this.#start(index)
    const end = this.#end(index)
    if (start === end) return ROOT_PATH
    const slash = lastSeparator(bytes, start, end)
    return this.#paths.intern(this.#directoryOf(start, slash), bytes, slash + 1, end)
  }

  /** The entry's last component below another directory than the one it was written with. */
  below(directory: PathId, index: number): PathId {
    const start = this.#start(index)
    const end = this.#end(index)
    return this.#paths.intern(directory, this.#changeset.pathBytes, lastSeparator(this.#changeset.pathBytes, start, end) + 1, end)
  }

  /** The whole path as one name below the root: where what is too deep for a tree is noted. */
  whole(index: number): PathId {
    return this.#paths.intern(ROOT_PATH, this.#changeset.pathBytes, this.#start(index), this.#end(index))
  }

  isTooDeep(index: number): boolean {
    const start = this.#start(index)
    const end = this.#end(index)
    if (end - start < MAX_DEPTH * 2) return false
    let separators = 0
    for (let offset = start; offset < end; offset++) if (this.#changeset.pathBytes[offset] === SEPARATOR) separators++
    return separators >= MAX_DEPTH
  }

  #start(index: number): number {
    return index === 0 ? 0 : at(this.#changeset.pathEnds, index - 1)
  }

  #end(index: number): number {
    return at(this.#changeset.pathEnds, index)
  }

  #directoryOf(start: number, slash: number): PathId {
    if (slash < start) return ROOT_PATH
    const bytes = this.#changeset.pathBytes
    const length = slash - start
    if (length !== this.#directoryEnd - this.#directoryStart || !sameBytes(bytes, start, this.#directoryStart, length)) {
      this.#directory = this.#paths.internPath(ROOT_PATH, bytes, start, slash)
      this.#directoryStart = start
      this.#directoryEnd = slash
    }
    return this.#directory
  }
}

/** Offset of the last slash, or `start` − 1. */
function lastSeparator(bytes: Uint8Array, start: number, end: number): number {
  let offset = end - 1
  while (offset >= start && bytes[offset] !== SEPARATOR) offset--
  return offset
}

function sameBytes(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[a + index] !== bytes[b + index]) return false
  return true
}
