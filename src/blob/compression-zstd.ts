import { Decoder } from './compression-decoder.ts'
import { ChunkedOutput } from './compression-output.ts'
import type { AccessPoint, Inflater, InflaterOptions } from './inflater.ts'
import { ZstdFrames } from './stream/zstd-frames.ts'

/**
 * zstd with any number of frames, skippable ones between them. Node 24's decoder stops after its first frame, so the
 * frames are told apart here and decoded one by one.
 */
export class ZstdInflater implements Inflater {
  readonly #decoder = new Decoder('zstd')
  readonly #frames = new ZstdFrames()
  readonly #chunks: ChunkedOutput
  readonly #diagnostic: InflaterOptions['diagnostic']
  #base: number
  #ended = false

  constructor(options: InflaterOptions) {
    this.#base = options.resume?.compressed ?? 0
    this.#chunks = new ChunkedOutput(options)
    this.#diagnostic = options.diagnostic
  }

  get accessPoints(): readonly AccessPoint[] {
    return this.#chunks.points
  }

  push(input: Buffer): void {
    let at = 0
    while (at < input.length && !this.#ended) {
      if (this.#frames.between) this.#chunks.mark(this.#base + at)
      const { end, known } = this.#frames.next(input, at)
      if (known) this.#decode(input, at, end)
      else this.#endWith(this.#base + at, input[at] === 0)
      at = end
    }
    this.#base += input.length
  }

  finish(): void {
    if (!this.#ended && !this.#frames.between) this.#fail('the zstd stream is cut short')
    this.#chunks.flush()
  }

  close(): void {
    this.#decoder.close()
  }

  #decode(input: Buffer, start: number, end: number): void {
    const chunks = this.#chunks
    for (let at = start; ; ) {
      const from = chunks.end
      const error = this.#decoder.step(input, at, end, chunks.buffer, from)
      const { consumed, produced } = this.#decoder
      at += consumed
      if (error !== undefined || (consumed === 0 && produced === 0 && at < end)) {
        this.#fail(`the zstd stream is damaged at or after byte ${this.#base + at} (${error ?? 'a frame ends too early'})`)
        return
      }
      const full = from + produced === chunks.buffer.length
      chunks.advance(produced)
      if (!full && at >= end) return
    }
  }

  #endWith(offset: number, zeros: boolean): void {
    this.#ended = true
    const [what, severity] = zeros ? (['zero bytes', 'info'] as const) : (['bytes that are not zstd', 'warning'] as const)
    const message = `After its last zstd frame, at byte ${offset}, the blob has ${what}: ignored`
    this.#diagnostic({ code: zeros ? 'ZSTD_TRAILING_ZEROS' : 'ZSTD_TRAILING_GARBAGE', severity, message })
  }

  #fail(why: string): void {
    this.#ended = true
    this.#diagnostic({ code: 'COMPRESSION_DAMAGED', severity: 'error', message: `Cannot inflate all of the blob: ${why}` })
  }
}
