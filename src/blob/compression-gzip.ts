import { constants, crc32 } from 'node:zlib'
import { ChunkedOutput } from './compression-output.ts'
import type { CheckpointRecorder } from './inflate-checkpoint.ts'
import type { AccessPoint, Inflater, InflaterOptions } from './inflater.ts'
import { Decoder } from './native-codec.ts'

/**
 * gzip as container tools write and read it: any number of members, empty ones included; zeros or garbage after the last
 * one are read over with a diagnostic (gzip(1) does the same, Go and zlib fail).
 */
export class GzipInflater implements Inflater {
  readonly #decoder: Decoder
  readonly #chunks: ChunkedOutput
  readonly #diagnostic: InflaterOptions['diagnostic']
  readonly #recorder: CheckpointRecorder | undefined
  readonly #proven: boolean
  #state: 'header' | 'body' | 'trailer' | 'between' | 'ended' = 'header'
  /** Header or trailer bytes that came in an earlier piece. */
  #held = Buffer.alloc(0)
  #crc = 0
  #length = 0
  /** Whether the member at hand was inflated from its start, so that its checksum can be checked. */
  #checked = true
  /** Bytes of the compressed stream before the piece at hand. */
  #base = 0

  constructor(options: InflaterOptions) {
    const { diagnostic, recorder, resume, proven = false } = options
    this.#proven = proven
    this.#recorder = recorder
    this.#chunks = new ChunkedOutput(options)
    this.#diagnostic = diagnostic
    this.#decoder = new Decoder('deflate', resume?.inside?.window)
    this.#base = resume?.compressed ?? 0
    if (resume?.inside === undefined) return
    const { prefix } = resume.inside
    this.#state = 'body'
    this.#checked = false
    this.#decoder.step(prefix, 0, prefix.length, this.#chunks.buffer, this.#chunks.end)
  }

  get accessPoints(): readonly AccessPoint[] {
    return this.#chunks.points
  }

  push(input: Buffer): void {
    let at = 0
    while (at < input.length && this.#state !== 'ended') {
      if (this.#state === 'body') at = this.#inflate(input, at)
      else if (this.#state === 'header') at = this.#takeHeader(input, at)
      else if (this.#state === 'trailer') at = this.#takeTrailer(input, at)
      else at = this.#startMember(input, at)
    }
    this.#base += input.length
  }

  finish(): void {
    if (this.#state === 'between' && this.#held.length > 0) this.#endAfterMember(-this.#held.length, false)
    if (this.#state !== 'ended' && this.#state !== 'between') this.#fail('the gzip stream is cut short')
    this.#chunks.flush()
  }

  [Symbol.dispose](): void {
    this.#decoder[Symbol.dispose]()
  }

  #inflate(input: Buffer, start: number): number {
    const chunks = this.#chunks
    const recorder = this.#recorder
    let at = start
    while (at < input.length) {
      const from = chunks.end
      const wanted = recorder?.wants(chunks.total) === true
      const error = this.#decoder.step(
        input,
        at,
        input.length,
        chunks.buffer,
        from,
        wanted ? constants.Z_BLOCK : constants.Z_NO_FLUSH,
      )
      const { consumed, produced } = this.#decoder
      at += consumed
      if (error !== undefined) {
        this.#fail(`the gzip stream is damaged at or after byte ${this.#base + at} (${error})`)
        return input.length
      }
      const bytes = chunks.buffer.subarray(from, from + produced)
      if (!this.#proven) this.#crc = crc32(bytes, this.#crc)
      this.#length += produced
      recorder?.follow(bytes)
      const stopped = from + produced < chunks.buffer.length && at < input.length
      chunks.advance(produced)
      // Stopped with room and input left: at a border of blocks when asked for one, at the end of the stream otherwise.
      if (stopped && wanted && consumed + produced > 0) recorder?.begin(this.#base + at, chunks.total, chunks.window())
      else if (stopped) {
        recorder?.drop()
        this.#state = 'trailer'
        return at
      }
    }
    return at
  }

  #takeHeader(input: Buffer, at: number): number {
    const bytes = this.#held.length === 0 ? input.subarray(at) : Buffer.concat([this.#held, input.subarray(at)])
    const length = gzipHeaderLength(bytes)
    if (length === 'damaged' || (length === undefined && bytes.length > HEADER_LIMIT)) {
      this.#fail(`a gzip header is damaged at byte ${this.#base + at}`)
      return input.length
    }
    if (length === undefined) {
      this.#held = Buffer.from(bytes)
      return input.length
    }
    const end = at + length - this.#held.length
    this.#held = Buffer.alloc(0)
    this.#state = 'body'
    this.#crc = 0
    this.#length = 0
    return end
  }

  #takeTrailer(input: Buffer, at: number): number {
    const end = Math.min(input.length, at + 8 - this.#held.length)
    this.#held = Buffer.concat([this.#held, input.subarray(at, end)])
    if (this.#held.length < 8) return end
    const fits = this.#held.readUInt32LE(0) === this.#crc && this.#held.readUInt32LE(4) === this.#length % 2 ** 32
    this.#held = Buffer.alloc(0)
    this.#state = 'between'
    if (!fits && this.#checked && !this.#proven) this.#fail(`the gzip checksum before byte ${this.#base + end} is wrong`)
    return end
  }

  #startMember(input: Buffer, at: number): number {
    // The magic may come in two pieces.
    const held = this.#held.length
    const end = Math.min(input.length, at + MAGIC.length - held)
    const start = Buffer.concat([this.#held, input.subarray(at, end)])
    if (!start.equals(MAGIC.subarray(0, start.length))) {
      this.#endAfterMember(at - held, held === 0 && input.subarray(at, at + 4096).every(byte => byte === 0))
      return input.length
    }
    this.#held = start
    if (start.length < MAGIC.length) return end
    this.#chunks.mark(this.#base + at - held)
    this.#decoder.reset()
    this.#checked = true
    this.#state = 'header'
    return end
  }

  /** Bytes after the last member are not read, as gzip(1) has it. */
  #endAfterMember(at: number, zeros: boolean): void {
    const [what, severity] = zeros ? (['zero bytes', 'info'] as const) : (['bytes that are not gzip', 'warning'] as const)
    const message = `After its last gzip member, at byte ${this.#base + at}, the blob has ${what}: ignored`
    this.#diagnostic({ code: zeros ? 'GZIP_TRAILING_ZEROS' : 'GZIP_TRAILING_GARBAGE', severity, message })
    this.#held = Buffer.alloc(0)
    this.#state = 'ended'
  }

  #fail(why: string): void {
    this.#state = 'ended'
    this.#diagnostic({ code: 'COMPRESSION_DAMAGED', severity: 'error', message: `Cannot inflate all of the blob: ${why}` })
  }
}

/** Of a member that is deflated, the only method there is. */
const MAGIC = Buffer.from([0x1f, 0x8b, 8])
/** A header longer than this is an attack: two fields of 64 KiB and names. */
const HEADER_LIMIT = 1024 * 1024
const [FHCRC, FEXTRA, FNAME, FCOMMENT, RESERVED] = [2, 4, 8, 16, 0xe0]

/** Length of the gzip header at the start of `bytes`; undefined: more bytes are needed (RFC 1952). */
export function gzipHeaderLength(bytes: Buffer): number | 'damaged' | undefined {
  if (!bytes.subarray(0, 3).equals(MAGIC.subarray(0, Math.min(3, bytes.length)))) return 'damaged'
  if (bytes.length < 10) return undefined
  const flags = bytes[3] ?? 0
  if ((flags & RESERVED) !== 0) return 'damaged'
  let at = 10
  if ((flags & FEXTRA) !== 0) {
    if (bytes.length < at + 2) return undefined
    at += 2 + bytes.readUInt16LE(at)
  }
  for (const flag of [FNAME, FCOMMENT]) {
    if ((flags & flag) === 0) continue
    const nul = at > bytes.length ? -1 : bytes.indexOf(0, at)
    if (nul === -1) return undefined
    at = nul + 1
  }
  if ((flags & FHCRC) !== 0) at += 2
  return at <= bytes.length ? at : undefined
}
