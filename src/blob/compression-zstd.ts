import { ChunkedOutput } from './compression-output.ts'
import type { AccessPoint, Inflater, InflaterOptions } from './inflater.ts'
import { Decoder } from './native-codec.ts'
import type { ZstdCheckpoint, ZstdRecorder } from './stream/zstd-checkpoint.ts'
import { ZstdFrames } from './stream/zstd-frames.ts'

/**
 * zstd with any number of frames, skippable ones between them. Node 24's decoder stops after its first frame, so the
 * frames are told apart here and decoded one by one.
 */
export class ZstdInflater implements Inflater {
  #decoder: Decoder
  readonly #frames: ZstdFrames
  readonly #recorder: ZstdRecorder | undefined
  readonly #chunks: ChunkedOutput
  readonly #diagnostic: InflaterOptions['diagnostic']
  #base: number
  #ended = false
  /** Whether the frame at hand was begun in its middle. */
  #inside = false

  constructor(options: InflaterOptions) {
    const { resume, zstdRecorder } = options
    this.#base = resume?.compressed ?? 0
    this.#chunks = new ChunkedOutput(options)
    this.#diagnostic = options.diagnostic
    this.#recorder = zstdRecorder
    this.#frames = new ZstdFrames(zstdRecorder)
    this.#decoder = new Decoder('zstd', resume?.frame?.dictionary)
    if (resume?.frame !== undefined) this.#resume(resume.frame)
    else zstdRecorder?.startAt(this.#chunks.total)
  }

  get accessPoints(): readonly AccessPoint[] {
    return this.#chunks.points
  }

  push(input: Buffer): void {
    let at = 0
    while (at < input.length && !this.#ended) {
      const { between, atChecksum } = this.#frames
      if (between) this.#chunks.mark(this.#base + at)
      const { end, known } = this.#frames.next(input, at)
      if (!known) this.#endWith(this.#base + at, input[at] === 0)
      // A decoder that did not see the whole frame cannot check it, and takes it to be at its end.
      else if (!atChecksum || !this.#inside) this.#decode(input, at, end)
      at = end
      if (this.#frames.between) this.#endFrame()
      else if (this.#frames.betweenBlocks) this.#recorder?.between(this.#base + at)
    }
    this.#base += input.length
  }

  finish(): void {
    if (!this.#ended && !this.#frames.between) this.#fail('the zstd stream is cut short')
    this.#chunks.flush()
  }

  [Symbol.dispose](): void {
    this.#decoder[Symbol.dispose]()
  }

  #resume(point: ZstdCheckpoint): void {
    this.#inside = true
    this.#frames.resume(point)
    this.#recorder?.resume(point)
    const head = Buffer.from([...MAGIC, 0, point.window])
    this.#decoder.step(head, 0, head.length, this.#chunks.buffer, this.#chunks.end)
  }

  #endFrame(): void {
    this.#recorder?.end()
    if (!this.#inside) return
    this.#inside = false
    // Its dictionary is not of the next frame.
    this.#decoder[Symbol.dispose]()
    this.#decoder = new Decoder('zstd')
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
      if (produced > 0) this.#recorder?.passed(chunks.buffer.subarray(from, from + produced))
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

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd]
