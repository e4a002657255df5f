/** Bytes of an ELF file that `strip` takes out: symbols and debugging information, which no run reads. */

const HEAD = 64
/** Names of sections lie right before their table in most files; so far back they are still known when the table comes. */
const LOOK_BEHIND = 64 * 1024
const MOST_SECTIONS = 4096
const MOST_NAMES = 64 * 1024

const [SYMBOLS, STRINGS, NO_BITS] = [2, 3, 8]
const ALLOCATED = 2n
const RELOCATABLE = 1

type Head = {
  readonly wide: boolean
  readonly little: boolean
  readonly table: number
  readonly entrySize: number
  readonly count: number
  readonly namesIndex: number
}

type Section = {
  readonly name: number
  readonly type: number
  readonly isAllocated: boolean
  readonly offset: number
  readonly size: number
  readonly link: number
}

/** A stretch of the file that is kept while the bytes pass. */
class Kept {
  readonly from: number
  readonly bytes: Buffer

  constructor(from: number, to: number) {
    this.from = from
    this.bytes = Buffer.alloc(to - from)
  }

  /** Takes what the chunk at `offset` has of it; whether its end has passed. */
  take(chunk: Buffer, offset: number): boolean {
    const end = this.from + this.bytes.length
    const [from, to] = [Math.max(offset, this.from), Math.min(offset + chunk.length, end)]
    if (from < to) chunk.copy(this.bytes, from - this.from, from - offset, to - offset)
    return offset + chunk.length >= end
  }
}

/**
 * Sums the sections of one file after the other while their bytes pass, in memory that does not grow with them (System V gABI, chapter 4).
 * A file whose names of sections lie too far before their table counts for nothing.
 */
export class SymbolMeter {
  #size = 0
  #at = 0
  #head: Buffer | undefined
  #elf: Head | undefined
  #table: Kept | undefined
  #sections: readonly Section[] | undefined
  #names: Kept | undefined

  /** Begins a file of `size` bytes. */
  begin(size: number): void {
    this.#size = size
    this.#at = 0
    this.#head = size > HEAD ? Buffer.alloc(0) : undefined
    this.#elf = undefined
    this.#table = undefined
    this.#sections = undefined
    this.#names = undefined
  }

  data(bytes: Buffer): void {
    if (this.#head === undefined && this.#table === undefined && this.#names === undefined) return
    if (this.#head !== undefined) this.#takeHead(bytes)
    const at = this.#at
    this.#at += bytes.length
    if (this.#table?.take(bytes, at) === true) this.#takeTable(this.#table, bytes, at)
    else if (this.#names !== undefined) this.#names.take(bytes, at)
  }

  /** Ends the file: bytes that `strip` would take out of it; 0 for what is no program and no library. */
  end(): number {
    const [sections, names] = [this.#sections, this.#names]
    if (sections === undefined || names === undefined || this.#elf === undefined) return 0
    let bytes = 0
    for (const [index, { name, type, isAllocated, size }] of sections.entries()) {
      if (isAllocated || type === NO_BITS || index === this.#elf.namesIndex) continue
      const isSymbols =
        type === SYMBOLS || (type === STRINGS && sections.some(each => each.type === SYMBOLS && each.link === index))
      if (isSymbols || DEBUGGING.test(names.bytes.toString('latin1', name, name + 16))) bytes += size
    }
    return bytes <= this.#size ? bytes : 0
  }

  #takeHead(bytes: Buffer): void {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), bytes.subarray(0, HEAD)])
    if (head.length < HEAD && head.length + this.#at < this.#size) {
      // All but the smallest chunks have all of it.
      this.#head = head.subarray(0, 4).compare(MAGIC, 0, Math.min(4, head.length)) === 0 ? head : undefined
      return
    }
    this.#head = undefined
    this.#elf = headOf(head, this.#size)
    if (this.#elf === undefined) return
    const { table, count, entrySize } = this.#elf
    this.#table = new Kept(Math.max(0, table - LOOK_BEHIND), table + count * entrySize)
    // Of the bytes that came before this chunk the head is all that is known.
    if (this.#at > 0) this.#table.take(head, 0)
  }

  #takeTable(kept: Kept, chunk: Buffer, at: number): void {
    this.#table = undefined
    const elf = this.#elf
    if (elf === undefined) return
    this.#sections = sectionsOf(elf, kept.bytes.subarray(elf.table - kept.from))
    const names = this.#sections[elf.namesIndex]
    if (names === undefined || names.size > MOST_NAMES || names.offset + names.size > this.#size) return
    if (names.offset < kept.from) return
    this.#names = new Kept(names.offset, names.offset + names.size)
    this.#names.take(kept.bytes, kept.from)
    this.#names.take(chunk, at)
  }
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46])

const DEBUGGING = /^\.(?:z?debug_|gdb_index|stab)/

function headOf(head: Buffer, size: number): Head | undefined {
  if (head.length < HEAD || head.compare(MAGIC, 0, 4, 0, 4) !== 0) return undefined
  const wide = head[4] === 2
  const little = head[5] !== 2
  const view = new DataView(head.buffer, head.byteOffset, HEAD)
  const type = view.getUint16(16, little)
  const table = wide ? Number(view.getBigUint64(40, little)) : view.getUint32(32, little)
  const [entrySize, count, namesIndex] = [0, 2, 4].map(more => view.getUint16((wide ? 58 : 46) + more, little)) as [
    number,
    number,
    number,
  ]
  const isSound = entrySize === (wide ? 64 : 40) && count > 0 && count <= MOST_SECTIONS && table + count * entrySize <= size
  // Objects that are still to be linked, and modules of the kernel, need their symbols.
  return isSound && table >= HEAD && type !== RELOCATABLE ? { wide, little, table, entrySize, count, namesIndex } : undefined
}

function sectionsOf({ wide, little, count, entrySize }: Head, bytes: Buffer): readonly Section[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const address = (at: number) => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little))
  return Array.from({ length: count }, (_, index) => {
    const at = index * entrySize
    const flags = wide ? view.getBigUint64(at + 8, little) : BigInt(view.getUint32(at + 8, little))
    return {
      name: view.getUint32(at, little),
      type: view.getUint32(at + 4, little),
      isAllocated: (flags & ALLOCATED) !== 0n,
      offset: address(at + (wide ? 24 : 16)),
      size: address(at + (wide ? 32 : 20)),
      link: view.getUint32(at + (wide ? 40 : 24), little),
    }
  })
}
