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
