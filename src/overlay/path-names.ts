import { Column, SmallColumn } from './column.ts'

/**
 * The names of paths: where each lies in the bytes of the layer that mentioned it first, which are in memory anyway; names
 * from elsewhere are copied. About 6 bytes a name. By
 * identifiers of the table of paths.
 */
export class PathNames {
  /** The first are this table's own. */
  readonly #sources: Uint8Array[] = [new Uint8Array(1024)]
  #ownEnd = 0
  /** Bytes of all names together. */
  total = 0
  readonly #source = new SmallColumn()
  readonly #starts = new Column()
  readonly #lengths = new SmallColumn()

  /** Names that are given as part of `bytes` from now on are not copied. The bytes must stay as they are. */
  adopt(bytes: Uint8Array): void {
    this.#sources.push(bytes)
  }

  set(path: number, bytes: Uint8Array, start: number, end: number): void {
    const last = this.#sources.length - 1
    const isAdopted = last > 0 && this.#sources[last] === bytes
    this.#source.set(path, isAdopted ? last : 0)
    this.#starts.set(path, isAdopted ? start : this.#keep(bytes.subarray(start, end)))
    this.#lengths.set(path, end - start)
    this.total += end - start
  }

  /** Copies a name's bytes; true if all of them are ASCII. */
  copy(path: number, to: Uint8Array, at: number): boolean {
    const bytes = this.bytes(path)
    const start = this.start(path)
    const length = this.length(path)
    let all = 0
    for (let index = 0; index < length; index++) {
      const byte = bytes[start + index] ?? 0
      to[at + index] = byte
      all |= byte
    }
    return all < 0x80
  }

  text(path: number): string {
    const bytes = this.bytes(path)
    return Buffer.from(bytes.buffer, bytes.byteOffset + this.start(path), this.#lengths.get(path)).toString('latin1')
  }

  /** The bytes that the name is a part of. */
  bytes(path: number): Uint8Array {
    return this.#sources[this.#source.get(path)] ?? NONE
  }

  start(path: number): number {
    return this.#starts.get(path)
  }

  length(path: number): number {
    return this.#lengths.get(path)
  }

  equals(path: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (this.length(path) !== length) return false
    const own = this.bytes(path)
    const from = this.start(path)
    for (let index = 0; index < length; index++) if (own[from + index] !== bytes[start + index]) return false
    return true
  }

  /** Bytewise: which of two names comes first; the other one may be of another table. */
  compare(one: number, other: number, table: PathNames = this): number {
    const bytes = this.bytes(one)
    const others = table.bytes(other)
    const start = this.start(one)
    const from = table.start(other)
    const length = this.length(one)
    const end = table.length(other)
    // Layers that two images share are in memory once: most names are the very same bytes.
    if (bytes === others && start === from) return length - end
    for (let index = 0; index < length && index < end; index++) {
      const difference = (bytes[start + index] ?? 0) - (others[from + index] ?? 0)
      if (difference !== 0) return difference
    }
    return length - end
  }

  #keep(name: Uint8Array): number {
    let own = this.#sources[0] ?? NONE
    const start = this.#ownEnd
    this.#ownEnd += name.length
    if (this.#ownEnd > own.length) {
      const wider = new Uint8Array(Math.max(this.#ownEnd, own.length * 2))
      wider.set(own)
      this.#sources[0] = own = wider
    }
    own.set(name, start)
    return start
  }
}

const NONE = new Uint8Array(0)
