import { constants, deflateRawSync } from 'node:zlib'

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
