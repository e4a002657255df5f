import type { AccessPoint, Output } from './inflater.ts'

/** Size of the chunks handed on: small enough to stay in a core's cache while they are hashed twice, a multiple of tar's block. */
export const OUTPUT_SIZE = 256 * 1024

/** Collects inflated bytes into whole chunks and remembers where inflating could start again. */
export class ChunkedOutput {
  readonly buffer = Buffer.allocUnsafeSlow(OUTPUT_SIZE)
  readonly #output: Output
  #flushed = 0
  filled = 0
  readonly #points: AccessPoint[] = []

  constructor(output: Output) {
    this.#output = output
  }

  /** Bytes inflated so far. */
  get total(): number {
    return this.#flushed + this.filled
  }

  get points(): readonly AccessPoint[] {
    return this.#points
  }

  /** Notes that `produced` bytes were written at `filled`. */
  advance(produced: number): void {
    this.filled += produced
    if (this.filled === OUTPUT_SIZE) this.flush()
  }

  flush(): void {
    if (this.filled === 0) return
    const { filled } = this
    this.#flushed += filled
    this.filled = 0
    this.#output(this.buffer.subarray(0, filled))
  }

  /** A member or frame starts at `compressed`. Close ones are not worth remembering. */
  mark(compressed: number): void {
    const last = this.#points.at(-1)?.uncompressed ?? 0
    if (this.total - last >= POINT_DISTANCE) this.#points.push({ compressed, uncompressed: this.total })
  }
}

/** Inflating this much takes half a millisecond. */
const POINT_DISTANCE = 256 * 1024
