export type DynamicElf = { readonly interpreter?: string; readonly needed?: readonly string[] }

/** A small 64-bit little-endian ELF file with a dynamic section (System V gABI): what a loader would look at, and nothing to run. */
export function dynamicElfFixture({ interpreter, needed = [] }: DynamicElf): Buffer {
  const strings = ['', ...needed].map(text => `${text}\0`)
  const table = Buffer.from(strings.join(''), 'latin1')
  const offsets = needed.map((_, index) => strings.slice(0, index + 1).join('').length)
  const path = Buffer.from(interpreter === undefined ? '' : `${interpreter}\0`, 'latin1')
  const programs = interpreter === undefined ? 2 : 3
  const [pathAt, tableAt] = [64 + programs * 56, 64 + programs * 56 + path.length]
  const dynamicAt = Math.ceil((tableAt + table.length) / 8) * 8
  const entries: readonly (readonly [tag: number, value: number])[] = [
    ...offsets.map(at => [1, at] as const),
    [5, BASE + tableAt],
    [0, 0],
  ]
  const size = dynamicAt + entries.length * 16
  const file = Buffer.alloc(size)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeUInt16LE(3, 16)
  file.writeUInt16LE(62, 18)
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(programs, 56)
  const program = (index: number, type: number, offset: number, length: number) => {
    const at = 64 + index * 56
    file.writeUInt32LE(type, at)
    file.writeBigUInt64LE(BigInt(offset), at + 8)
    file.writeBigUInt64LE(BigInt(BASE + offset), at + 16)
    file.writeBigUInt64LE(BigInt(length), at + 32)
  }
  program(0, 1, 0, size)
  program(1, 2, dynamicAt, entries.length * 16)
  if (interpreter !== undefined) program(2, 3, pathAt, path.length)
  path.copy(file, pathAt)
  table.copy(file, tableAt)
  entries.forEach(([tag, value], index) => {
    file.writeBigUInt64LE(BigInt(tag), dynamicAt + index * 16)
    file.writeBigUInt64LE(BigInt(value), dynamicAt + index * 16 + 8)
  })
  return file
}

/** Where the file is loaded: addresses are not offsets. */
const BASE = 0x400000
