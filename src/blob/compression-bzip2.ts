import { reasonOf } from '../error.ts'
import { ChunkedOutput } from './compression-output.ts'
import type { AccessPoint, Inflater, InflaterOptions } from './inflater.ts'
import { BitReader, BLOCK_UNIT, readBlock, writeBlock } from './stream/bzip2-block.ts'

const HEADER_BYTES = 4
/** "1AY&SY" and the digits of the root of pi: a block begins, a stream ends. */
const BLOCK_MAGIC = '314159265359'
const END_MAGIC = '177245385090'
/** Bytes that a block can take at most: 900,000 symbols of 20 bits, its tables and 32,767 selectors. */
const LARGEST_BLOCK = 2_400_000
/** Share that is asked for beyond a size that was enough before, or was not. */
const MORE = 1.1
const LITTLE = 16 * 1024
/** Bytes beyond this times the compressed bytes, and some for small ones, are not inflated: a block of 40 bytes may say 46 MB. */
const LARGEST_RATIO = 2000
const RATIO_FREE = 64 * 1024 * 1024

class TooMuch extends Error {}

/**
 * bzip2 with any number of streams, as `bzip2`, `pbzip2` and `lbzip2` write them. Docker loads archives and layers packed so. How
 * long a block is shows only when it is decoded, so it is tried once about as many bytes are here as the one before had, and again
 * with more where that was too early.
 */
export class Bzip2Inflater implements Inflater {
  readonly accessPoints: readonly AccessPoint[] = []
  readonly #chunks: ChunkedOutput
  readonly #diagnostic: InflaterOptions['diagnostic']
  #held = Buffer.allocUnsafeSlow(2 * LARGEST_BLOCK)
  #from = 0
  #to = 0
  /** Bits of the first byte that are passed. */
  #bit = 0
  #passed = 0
  /** Bytes that must be here for the next step to be tried. */
  #enough = HEADER_BYTES
  #finishing = false
  #chain: Uint32Array | undefined
  #checksum = 0
  #streams = 0
  #ended = false

  constructor(options: InflaterOptions) {
    this.#chunks = new ChunkedOutput(options)
    this.#diagnostic = options.diagnostic
  }

  push(input: Buffer): void {
    for (let at = 0; at < input.length && !this.#ended; ) {
      if (this.#to === this.#held.length) this.#compact()
      const copied = input.copy(this.#held, this.#to, at)
      at += copied
      this.#to += copied
      while (!this.#ended && this.#to - this.#from >= this.#enough && this.#step());
    }
  }

  finish(): void {
    this.#finishing = true
    while (!this.#ended && this.#to > this.#from && this.#step());
    if (!this.#ended && this.#chain !== undefined) this.#fail('the bzip2 stream is cut short')
    this.#chunks.flush()
  }

  [Symbol.dispose](): void {
    this.#held = Buffer.alloc(0)
  }

  #compact(): void {
    this.#held.copyWithin(0, this.#from, this.#to)
    this.#to -= this.#from
    this.#from = 0
  }

  /** The header of a stream, a block or an end; false where nothing more is to be had. */
  #step(): boolean {
    const bits = new BitReader(this.#held, this.#from, this.#to)
    bits.at += this.#bit
    try {
      if (this.#chain === undefined) return this.#beginStream(bits)
      const magic = bits.read(24).toString(16).padStart(6, '0') + bits.read(24).toString(16).padStart(6, '0')
      if (magic === END_MAGIC) this.#endStream(bits)
      else if (magic === BLOCK_MAGIC) this.#block(bits, this.#chain)
      else throw new Error('no block begins where one should')
      return true
    } catch (thrown) {
      const cut = thrown instanceof RangeError
      const here = this.#to - this.#from
      if (cut && !this.#finishing && here < LARGEST_BLOCK) {
        this.#enough = Math.min(LARGEST_BLOCK, Math.ceil(here * MORE) + LITTLE)
        return false
      }
      if (cut) this.#fail('the bzip2 stream is cut short')
      else if (thrown instanceof TooMuch)
        this.#fail(`the bzip2 stream holds more than ${LARGEST_RATIO} times its size; unpack it with bunzip2 and read that`)
      else this.#fail(`the bzip2 stream is damaged at or after byte ${this.#passed} (${reasonOf(thrown)})`)
      return false
    }
  }

  #beginStream(bits: BitReader): boolean {
    if (this.#to - this.#from < HEADER_BYTES) return this.#endWith()
    const header = this.#held.toString('latin1', this.#from, this.#from + HEADER_BYTES)
    const level = /^BZh([1-9])$/.exec(header)?.[1]
    if (level === undefined) return this.#endWith()
    this.#chain = new Uint32Array(Number(level) * BLOCK_UNIT)
    this.#checksum = 0
    this.#enough = 0
    this.#streams++
    bits.skip(HEADER_BYTES * 8)
    this.#pass(bits)
    return true
  }

  #block(bits: BitReader, chain: Uint32Array): void {
    const announced = checksumOf(bits)
    const block = readBlock(bits, chain)
    this.#enough = Math.ceil(((bits.at >> 3) - this.#from) * MORE)
    this.#pass(bits)
    const actual = writeBlock(block, (byte, count) => this.#write(byte, count))
    if (actual !== announced) throw new Error('the checksum of a block is another')
    this.#checksum = ((this.#checksum << 1) | (this.#checksum >>> 31)) ^ actual
  }

  #write(byte: number, count: number): void {
    const chunks = this.#chunks
    for (let left = count; left > 0; ) {
      const { buffer, end } = chunks
      const fits = Math.min(left, buffer.length - end)
      if (fits === 1) buffer[end] = byte
      else buffer.fill(byte, end, end + fits)
      chunks.advance(fits)
      left -= fits
    }
    if (chunks.total > RATIO_FREE && chunks.total > this.#passed * LARGEST_RATIO) throw new TooMuch()
  }

  #endStream(bits: BitReader): void {
    const announced = checksumOf(bits)
    if (announced !== this.#checksum >>> 0) throw new Error('the checksum of the stream is another')
    this.#chain = undefined
    this.#enough = HEADER_BYTES
    bits.at = Math.ceil(bits.at / 8) * 8
    this.#pass(bits)
  }

  #pass(bits: BitReader): void {
    this.#passed += (bits.at >> 3) - this.#from
    this.#from = bits.at >> 3
    this.#bit = bits.at & 7
  }

  /** Handles the bytes after the last stream. */
  #endWith(): false {
    if (this.#streams === 0) {
      this.#fail('it is no bzip2 stream')
      return false
    }
    this.#ended = true
    const message = `After its last bzip2 stream, at byte ${this.#passed}, the blob has bytes that are not bzip2: ignored`
    this.#diagnostic({ code: 'BZIP2_TRAILING_GARBAGE', severity: 'warning', message })
    return false
  }

  #fail(why: string): void {
    this.#ended = true
    this.#diagnostic({ code: 'COMPRESSION_DAMAGED', severity: 'error', message: `Cannot inflate all of the blob: ${why}` })
  }
}

function checksumOf(bits: BitReader): number {
  return bits.read(16) * 0x10000 + bits.read(16)
}
