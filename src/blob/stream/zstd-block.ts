import { BackwardBits, type FseTable, fseTable, readFseCounts, singleSymbol } from './zstd-fse.ts'

/** The description of a code of a block's sequences: the bytes of its table, one symbol, or neither, for the standard's own table. */
export type CodeSource = { readonly described: Buffer } | { readonly symbol: number } | 'predefined'

/** Of the codes of sequences, in the order in which a block has them. */
type ForEachCode<Value> = readonly [literals: Value, offsets: Value, matches: Value]

/** The parts of a compressed block before its sequences (RFC 8878, 3.1.1.3). Undefined: as in the block before. */
export type BlockHeads = {
  /** The description of a Huffman table. */
  readonly huffman: Buffer | undefined
  /** Undefined where the block has no sequences, and no codes for them. */
  readonly codes: ForEachCode<CodeSource | undefined> | undefined
  readonly sequences: number
  /** Where in the block the bits of the sequences begin. */
  readonly bits: number
}

/** @throws RangeError where the block is damaged */
export function blockHeads(block: Buffer): BlockHeads {
  const { huffman, end } = literalsOf(block)
  const { sequences, at } = sequenceCount(block, end)
  if (sequences === 0) return { huffman, codes: undefined, sequences, bits: at }
  const modes = byteAt(block, at)
  let next = at + 1
  const codeOf = (mode: number): CodeSource | undefined => {
    if (mode === 0) return 'predefined'
    if (mode === 1) return { symbol: byteAt(block, next++) }
    if (mode === 3) return undefined
    const start = next
    next = readFseCounts(block, start).end
    return { described: Buffer.from(block.subarray(start, next)) }
  }
  // In the order in which their tables lie.
  const codes = [codeOf(modes >> 6), codeOf((modes >> 4) & 3), codeOf((modes >> 2) & 3)] as const
  return { huffman, codes, sequences, bits: next }
}

/** The Huffman table that a block brings, and where its literals end; of its first bytes too. @throws RangeError where it is damaged */
export function literalsOf(block: Buffer): { readonly huffman: Buffer | undefined; readonly end: number } {
  const first = byteAt(block, 0)
  const [kind, format] = [first & 3, (first >> 2) & 3]
  if (kind < 2) {
    const head = format === 1 ? 2 : format === 3 ? 3 : 1
    const size = head === 1 ? first >> 3 : block.readUIntLE(0, head) >> 4
    return { huffman: undefined, end: head + (kind === 1 ? 1 : size) }
  }
  const head = format < 2 ? 3 : format + 2
  const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18
  const size = Math.floor(block.readUIntLE(0, head) / 2 ** (4 + sizeBits))
  const huffman = kind === 3 ? undefined : Buffer.from(block.subarray(head, huffmanEnd(block, head)))
  return { huffman, end: head + size }
}

/** Where the description of a Huffman table ends that begins at `at`. */
export function huffmanEnd(bytes: Buffer, at: number): number {
  const weights = byteAt(bytes, at)
  // Below 128 it is the size of what describes the weights of symbols, else their count, two to a byte.
  return at + 1 + (weights < 128 ? weights : (weights - 126) >> 1)
}

function sequenceCount(block: Buffer, at: number): { readonly sequences: number; readonly at: number } {
  const first = byteAt(block, at)
  if (first < 128) return { sequences: first, at: at + 1 }
  if (first < 255) return { sequences: ((first - 128) << 8) + byteAt(block, at + 1), at: at + 2 }
  return { sequences: block.readUInt16LE(at + 1) + 0x7f00, at: at + 3 }
}

function byteAt(block: Buffer, at: number): number {
  const byte = block[at]
  if (byte === undefined) throw new RangeError('a block is cut short')
  return byte
}

/** The three distances that a sequence may repeat, the latest first; NaN where one is not known. */
export type Distances = readonly [number, number, number]

/** At the start of a frame (RFC 8878, 3.1.1.5). */
export const FIRST_DISTANCES: Distances = [1, 4, 8]
export const UNKNOWN_DISTANCES: Distances = [Number.NaN, Number.NaN, Number.NaN]

/**
 * The distances that can be repeated after a block, from those before it: its sequences are read, nothing is copied.
 * `codes`: of the block, or of a block before it. @throws RangeError where the block is damaged
 */
export function distancesAfter(
  block: Buffer,
  { sequences, bits: start }: Pick<BlockHeads, 'sequences' | 'bits'>,
  codes: ForEachCode<CodeSource>,
  before: Distances,
): Distances {
  const bits = new BackwardBits(block, start, block.length)
  const [literals, offsets, matches] = [tableOf(codes[0], 0), tableOf(codes[1], 1), tableOf(codes[2], 2)]
  let literal = bits.read(literals.log)
  let offset = bits.read(offsets.log)
  let match = bits.read(matches.log)
  let distances = before
  for (let index = 0; index < sequences; index++) {
    const offsetBits = offsets.symbols[offset] ?? 0
    if (offsetBits > 31 || bits.over) throw new RangeError('the sequences of a block are damaged')
    const value = 2 ** offsetBits + bits.read(offsetBits)
    bits.read(MATCH_BITS[matches.symbols[match] ?? 0] ?? 0)
    const literalCode = literals.symbols[literal] ?? 0
    bits.read(LITERAL_BITS[literalCode] ?? 0)
    distances = nextDistances(distances, value, literalCode === 0)
    if (index + 1 === sequences) break
    literal = nextState(literals, literal, bits)
    match = nextState(matches, match, bits)
    offset = nextState(offsets, offset, bits)
  }
  return distances
}

function nextState({ bases, bits }: FseTable, state: number, from: BackwardBits): number {
  return (bases[state] ?? 0) + from.read(bits[state] ?? 0)
}

/** Values up to 3 repeat a distance; without literals before the match they mean the next older one, 3 one less than the latest. */
function nextDistances(before: Distances, value: number, withoutLiterals: boolean): Distances {
  const [first, second, third] = before
  if (value > 3) return [value - 3, first, second]
  const which = withoutLiterals ? value + 1 : value
  if (which === 1) return before
  if (which === 2) return [second, first, third]
  return [which === 3 ? third : first - 1, first, second]
}

function tableOf(source: CodeSource, code: 0 | 1 | 2): FseTable {
  if (source !== 'predefined' && 'symbol' in source) return singleSymbol(source.symbol)
  return fseTable(readFseCounts(source === 'predefined' ? PREDEFINED[code] : source.described, 0))
}

/** The standard's own tables (RFC 8878, 3.1.1.3.2.2), described as a block would describe them. */
export const PREDEFINED: ForEachCode<Buffer> = [
  Buffer.from('5110638c31c618630c21c4186366668646920400', 'hex'),
  Buffer.from('2084104266464444444424490200', 'hex'),
  Buffer.from('2114c418638c2184104208218410420821444444444444444424090000', 'hex'),
]

const LITERAL_BITS = Uint8Array.from([...Array(16).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
const MATCH_BITS = Uint8Array.from([
  ...Array(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
])
