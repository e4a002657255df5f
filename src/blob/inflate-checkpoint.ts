import { crc32 } from 'node:zlib'
import { Decoder } from './native-codec.ts'
import type { ZstdCheckpoint } from './stream/zstd-checkpoint.ts'

/**
 * Where inflating can start in the middle of a gzip member, as zlib's zran.c does it: at the border of two deflate blocks,
 * with the 32 KiB before it. zran.c asks zlib how many bits of the last byte belong to the next block; Node does not tell,
 * so `check` tells the right one of eight possibilities when the checkpoint is used.
 */
export type Checkpoint = {
  /** Bytes of the compressed stream used so far, the last one perhaps in part. */
  readonly compressed: number
  readonly uncompressed: number
  /** The uncompressed bytes before it, 32 KiB at most. */
  readonly window: Buffer
  /** CRC-32 of the `CHECK_LENGTH` uncompressed bytes after it. */
  readonly check: number
}

export const WINDOW = 32 * 1024
export const CHECK_LENGTH = 4096

/** Inflating this much takes some ten milliseconds; a gigabyte costs four megabytes of checkpoints. */
const FIRST_DISTANCE = 8 * 1024 * 1024
/** Above this every second one is let go: a layer of any size costs 8 MiB at most. */
const MOST = 256

/** Where to start inflating: at a member's or frame's start, or at a checkpoint that has proven itself. */
export type Resume = {
  readonly compressed: number
  readonly uncompressed: number
  /** A checkpoint's: what came before, and what goes into the decoder before the bytes at `compressed`. */
  readonly inside?: { readonly window: Buffer; readonly prefix: Buffer }
  /** The same of a zstd frame. */
  readonly frame?: ZstdCheckpoint
}

/**
 * Finds out how a checkpoint is to be taken up. `last` is the byte before `compressed`, `following` what comes after it,
 * `PROOF` bytes unless the stream ends before. Undefined: the checkpoint does not belong to this stream, or it cannot be told
 * how. In a run of one byte several alignments inflate to the same bytes for a while, and then to others; a stored block
 * is itself from several, but the last one only from one.
 */
export function resumeAt(checkpoint: Checkpoint, last: number, following: Buffer): Resume | undefined {
  const unused = alignmentOf(checkpoint, last, following)
  if (unused === undefined) return undefined
  const { compressed, uncompressed, window } = checkpoint
  return { compressed, uncompressed, inside: { window, prefix: alignmentPrefix(unused, last) } }
}

/** How many bits of the byte before a checkpoint belong to the block that follows, 0–7; undefined as for `resumeAt`. */
export function alignmentOf(checkpoint: Checkpoint, last: number, following: Buffer): number | undefined {
  const fitting = Array.from({ length: 8 }, (_, unused) => unused).flatMap(unused => {
    const outcome = inflatedFrom(checkpoint, alignmentPrefix(unused, last), following)
    return outcome === undefined ? [] : [{ unused, ...outcome }]
  })
  const best = fitting.find(({ ended }) => ended) ?? fitting[0]
  return best === undefined || fitting.some(({ sum }) => sum !== best.sum) ? undefined : best.unused
}

/** Enough of the stream to tell alignments apart: any block of zlib's ends in it, stored ones of 64 KiB too. */
export const PROOF = 80 * 1024

/** The result of inflating `following` with one alignment: its CRC-32, and whether the member ended. */
type Outcome = { readonly sum: number; readonly ended: boolean }

/** Nothing where it is damaged, begins otherwise than the checkpoint says, or ends where no member ends. */
function inflatedFrom({ window, check }: Checkpoint, prefix: Buffer, following: Buffer): Outcome | undefined {
  using decoder = new Decoder('deflate', window)
  const output = Buffer.allocUnsafe(CHECK_LENGTH)
  let error = decoder.step(prefix, 0, prefix.length, output, 0)
  let sum = 0
  for (let at = 0; error === undefined; at += decoder.consumed) {
    error = decoder.step(following, at, following.length, output, 0)
    if (error !== undefined) break
    sum = crc32(output.subarray(0, decoder.produced), sum)
    if (at === 0 && (decoder.produced < CHECK_LENGTH || sum !== check)) return undefined
    const rest = following.subarray(at + decoder.consumed)
    if (decoder.produced < CHECK_LENGTH) return mayEnd(rest) ? { sum, ended: rest.length > 0 } : undefined
  }
  return undefined
}

const TRAILER_LENGTH = 8

/** After a member: its trailer, then another one, zeros, or nothing. */
function mayEnd(rest: Buffer): boolean {
  const behind = rest.subarray(TRAILER_LENGTH)
  return behind.length < 2 || behind.readUInt16BE(0) === 0x1f8b || behind.every(byte => byte === 0)
}

/** Collects checkpoints while a stream is inflated. */
export class CheckpointRecorder {
  #points: Checkpoint[]
  #distance: number
  #next: number
  /** A point whose check is not complete yet. */
  #open: { compressed: number; uncompressed: number; window: Buffer; check: number; left: number } | undefined

  readonly #most: number

  /**
   * `known`: checkpoints of an earlier pass, after which this one goes on; `distance`: uncompressed bytes between two; above `most`
   * every second one is let go.
   */
  constructor(known: readonly Checkpoint[] = [], distance = FIRST_DISTANCE, most = MOST) {
    this.#most = most
    this.#points = [...known]
    const [before, last] = [known.at(-2)?.uncompressed ?? 0, known.at(-1)?.uncompressed ?? 0]
    this.#distance = Math.max(distance, last - before)
    this.#next = last + this.#distance
  }

  get points(): readonly Checkpoint[] {
    return this.#points
  }

  /** Whether a checkpoint is wanted at the next border of blocks at or after `uncompressed`. */
  wants(uncompressed: number): boolean {
    return uncompressed >= this.#next && this.#open === undefined
  }

  begin(compressed: number, uncompressed: number, window: Buffer): void {
    this.#open = { compressed, uncompressed, window: Buffer.from(window), check: 0, left: CHECK_LENGTH }
    this.#next = uncompressed + this.#distance
  }

  /** The bytes that follow the last checkpoint. */
  follow(bytes: Buffer): void {
    const open = this.#open
    if (open === undefined) return
    const part = bytes.subarray(0, open.left)
    open.check = crc32(part, open.check)
    open.left -= part.length
    if (open.left > 0) return
    const { compressed, uncompressed, window, check } = open
    this.#points.push({ compressed, uncompressed, window, check })
    this.#open = undefined
    if (this.#points.length > this.#most) this.#thin()
  }

  /** The member ended: too close to the last checkpoint for it to be of use. */
  drop(): void {
    this.#open = undefined
  }

  #thin(): void {
    this.#points = this.#points.filter((_, index) => index % 2 === 1)
    this.#distance *= 2
    this.#next = (this.#points.at(-1)?.uncompressed ?? 0) + this.#distance
  }
}

/**
 * Bytes to put before the stream at a checkpoint, so that deflate takes it up in the middle of a byte: empty blocks of as
 * many bits as were used of `last`, then the `unused` upper bits of it.
 */
export function alignmentPrefix(unused: number, last: number): Buffer {
  const bits: number[] = []
  const odd = unused % 2 === 1
  if (odd) bits.push(...emptyDynamicBlock())
  while (bits.length % 8 !== (8 - unused) % 8) bits.push(...emptyFixedBlock())
  for (let bit = 8 - unused; unused > 0 && bit < 8; bit++) bits.push((last >> bit) & 1)
  const bytes = Buffer.alloc(bits.length / 8)
  for (const [index, bit] of bits.entries()) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7))
  return bytes
}

/** Bits as deflate reads them, the lowest of each field first: (value, count). Made when a stream is taken up inside, which is rare. */
function bitsOf(...fields: readonly (readonly [value: number, count: number])[]): number[] {
  return fields.flatMap(([value, count]) => Array.from({ length: count }, (_, bit) => (value >> bit) & 1))
}

/** Not final, fixed codes, end of block (RFC 1951, 3.2.6): 10 bits. */
function emptyFixedBlock(): number[] {
  return bitsOf([0, 1], [1, 2], [0, 7])
}

/**
 * Not final, own codes, end of block (RFC 1951, 3.2.7): 93 bits, an odd number, which makes every alignment possible. The
 * code lengths (256 times none, then 1 for end of block and 1 for a distance) are told with the two codes 1 and 18.
 */
function emptyDynamicBlock(): number[] {
  const lengths = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]
  return bitsOf(
    [0, 1],
    [2, 2],
    [0, 5], // 257 literal and length codes
    [0, 5], // 1 distance code
    [15, 4], // 19 lengths of code length codes, in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15
    ...lengths.map(length => [length, 3] as const),
    [1, 1],
    [138 - 11, 7],
    [1, 1],
    [118 - 11, 7],
    [0, 2], // lengths of 256 and of distance 0
    [0, 1], // end of block
  )
}
