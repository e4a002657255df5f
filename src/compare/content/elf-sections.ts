/** One section of an ELF file: its bytes, none for what only memory has (`.bss`). */
export type ElfSection = { readonly name: string; readonly offset: number; readonly size: number; readonly bytes: Buffer }

const MOST_SECTIONS = 4096
const NOBITS = 8

/** The named sections in order (System V gABI, chapter 4); undefined for what is no ELF file or is cut off. */
export function elfSections(bytes: Buffer): readonly ElfSection[] | undefined {
  if (bytes.length < 64 || bytes.toString('latin1', 0, 4) !== '\x7fELF') return undefined
  const [wide, little] = [bytes[4] === 2, bytes[5] !== 2]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const half = (at: number) => view.getUint16(at, little)
  const word = (at: number) => view.getUint32(at, little)
  const address = (at: number) => (wide ? Number(view.getBigUint64(at, little)) : word(at))
  const [table, size, count, names] = wide
    ? [address(40), half(58), half(60), half(62)]
    : [address(32), half(46), half(48), half(50)]
  const least = wide ? 64 : 40
  if (size < least || count > MOST_SECTIONS || table + count * size > bytes.length) return undefined
  const headers = Array.from({ length: count }, (_, index) => {
    const at = table + index * size
    const [offset, length] = wide ? [address(at + 24), address(at + 32)] : [word(at + 16), word(at + 20)]
    return { name: word(at), type: word(at + 4), offset, length }
  })
  const texts = headers[names]
  if (texts === undefined) return []
  const textOf = (index: number) => {
    const start = texts.offset + index
    const end = bytes.indexOf(0, start)
    return start >= bytes.length || end < 0 ? '' : bytes.toString('latin1', start, Math.min(end, start + 256))
  }
  return headers.flatMap(({ name, type, offset, length }) => {
    const text = textOf(name)
    if (text === '') return []
    return [
      {
        name: text,
        offset,
        size: length,
        bytes: type === NOBITS ? bytes.subarray(0, 0) : bytes.subarray(offset, offset + length),
      },
    ]
  })
}

/** The parts that name a build and nothing of what it does. */
const BUILD_SECTIONS = new Set(['.note.gnu.build-id', '.gnu_debuglink'])

/** The file with its build ID and the checksum of its debug information zero; undefined as `elfSections`. */
export function elfWithoutBuildId(bytes: Buffer): Buffer | undefined {
  const sections = elfSections(bytes)
  if (sections === undefined) return undefined
  const masked = Buffer.from(bytes)
  for (const { name, offset, bytes: content } of sections)
    if (BUILD_SECTIONS.has(name)) masked.fill(0, offset, Math.min(masked.length, offset + content.length))
  return masked
}
