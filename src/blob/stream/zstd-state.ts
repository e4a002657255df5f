import {
  type BlockHeads,
  blockHeads,
  type CodeSource,
  type Distances,
  distancesAfter,
  FIRST_DISTANCES,
  huffmanEnd,
  literalsOf,
  PREDEFINED,
  UNKNOWN_DISTANCES,
} from './zstd-block.ts'
import { readFseCounts } from './zstd-fse.ts'

/** Compressed blocks that are held, and their bytes: many times more than it takes to know the distances again. */
const [MOST_HELD, MOST_BYTES] = [4096, 1024 * 1024]

/** A code that is to be repeated, or why it cannot be: 'unknown' comes from a block that was not looked at. */
type Code = CodeSource | 'unset' | 'unknown'

/** A decoder's memory between two blocks, besides the bytes before them. */
export type DecoderState = {
  /** The head of a dictionary that puts a decoder into this state: tables and distances, in the form of RFC 8878, 5. */
  readonly head: Buffer
  /** Codes that the head does not have: the next block that has sequences must bring its own. */
  readonly open: readonly boolean[]
  /** The same of the Huffman table. */
  readonly openHuffman: boolean
}

/**
 * Follows the memory of a decoder through the blocks of a frame, as far as it takes to start another one between two of them. Blocks are held
 * while they are few; their sequences are read only where a state is asked for, those of the last blocks.
 */
export class ZstdState {
  #huffman: Buffer | 'unset' | 'unknown' = 'unset'
  #codes: readonly [Code, Code, Code] = ['unset', 'unset', 'unset']
  #distances: Distances = FIRST_DISTANCES
  #held: Buffer[] = []
  #bytes = 0
  #lost = false
  /** The Huffman table that the last block with one brought, of those that are not held too. */
  #table: Buffer | 'unset' | 'unknown' = 'unset'

  /** `head`: of the dictionary that the decoder began with (`DecoderState`), where it did not begin with the frame. */
  constructor(head?: Buffer) {
    if (head === undefined) return
    const tables = huffmanEnd(head, DICTIONARY.length)
    const described = (at: number) => ({ described: head.subarray(at, readFseCounts(head, at).end) })
    const offsets = described(tables)
    const matches = described(tables + offsets.described.length)
    const literals = described(tables + offsets.described.length + matches.described.length)
    this.#huffman = head.subarray(DICTIONARY.length, tables)
    this.#table = this.#huffman
    this.#codes = [literals, offsets, matches]
    const distances = head.subarray(-DISTANCES)
    this.#distances = [distances.readUInt32LE(0), distances.readUInt32LE(4), distances.readUInt32LE(8)]
  }

  /** Whether blocks are held: since the state was known last, or because `begin` asked for it. */
  get holds(): boolean {
    return !this.#lost
  }

  /** Nothing is known of the blocks before; those from here on are held. */
  begin(): void {
    this.#forget()
    this.#lost = false
  }

  /**
   * The first bytes of every compressed block, at most `BLOCK_START` of them, also of blocks that are not held: of noise with little text
   * few blocks bring a Huffman table, and those behind may repeat it (RFC 8878, 3.1.1.3.1).
   */
  meet(start: Buffer): void {
    try {
      this.#table = literalsOf(start).huffman ?? this.#table
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#table = 'unknown'
    }
  }

  /** A compressed block, whole; kept. */
  add(block: Buffer): void {
    if (this.#lost) return
    this.#held.push(block)
    this.#bytes += block.length
    if (this.#held.length <= MOST_HELD && this.#bytes <= MOST_BYTES) return
    this.#forget()
    this.#lost = true
  }

  /**
   * The state behind the last block; undefined where the held blocks do not tell it, or are damaged. A dictionary must have the bytes that
   * its distances lead to: `window` of them.
   */
  after(window: number): DecoderState | undefined {
    if (this.#lost) return undefined
    try {
      this.#settle()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.begin()
    }
    if (!this.#distances.every(distance => distance >= 1 && distance <= window)) return undefined
    const huffman = Buffer.isBuffer(this.#huffman) ? this.#huffman : ANY_HUFFMAN
    const codes = this.#codes.map((code, index) => dictionaryCode(code, PREDEFINED[index] ?? EMPTY))
    const [literals = EMPTY, offsets = EMPTY, matches = EMPTY] = codes
    const distances = Buffer.alloc(DISTANCES)
    for (const [index, distance] of this.#distances.entries()) distances.writeUInt32LE(distance, index * 4)
    return {
      head: Buffer.concat([DICTIONARY, huffman, offsets, matches, literals, distances]),
      open: this.#codes.map(code => code === 'unknown' || isSymbol(code)),
      openHuffman: this.#huffman === 'unknown',
    }
  }

  /** Takes the held blocks in. */
  #settle(): void {
    const read = this.#held.map(block => {
      const heads = blockHeads(block)
      this.#huffman = heads.huffman ?? this.#huffman
      const [literals, offsets, matches] = heads.codes ?? []
      this.#codes = [literals ?? this.#codes[0], offsets ?? this.#codes[1], matches ?? this.#codes[2]]
      return { block, heads, codes: this.#codes }
    })
    this.#distances = latestDistances(read, this.#distances)
    this.#held = []
    this.#bytes = 0
  }

  #forget(): void {
    this.#held = []
    this.#bytes = 0
    this.#huffman = this.#table
    this.#codes = ['unknown', 'unknown', 'unknown']
    this.#distances = UNKNOWN_DISTANCES
  }
}

type ReadBlock = { readonly block: Buffer; readonly heads: BlockHeads; readonly codes: readonly [Code, Code, Code] }

/** From the last block alone where it tells, else from the last two, and so on. */
function latestDistances(blocks: readonly ReadBlock[], before: Distances): Distances {
  for (let first = blocks.length - 1; first > 0; first = Math.min(first - 1, 2 * first - blocks.length)) {
    const found = distancesOver(blocks.slice(first), UNKNOWN_DISTANCES)
    if (!found.some(Number.isNaN)) return found
  }
  return distancesOver(blocks, before)
}

function distancesOver(blocks: readonly ReadBlock[], before: Distances): Distances {
  return blocks.reduce((distances, { block, heads, codes: [literals, offsets, matches] }) => {
    if (heads.sequences === 0) return distances
    if (!isKnown(literals) || !isKnown(offsets) || !isKnown(matches)) return UNKNOWN_DISTANCES
    return distancesAfter(block, heads, [literals, offsets, matches], distances)
  }, before)
}

function isKnown(code: Code): code is CodeSource {
  return code !== 'unset' && code !== 'unknown'
}

function isSymbol(code: Code): boolean {
  return typeof code === 'object' && 'symbol' in code
}

/** A dictionary has no way to say "one symbol", and must say something. */
function dictionaryCode(code: Code, predefined: Buffer): Buffer {
  return typeof code === 'object' && 'described' in code ? code.described : predefined
}

const EMPTY = Buffer.alloc(0)
/** The bytes of a block that hold its Huffman table, if it has one: the head of its literals, and a table of at most 129. */
export const BLOCK_START = 5 + 129
/** Magic number and an identifier, which no frame asks for. */
const DICTIONARY = Buffer.from('37a430ec01000000', 'hex')
/** Bytes of the three distances, at the end of the head. */
const DISTANCES = 12
/** Two symbols of one bit each: a dictionary must have a table. */
const ANY_HUFFMAN = Buffer.from('8010', 'hex')

/** Whether a block repeats a code that a state does not have; one that is damaged may. */
export function repeatsOpen(
  block: Buffer,
  { open, openHuffman }: Pick<DecoderState, 'open' | 'openHuffman'>,
): 'yes' | 'no' | 'later' {
  const heads = headsOf(block)
  if (heads === undefined) return 'yes'
  const treeless = ((block[0] ?? 0) & 3) === 3
  const { huffman, codes } = heads
  if (openHuffman && treeless) return 'yes'
  if (codes?.some((code, index) => code === undefined && open[index])) return 'yes'
  const settled = (!openHuffman || huffman !== undefined) && (codes !== undefined || !open.includes(true))
  return settled ? 'no' : 'later'
}

function headsOf(block: Buffer): BlockHeads | undefined {
  try {
    return blockHeads(block)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return undefined
  }
}
