import { crc32Forward } from './bzip2-checksum.ts'

/** Bits of a buffer, most significant first. Reading past its end throws `RangeError`. */
export class BitReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  /** Bits passed. */
  at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#end = end * 8
    this.at = start * 8
  }

  /** The next `count` bits, 24 at most. */
  read(count: number): number {
    const bits = this.peek(count)
    this.skip(count)
    return bits
  }

  /** The next `count` bits, 24 at most, without passing them; zeros behind the end. */
  peek(count: number): number {
    const byte = this.at >> 3
    const bytes = this.#bytes
    const word =
      ((bytes[byte] ?? 0) << 24) | ((bytes[byte + 1] ?? 0) << 16) | ((bytes[byte + 2] ?? 0) << 8) | (bytes[byte + 3] ?? 0)
    return (word << (this.at & 7)) >>> (32 - count)
  }

  skip(count: number): void {
    this.at += count
    if (this.at > this.#end) throw new RangeError('the bits end')
  }
}

/** Bytes of a block before its runs are spelled out, for each level of bzip2. */
export const BLOCK_UNIT = 100_000
const GROUP = 50
const LONGEST_CODE = 20
const RUN_A = 0
const RUN_B = 1

/** One block, decoded: its bytes are chained in the order of the text they are. */
export type Block = {
  /** For each byte the position of the next one, shifted by eight, and in the low bits the byte. */
  readonly chain: Uint32Array
  readonly length: number
  readonly start: number
}

/**
 * Reads a block behind its magic number and checksum: symbols by up to six Huffman tables, move to front, and the inverse of the
 * Burrows-Wheeler transform (bzip2 1.0.8, decompress.c). `chain` has room for the largest block of the stream.
 * @throws Error what is wrong with it, `RangeError` where the bits end
 */
export function readBlock(bits: BitReader, chain: Uint32Array): Block {
  if (bits.read(1) === 1) throw new Error('it is randomised, as only versions before 0.9.5 wrote')
  const start = bits.read(24)
  const used = usedBytes(bits)
  const alphabet = used.length + 2
  const groups = bits.read(3)
  const selectorCount = bits.read(15)
  if (groups < 2 || groups > 6 || selectorCount < 1 || used.length === 0) throw new Error('its tables are invalid')
  const selectors = readSelectors(bits, groups, selectorCount)
  const tables = Array.from({ length: groups }, () => readTable(bits, alphabet))
  const counts = new Uint32Array(256)
  const length = readSymbols(bits, { selectors, tables, used, chain, counts })
  if (start >= length) throw new Error('its start lies outside of it')
  invert(chain, counts, length)
  return { chain, length, start }
}

function usedBytes(bits: BitReader): Uint8Array {
  const sixteens = bits.read(16)
  const used: number[] = []
  for (let high = 0; high < 16; high++) {
    if ((sixteens & (0x8000 >> high)) === 0) continue
    const low = bits.read(16)
    for (let bit = 0; bit < 16; bit++) if ((low & (0x8000 >> bit)) !== 0) used.push(high * 16 + bit)
  }
  return Uint8Array.from(used)
}

function readSelectors(bits: BitReader, groups: number, count: number): Uint8Array {
  const order = Uint8Array.from({ length: groups }, (_, index) => index)
  const selectors = new Uint8Array(count)
  for (let index = 0; index < count; index++) {
    let place = 0
    while (bits.read(1) === 1) if (++place >= groups) throw new Error('a selector is invalid')
    selectors[index] = toFront(order, place)
  }
  return selectors
}

/** Codes of one length follow each other: `limit` is the last of a length, `base` leads from a code to its place in `symbols`. */
type Table = { readonly limit: Int32Array; readonly base: Int32Array; readonly symbols: Uint16Array; readonly shortest: number }

function readTable(bits: BitReader, alphabet: number): Table {
  const lengths = new Uint8Array(alphabet)
  let length = bits.read(5)
  for (let symbol = 0; symbol < alphabet; symbol++) {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1
    if (length < 1 || length > LONGEST_CODE) throw new Error('the length of a code is invalid')
    lengths[symbol] = length
  }
  const counts = new Int32Array(LONGEST_CODE + 2)
  for (const each of lengths) counts[each] = (counts[each] ?? 0) + 1
  const symbols = new Uint16Array(alphabet)
  const limit = new Int32Array(LONGEST_CODE + 2).fill(-1)
  const base = new Int32Array(LONGEST_CODE + 2)
  let [code, filled] = [0, 0]
  for (let bit = 1; bit <= LONGEST_CODE; bit++) {
    for (let symbol = 0; symbol < alphabet; symbol++) if (lengths[symbol] === bit) symbols[filled++] = symbol
    const count = counts[bit] ?? 0
    base[bit] = filled - count - code
    code += count
    if (count > 0) limit[bit] = code - 1
    code <<= 1
  }
  return { limit, base, symbols, shortest: Math.min(...lengths) }
}

type Symbols = {
  readonly selectors: Uint8Array
  readonly tables: readonly Table[]
  readonly used: Uint8Array
  readonly chain: Uint32Array
  readonly counts: Uint32Array
}

/** Fills `chain` with the bytes of the block's last column and counts them. Answers how many there are. */
function readSymbols(bits: BitReader, { selectors, tables, used, chain, counts }: Symbols): number {
  const end = used.length + 1
  let [length, run, weight] = [0, 0, 1]
  const append = (byte: number, count: number) => {
    if (count > chain.length - length) throw new Error('it is longer than its stream allows')
    counts[byte] = (counts[byte] ?? 0) + count
    if (count === 1) chain[length] = byte
    else chain.fill(byte, length, length + count)
    length += count
  }
  for (let read = 0; ; read++) {
    const table = tables[selectors[Math.floor(read / GROUP)] ?? -1]
    if (table === undefined) throw new Error('it has too few selectors')
    const symbol = readSymbol(bits, table)
    if (symbol === RUN_A || symbol === RUN_B) {
      run += weight << symbol
      weight *= 2
      if (run > chain.length) throw new Error('a run is too long')
      continue
    }
    if (run > 0) append(used[0] ?? 0, run)
    run = 0
    weight = 1
    if (symbol === end) return length
    append(toFront(used, symbol - 1), 1)
  }
}

function readSymbol(bits: BitReader, { limit, base, symbols, shortest }: Table): number {
  const ahead = bits.peek(LONGEST_CODE)
  for (let length = shortest; length <= LONGEST_CODE; length++) {
    const code = ahead >>> (LONGEST_CODE - length)
    if (code > (limit[length] ?? -1)) continue
    const symbol = symbols[code + (base[length] ?? 0)]
    if (symbol === undefined) break
    bits.skip(length)
    return symbol
  }
  throw new Error('a code is invalid')
}

/** Moves the element at a place of a list to its front. */
function toFront(list: Uint8Array, place: number): number {
  const value = list[place] ?? 0
  for (let at = place; at > 0; at--) list[at] = list[at - 1] ?? 0
  list[0] = value
  return value
}

/** Links the bytes, which are those of the last column, to the text. */
function invert(chain: Uint32Array, counts: Uint32Array, length: number): void {
  let sum = 0
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] ?? 0
    counts[byte] = sum
    sum += count
  }
  for (let at = 0; at < length; at++) {
    const byte = (chain[at] ?? 0) & 0xff
    const to = counts[byte] ?? 0
    counts[byte] = to + 1
    chain[to] = ((chain[to] ?? 0) & 0xff) | (at << 8)
  }
}

/**
 * The bytes of a block with their runs spelled out: four equal ones are followed by how many more there are. Answers their checksum.
 */
export function writeBlock({ chain, length, start }: Block, write: (byte: number, count: number) => void): number {
  let checksum = 0xffffffff
  let next = (chain[start] ?? 0) >>> 8
  let [before, equal] = [-1, 0]
  for (let done = 0; done < length; done++) {
    const link = chain[next] ?? 0
    const byte = link & 0xff
    next = link >>> 8
    const isCount = equal === 4
    const count = isCount ? byte : 1
    const written = isCount ? before : byte
    if (isCount) equal = 0
    else if (byte === before) equal++
    else equal = 1
    before = isCount ? -1 : byte
    for (let index = 0; index < count; index++) checksum = crc32Forward(checksum, written)
    if (count > 0) write(written, count)
  }
  return ~checksum >>> 0
}
