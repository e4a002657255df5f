export type ElfFixture = {
  /** `e_machine`; 62 (x86-64) by default. */
  readonly machine?: number
  readonly bits?: 32 | 64
  readonly bigEndian?: boolean
  /** `e_type`: 2 a program, 3 a shared object, 4 a core dump. */
  readonly type?: number
  readonly interpreter?: string
  readonly sections?: number
  /** Bytes after the headers. */
  readonly body?: Uint8Array
}

/** An ELF file of headers: what is needed to be told apart from others, and nothing that runs. */
export function elfFixture(options: ElfFixture = {}): Buffer {
  const { machine = 62, bits = 64, bigEndian = false, type = 2, interpreter, sections = 5, body = new Uint8Array() } = options
  const wide = bits === 64
  const [headerSize, entrySize] = wide ? [64, 56] : [52, 32]
  const path = interpreter === undefined ? Buffer.alloc(0) : Buffer.from(`${interpreter}\0`)
  const bytes = Buffer.alloc(headerSize + entrySize + path.length)
  const half = (at: number, value: number) => (bigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at))
  const word = (at: number, value: number) => (bigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at))
  const address = (at: number, value: number) => {
    if (!wide) word(at, value)
    else if (bigEndian) bytes.writeBigUInt64BE(BigInt(value), at)
    else bytes.writeBigUInt64LE(BigInt(value), at)
  }
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, bigEndian ? 2 : 1, 1])
  half(16, type)
  half(18, machine)
  word(20, 1)
  address(wide ? 32 : 28, headerSize)
  half(wide ? 54 : 42, entrySize)
  half(wide ? 56 : 44, interpreter === undefined ? 0 : 1)
  half(wide ? 60 : 48, sections)
  if (interpreter !== undefined) {
    word(headerSize, 3)
    address(headerSize + (wide ? 8 : 4), headerSize + entrySize)
    address(headerSize + (wide ? 32 : 16), path.length)
  }
  path.copy(bytes, headerSize + entrySize)
  return Buffer.concat([bytes, body])
}

export type SectionedElf = {
  /** Bytes of `.symtab`, of `.debug_info` and of `.text`. */
  readonly symbols?: number
  readonly debug?: number
  readonly text?: number
  /** `e_type`: 2 a program, 1 an object that is still to be linked. */
  readonly type?: number
  /** Go's linker writes the table before the sections. */
  readonly isTableFirst?: boolean
}

/** A 64-bit ELF file with a table of sections: `.text`, `.symtab` with its `.strtab` of 100 bytes, `.debug_info` and `.shstrtab`. */
export function sectionedElf({ symbols = 0, debug = 0, text = 64, type = 2, isTableFirst = false }: SectionedElf): Buffer {
  const names = ['', '.text', '.symtab', '.strtab', '.debug_info', '.shstrtab']
  const nameTable = Buffer.from(`${names.join('\0')}\0`)
  const sizes = [0, text, symbols, 100, debug, nameTable.length]
  const tableBytes = 64 * names.length
  const head = elfFixture({ type, sections: names.length })
  let at = head.length + (isTableFirst ? tableBytes : 0)
  const table = Buffer.alloc(tableBytes)
  let nameAt = 0
  for (const [index, name] of names.entries()) {
    table.writeUInt32LE(nameAt, index * 64)
    table.writeUInt32LE([0, 1, 2, 3, 1, 3][index] ?? 0, index * 64 + 4)
    table.writeBigUInt64LE(name === '.text' ? 2n : 0n, index * 64 + 8)
    table.writeBigUInt64LE(BigInt(at), index * 64 + 24)
    table.writeBigUInt64LE(BigInt(sizes[index] ?? 0), index * 64 + 32)
    table.writeUInt32LE(name === '.symtab' ? 3 : 0, index * 64 + 40)
    at += sizes[index] ?? 0
    nameAt += name.length + 1
  }
  const content = Buffer.concat([...sizes.slice(0, 5).map(size => Buffer.alloc(size, 'x')), nameTable])
  head.writeBigUInt64LE(BigInt(isTableFirst ? head.length : head.length + content.length), 40)
  head.writeUInt16LE(64, 58)
  head.writeUInt16LE(names.length - 1, 62)
  return Buffer.concat(isTableFirst ? [head, table, content] : [head, content, table])
}
