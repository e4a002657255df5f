/** The needs of a dynamic program or library that the loader fills (System V gABI, chapter 5). Names are one character a byte. */
export type ElfNeeds = {
  /** Path of the program interpreter. */
  readonly interpreter: string | undefined
  /** Names of libraries (DT_NEEDED). */
  readonly libraries: readonly string[]
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3]
const [DT_NEEDED, DT_STRTAB] = [1, 5]
/** More headers, entries or letters than these are not looked at: no real file comes near. */
const [HEADERS_LIMIT, ENTRIES_LIMIT, NAME_LIMIT] = [256, 4096, 4096]

type Segment = { readonly type: number; readonly offset: number; readonly address: number; readonly size: number }

/** The needs of a whole file; undefined for what is no ELF file. Tables that lie outside of the file are taken as absent. */
export function elfNeeds(bytes: Buffer): ElfNeeds | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return undefined
  const elf = new Elf(bytes)
  const segments = elf.segments()
  const interpreter = segments.find(({ type }) => type === PT_INTERP)
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  const entries = dynamic === undefined ? [] : elf.dynamic(dynamic)
  const table = elf.offsetOf(segments, entries.find(([tag]) => tag === DT_STRTAB)?.[1])
  const names = entries.flatMap(([tag, at]) => (tag === DT_NEEDED && table !== undefined ? [elf.text(table + at)] : []))
  return {
    interpreter: interpreter && elf.text(interpreter.offset),
    libraries: [...new Set(names)].filter(name => name !== ''),
  }
}

class Elf {
  readonly #bytes: Buffer
  readonly #view: DataView
  readonly #wide: boolean
  readonly #little: boolean

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#wide = bytes[4] === 2
    this.#little = bytes[5] !== 2
  }

  segments(): readonly Segment[] {
    const start = this.#word(this.#wide ? 32 : 28)
    const size = this.#view.getUint16(this.#wide ? 54 : 42, this.#little)
    const count = Math.min(HEADERS_LIMIT, this.#view.getUint16(this.#wide ? 56 : 44, this.#little))
    const all: Segment[] = []
    for (let index = 0; index < count; index++) {
      const at = start + index * size
      if (at + (this.#wide ? 56 : 32) > this.#bytes.length) break
      const type = this.#view.getUint32(at, this.#little)
      const [offset, address, length] = this.#wide ? [8, 16, 32] : [4, 8, 16]
      all.push({ type, offset: this.#word(at + offset), address: this.#word(at + address), size: this.#word(at + length) })
    }
    return all
  }

  dynamic({ offset, size }: Segment): readonly (readonly [tag: number, value: number])[] {
    const width = this.#wide ? 8 : 4
    const entries: [number, number][] = []
    const end = Math.min(offset + size, this.#bytes.length - 2 * width + 1)
    for (let at = offset; at < end && entries.length < ENTRIES_LIMIT; at += 2 * width) {
      const tag = this.#word(at)
      if (tag === 0) break
      entries.push([tag, this.#word(at + width)])
    }
    return entries
  }

  /** Where in the file an address lies. */
  offsetOf(segments: readonly Segment[], address: number | undefined): number | undefined {
    if (address === undefined) return undefined
    const holder = segments.find(each => each.type === PT_LOAD && address >= each.address && address < each.address + each.size)
    return holder && address - holder.address + holder.offset
  }

  text(offset: number): string {
    if (offset >= this.#bytes.length) return ''
    const end = this.#bytes.indexOf(0, offset)
    const last = Math.min(end === -1 ? this.#bytes.length : end, offset + NAME_LIMIT)
    return this.#bytes.toString('latin1', offset, last)
  }

  #word(at: number): number {
    if (at + (this.#wide ? 8 : 4) > this.#bytes.length) return 0
    return this.#wide ? Number(this.#view.getBigUint64(at, this.#little)) : this.#view.getUint32(at, this.#little)
  }
}
