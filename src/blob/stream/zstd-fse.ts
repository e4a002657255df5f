/** How likely each symbol of an FSE code is (RFC 8878, 4.1): a table, and where its description ends in the bytes it was read from. */
export type FseCounts = { readonly log: number; readonly counts: readonly number[]; readonly end: number }

const [LEAST_LOG, MOST_LOG, MOST_SYMBOLS] = [5, 9, 64]

/** Reads the description of a table from `at` on. @throws RangeError where it is none */
export function readFseCounts(bytes: Buffer, at: number): FseCounts {
  let bit = at * 8
  const peek = (count: number) => wordAt(bytes, bit) & ((1 << count) - 1)
  const take = (count: number) => {
    const value = peek(count)
    bit += count
    return value
  }
  const log = take(4) + LEAST_LOG
  if (log > MOST_LOG) throw new RangeError('the table of a code is too large')
  const counts: number[] = []
  for (let left = 1 << log; left > 0; ) {
    if (counts.length >= MOST_SYMBOLS || bit > bytes.length * 8) throw new RangeError('the table of a code does not end')
    const bits = 32 - Math.clz32(left + 1)
    const half = (1 << (bits - 1)) - 1
    const spare = (1 << bits) - 2 - left
    const low = peek(bits - 1)
    const value = low < spare ? low : peek(bits)
    bit += low < spare ? bits - 1 : bits
    const count = (low < spare || value <= half ? value : value - spare) - 1
    counts.push(count)
    left -= Math.abs(count)
    if (count !== 0) continue
    for (let zeros = 3; zeros === 3; ) {
      zeros = take(2)
      for (let index = 0; index < zeros; index++) counts.push(0)
    }
  }
  return { log, counts, end: (bit + 7) >> 3 }
}

/** For each state of a code: its symbol, and how the next state is made: from so many bits, added to a base. */
export type FseTable = {
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

export function fseTable({ log, counts }: Pick<FseCounts, 'log' | 'counts'>): FseTable {
  const size = 1 << log
  const symbols = new Uint8Array(size)
  let top = size
  // Symbols that are less likely than one state in all have one at the end.
  for (const [symbol, count] of counts.entries()) if (count === -1) symbols[--top] = symbol
  const step = (size >> 1) + (size >> 3) + 3
  let place = 0
  for (const [symbol, count] of counts.entries()) {
    for (let index = 0; index < count; index++) {
      symbols[place] = symbol
      do place = (place + step) & (size - 1)
      while (place >= top)
    }
  }
  const next = counts.map(count => Math.abs(count))
  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  for (const [state, symbol] of symbols.entries()) {
    const value = next[symbol] ?? 1
    next[symbol] = value + 1
    bits[state] = log - (31 - Math.clz32(value))
    bases[state] = (value << (bits[state] ?? 0)) - size
  }
  return { log, symbols, bits, bases }
}

/** The table of one symbol that takes no bits. */
export function singleSymbol(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) }
}

/** Bits that are read from the end of a stretch to its start; the highest bit that is set there says where they begin. */
export class BackwardBits {
  readonly #bytes: Buffer
  readonly #start: number
  #at: number

  /** @throws RangeError where there is no such bit */
  constructor(bytes: Buffer, start: number, end: number) {
    const last = end > start ? (bytes[end - 1] ?? 0) : 0
    if (last === 0) throw new RangeError('the bits have no end')
    this.#bytes = bytes
    this.#start = start * 8
    this.#at = end * 8 - 1 - (Math.clz32(last) - 24)
  }

  /** 31 at most. Gives zeros before the start. */
  read(count: number): number {
    if (count > 16) {
      const high = this.read(count - 16)
      return high * 65_536 + this.read(16)
    }
    this.#at -= count
    return this.#at < this.#start ? 0 : wordAt(this.#bytes, this.#at) & ((1 << count) - 1)
  }

  /** Whether more was read than there is. */
  get over(): boolean {
    return this.#at < this.#start
  }
}

/** The 24 bits from `bit` on, and some. */
function wordAt(bytes: Buffer, bit: number): number {
  const at = bit >> 3
  const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
  return word >>> (bit & 7)
}
