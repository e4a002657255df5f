import { WINDOW } from './inflate-checkpoint.ts'
import type { AccessPoint, InflatedOutput, InflaterOptions } from './inflater.ts'

/** Size of the chunks handed on: small enough to stay in a core's cache while they are hashed twice, a multiple of tar's block. */
export const OUTPUT_SIZE = 256 * 1024

/** A buffer to inflate into: room for what deflate can refer to, then for a chunk. */
export const INFLATE_BUFFER = WINDOW + OUTPUT_SIZE

/** Collects inflated bytes into whole chunks and remembers where inflating could start again. */
export class ChunkedOutput {
  /** The last 32 KiB that were handed on, then what is being filled. */
  buffer: Buffer
  readonly #output: InflatedOutput
  readonly #nextBuffer: () => Buffer
  #flushed = 0
  /** Where the next byte goes. */
  end = WINDOW
  readonly #points: AccessPoint[] = []

  constructor({ output, nextBuffer, resume }: Pick<InflaterOptions, 'output' | 'nextBuffer' | 'resume'>) {
    this.#output = output
    this.#nextBuffer = nextBuffer ?? (() => this.buffer)
    this.buffer = nextBuffer?.() ?? Buffer.allocUnsafeSlow(INFLATE_BUFFER)
    this.#flushed = resume?.uncompressed ?? 0
    const window = resume?.inside?.window
    window?.copy(this.buffer, WINDOW - window.length)
  }

  /** Bytes inflated so far. */
  get total(): number {
    return this.#flushed + this.end - WINDOW
  }

  get points(): readonly AccessPoint[] {
    return this.#points
  }

  /** Notes that `produced` bytes were written at `end`. */
  advance(produced: number): void {
    this.end += produced
    if (this.end === this.buffer.length) this.flush()
  }

  flush(): void {
    if (this.end === WINDOW) return
    const { buffer, end } = this
    this.#flushed += end - WINDOW
    this.#output(buffer.subarray(WINDOW, end))
    this.buffer = this.#nextBuffer()
    buffer.copy(this.buffer, 0, end - WINDOW, end)
    this.end = WINDOW
  }

  /** The bytes before `end`, as far back as deflate can refer to. */
  window(): Buffer {
    return this.buffer.subarray(this.end - Math.min(WINDOW, this.total), this.end)
  }

  /** A member or frame starts at `compressed`. Close ones are not worth remembering. */
  mark(compressed: number): void {
    const last = this.#points.at(-1)?.uncompressed ?? 0
    if (this.total - last >= POINT_DISTANCE) this.#points.push({ compressed, uncompressed: this.total })
  }
}

/** Inflating this much takes half a millisecond. */
const POINT_DISTANCE = 256 * 1024
