import { constants, crc32, createDeflateRaw, createZstdCompress, deflateRawSync, type ZstdOptions } from 'node:zlib'
import { ImageError } from '../error.ts'
import type { Compression } from './media-type.ts'
import { NativeCodec } from './native-codec.ts'

/**
 * Compression in blocks that know nothing of each other, so that any number of threads gives the same bytes.
 *
 * gzip: one member; every block is deflated with the previous 32 KiB as its dictionary and ends at a byte boundary
 * (sync flush, as pigz does), so that the blocks can simply be joined; an incompressible block is stored. zstd: a frame for each block (as pzstd does):
 * the format joins frames, and its blocks refer to the frame's state, which cannot be handed on.
 */
export type BlockFormat = { readonly compression: Exclude<Compression, 'none'>; readonly level: number }

/** Bytes compressed at once. */
export type Block = {
  /** Up to `windowBytes` of what precedes the block, then the block. */
  readonly bytes: Uint8Array
  /** Where the block begins in `bytes`. */
  readonly start: number
  readonly last: boolean
}

/**
 * gzip: the fastest level whose result is no larger than what buildah writes; measured on four trees (Debian, node_modules, text,
 * binaries) it is 0.4 to 0.8 % smaller. zstd: the fastest whose result is smaller than gzip's, on all of them.
 */
const DEFAULT_LEVELS: Readonly<Record<BlockFormat['compression'], number>> = { gzip: 4, zstd: 2 }
const LEVELS: Readonly<Record<BlockFormat['compression'], readonly [least: number, most: number]>> = {
  gzip: [1, 9],
  zstd: [1, 19],
}

/** Bytes of a block: 1 MiB loses under 0.1 % of ratio in gzip; zstd has no dictionary between frames and takes 4 MiB. */
const BLOCK_BYTES: Readonly<Record<BlockFormat['compression'], number>> = { gzip: 1 << 20, zstd: 4 << 20 }
/** zstd looks back as far as a block: a tenth smaller where files are alike, and no slower. */
const ZSTD_WINDOW_LOG = Math.log2(BLOCK_BYTES.zstd)
/** By level: a table for the core's own cache, where zstd's own choice is larger and no better with such a window. */
const ZSTD_HASH_LOG: Readonly<Record<number, number>> = { 2: 15 }
const GZIP_WINDOW = 32 * 1024
/** Room that a block which cannot be compressed needs besides its own bytes, in either format. */
const SLACK_BYTES = 64 * 1024
/** RFC 1952: deflate, no flags, no time, no extra flags, unknown system: nothing of when or where it was made. */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)

export function blockBytes({ compression }: BlockFormat): number {
  return BLOCK_BYTES[compression]
}

/** The most that a compressed block of so many bytes takes. */
export function compressedLimit(bytes: number): number {
  return bytes + SLACK_BYTES
}

/** How much of what precedes a block its compression looks at. */
export function windowBytes({ compression }: BlockFormat): number {
  return compression === 'gzip' ? GZIP_WINDOW : 0
}

/**
 * A format with its level checked.
 * @throws ImageError `COMPRESSION_LEVEL_INVALID`
 */
export function blockFormat(compression: BlockFormat['compression'], level = DEFAULT_LEVELS[compression]): BlockFormat {
  const [least, most] = LEVELS[compression]
  if (Number.isInteger(level) && level >= least && level <= most) return { compression, level }
  throw new ImageError(
    'COMPRESSION_LEVEL_INVALID',
    `Cannot compress with ${compression} level ${level}: there is no such level`,
    {
      hint: `${compression} takes levels ${least} to ${most}.`,
    },
  )
}

/** Puts the compressed block, ready to be joined, into `output`, which has room for `compressedLimit`; how many bytes it is. */
export function compressBlock(block: Block, { compression, level }: BlockFormat, output: Uint8Array): number {
  if (compression === 'gzip') return deflateBlock(block, level, output)
  const bytes = block.bytes.subarray(block.start)
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 1,
    [constants.ZSTD_c_windowLog]: ZSTD_WINDOW_LOG,
    // 0 leaves the choice to zstd.
    [constants.ZSTD_c_hashLog]: ZSTD_HASH_LOG[level] ?? 0,
  }
  // Node 22.19 knows the size, its types do not.
  const options: ZstdOptions & { readonly pledgedSrcSize: number } = { params, pledgedSrcSize: bytes.length }
  return encode(createZstdCompress(options), bytes, output, 0, constants.ZSTD_e_end)
}

function deflateBlock({ bytes, start, last }: Block, level: number, output: Uint8Array): number {
  let end = 0
  for (const { from, to, stored } of stretchesOf(bytes, start)) {
    const final = last && to === bytes.length
    const stretch = bytes.subarray(from, to)
    if (stored) {
      end = writeStored(stretch, output, end, final)
      continue
    }
    const dictionary = bytes.subarray(Math.max(0, from - GZIP_WINDOW), from)
    const deflate = createDeflateRaw({ level, memLevel: 9, ...(from > 0 && { dictionary }) })
    end = encode(deflate, stretch, output, end, final ? constants.Z_FINISH : constants.Z_SYNC_FLUSH)
  }
  return end
}

/** Encodes `bytes` in one step, straight into `output` from `at` on; where the result ends. */
function encode(stream: { close(): void }, bytes: Uint8Array, output: Uint8Array, at: number, flush: number): number {
  using codec = new NativeCodec(stream)
  const error = codec.step(bytes, 0, bytes.length, output, at, flush)
  const end = at + codec.produced
  if (error === undefined && codec.consumed === bytes.length && end < output.length) return end
  throw new Error(error ?? 'a block became larger than it can')
}

/** The bytes before the first block and after the last one. */
export class BlockEnvelope {
  readonly #gzip: boolean
  #crc = 0
  #size = 0

  constructor({ compression }: BlockFormat) {
    this.#gzip = compression === 'gzip'
  }

  get head(): Uint8Array {
    return this.#gzip ? GZIP_HEADER : new Uint8Array(0)
  }

  /** Tells of the next block's plain bytes, in order. */
  update(block: Uint8Array): void {
    if (this.#gzip) this.#crc = crc32(block, this.#crc)
    this.#size += block.length
  }

  get tail(): Uint8Array {
    if (!this.#gzip) return new Uint8Array(0)
    const tail = Buffer.alloc(8)
    tail.writeUInt32LE(this.#crc, 0)
    tail.writeUInt32LE(this.#size % 2 ** 32, 4)
    return tail
  }
}

/** A part of a block: to be deflated, or to be stored as it is because deflating would only cost time. */
export type DeflatePart = { readonly from: number; readonly to: number; readonly stored: boolean }

/** Bytes that are probed to tell one kind of part from the other. */
const PIECE = 64 * 1024
/** Bytes counted of a piece: one run of so many in each stride, so that no regular structure hides between them. */
const [RUN, STRIDE] = [256, 4096]
const SAMPLE = (PIECE / STRIDE) * RUN
/**
 * The most that chi-square of the sample may be over that of random bytes (255): 250 is half a percent that a perfect code
 * without any repetition would gain.
 */
const MOST_EXCESS = 250
/** One piece in so many of a stored stretch is deflated after all, to see that nothing in it repeats. */
const PROBE_EVERY = 8
const LEAST_RATIO = 0.995

/**
 * Cuts `bytes[start, …)` into stretches. Bytes that are compressed or encrypted already cost deflate twice the time of others
 * and become no smaller: an eighth of what a Debian image holds. The cuts depend on the bytes alone.
 */
export function* stretchesOf(bytes: Uint8Array, start: number): Generator<DeflatePart> {
  let from = start
  let stored: boolean = false
  for (let at = start; at < bytes.length; at += PIECE) {
    const index = (at - start) / PIECE
    const random = at + PIECE <= bytes.length && looksRandom(bytes, at)
    const repeats: boolean = random && (!stored || index % PROBE_EVERY === 0) && deflates(bytes, at)
    const next: boolean = random && !repeats
    if (next !== stored && at > from) {
      yield { from, to: at, stored }
      from = at
    }
    stored = next
  }
  yield { from, to: bytes.length, stored }
}

/** Most bytes of a stored block (RFC 1951, 3.2.4), and those before them. */
const STORED_LIMIT = 65_535
const STORED_HEADER = 5

/** Writes stored blocks into `output` from `at` on, which must be a byte border of the stream; where they end. */
export function writeStored(bytes: Uint8Array, output: Uint8Array, at: number, last: boolean): number {
  let end = at
  for (let from = 0; from < bytes.length; from += STORED_LIMIT) {
    const part = bytes.subarray(from, from + STORED_LIMIT)
    const { length } = part
    const final = last && from + length === bytes.length
    output.set([final ? 1 : 0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff], end)
    output.set(part, end + STORED_HEADER)
    end += STORED_HEADER + length
  }
  return end
}

const counts = new Uint32Array(256)

/** Whether all byte values are about equally frequent in the piece. */
function looksRandom(bytes: Uint8Array, at: number): boolean {
  counts.fill(0)
  for (let run = at; run < at + PIECE; run += STRIDE) {
    for (let index = run; index < run + RUN; index++) {
      const value = bytes[index] ?? 0
      counts[value] = (counts[value] ?? 0) + 1
    }
  }
  let squares = 0
  for (const count of counts) squares += count * count
  return (squares * counts.length) / SAMPLE - SAMPLE <= counts.length - 1 + MOST_EXCESS
}

function deflates(bytes: Uint8Array, at: number): boolean {
  const piece = bytes.subarray(at, at + PIECE)
  const { length } = deflateRawSync(piece, { level: 1, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: PIECE * 2 })
  return length < PIECE * LEAST_RATIO
}
