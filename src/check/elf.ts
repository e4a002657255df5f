/** The facts in the headers of an ELF file, from its first bytes. */
export type Elf = {
  readonly bits: 32 | 64
  readonly littleEndian: boolean
  /** `e_type`: 2 a program, 3 a shared object or a position-independent program, 4 a core dump. */
  readonly type: number
  /** `e_machine`. */
  readonly machine: number
  /** Path of the program interpreter; undefined for static programs and shared libraries, and where it lies beyond the bytes given. */
  readonly interpreter: string | undefined
  readonly sections: number
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46])
const PT_INTERP = 3
/** Program headers looked at; a program has a dozen. */
const HEADERS_LIMIT = 128
/** The kernel's own limit for the interpreter's path. */
const PATH_LIMIT = 4096

/** Whether the bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && MAGIC.equals(bytes.subarray(0, 4))
}

/** Reads the headers (System V gABI, chapter 4 and 5); undefined where there is none or it is cut off. */
export function parseElf(bytes: Uint8Array): Elf | undefined {
  const [bits, order] = [bytes[4], bytes[5]]
  if (!isElf(bytes) || (bits !== 1 && bits !== 2) || (order !== 1 && order !== 2) || bytes.length < (bits === 2 ? 64 : 52)) return
  const read = new Reader(bytes, order === 1, bits === 2)
  return {
    bits: bits === 2 ? 64 : 32,
    littleEndian: order === 1,
    type: read.half(16),
    machine: read.half(18),
    interpreter: interpreterOf(read, bytes),
    sections: read.half(bits === 2 ? 60 : 48),
  }
}

/** Whether the bytes reach as far as `parseElf` looks: to the end of the program headers and of the interpreter's path. */
export function isWholeHeader(bytes: Uint8Array): boolean {
  if (bytes.length < 64) return false
  const read = new Reader(bytes, bytes[5] !== 2, bytes[4] === 2)
  const [table, size, count] = programHeaders(read)
  if (table + Math.min(count, HEADERS_LIMIT) * size > bytes.length) return false
  for (let index = 0; index < Math.min(count, HEADERS_LIMIT); index++) {
    const [offset, length] = stretchOf(read, table + index * size)
    if (read.word(table + index * size) === PT_INTERP && offset + length > bytes.length) return false
  }
  return true
}

/** Offset of the table, bytes of an entry, and how many there are. */
function programHeaders(read: Reader): readonly [table: number, size: number, count: number] {
  const { wide } = read
  return [read.address(wide ? 32 : 28), read.half(wide ? 54 : 42), read.half(wide ? 56 : 44)]
}

/** Offset and length in the file of what a program header describes. */
function stretchOf(read: Reader, header: number): readonly [offset: number, length: number] {
  const { wide } = read
  return [read.address(header + (wide ? 8 : 4)), read.address(header + (wide ? 32 : 16))]
}

function interpreterOf(read: Reader, bytes: Uint8Array): string | undefined {
  const { wide } = read
  const [table, size, count] = programHeaders(read)
  for (let index = 0; index < Math.min(count, HEADERS_LIMIT); index++) {
    const header = table + index * size
    if (header + (wide ? 56 : 32) > bytes.length) return undefined
    if (read.word(header) !== PT_INTERP) continue
    const [offset, length] = stretchOf(read, header)
    if (length > PATH_LIMIT || offset + length > bytes.length) return undefined
    const path = Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1')
    const end = path.indexOf('\0')
    return end === -1 ? path : path.slice(0, end)
  }
  return undefined
}

class Reader {
  readonly wide: boolean
  readonly #view: DataView
  readonly #little: boolean

  constructor(bytes: Uint8Array, little: boolean, wide: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#little = little
    this.wide = wide
  }

  half(at: number): number {
    return this.#view.getUint16(at, this.#little)
  }

  word(at: number): number {
    return this.#view.getUint32(at, this.#little)
  }

  /** An offset or a size, as wide as the class; beyond 2^53 it is beyond any file, which callers compare with. */
  address(at: number): number {
    return this.wide ? Number(this.#view.getBigUint64(at, this.#little)) : this.word(at)
  }
}
