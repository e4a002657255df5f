import { type Diagnostic, ImageError } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { TarAssembler } from './tar-assembler.ts'
import { isZeroBlock } from './tar-header.ts'
import { BLOCK, ESTARGZ_TOC, type TarEntry, tarPadding } from './tar-member.ts'

/** The events of a reader while bytes are pushed into it. */
export type TarEvents = {
  /** A member's headers are complete; its content follows. */
  entry(entry: TarEntry): void
  /** Stored content of the last entry, in order; a view that is valid during the call only. */
  data(bytes: Buffer): void
  /** The content of the last entry is complete, or the archive ended before it was. */
  end(complete: boolean, entry: TarEntry): void
  diagnostic(diagnostic: Diagnostic): void
}

export type TarReaderOptions = {
  /** Give every entry its headers byte for byte. */
  readonly keepRaw?: boolean
}

/**
 * A push parser of tar archives: ustar, PAX, GNU, star and V7, with the rules of Go's archive/tar, which container runtimes
 * read layers with. Odd archives give diagnostics, not exceptions; reading stops at a damaged header, as runtimes do.
 * Contents are handed on as views, never copied.
 */
export class TarReader {
  readonly #events: TarEvents
  readonly #assembler: TarAssembler
  readonly #carry = Buffer.alloc(BLOCK)
  #carried = 0
  /** Bytes of the stream before the chunk at hand. */
  #base = 0
  #state: 'block' | 'zero' | 'content' | 'padding' | 'ended' | 'failed' = 'block'
  /** Bytes left of the content or padding at hand. */
  #left = 0
  #padding = 0
  #entries = 0
  #entry: TarEntry | undefined
  #trailing = false

  constructor(events: TarEvents, { keepRaw = false }: TarReaderOptions = {}) {
    this.#events = events
    this.#assembler = new TarAssembler(keepRaw)
  }

  /** Number of entries so far. */
  get entries(): number {
    return this.#entries
  }

  /** Whether a damaged header ended the reading. */
  get failed(): boolean {
    return this.#state === 'failed'
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#state === 'block' || this.#state === 'zero') at = this.#takeBlock(chunk, at)
      else if (this.#state === 'content') at = this.#takeContent(chunk, at)
      else if (this.#state === 'padding') at = this.#skipPadding(chunk, at)
      else {
        this.#ignore(chunk, at)
        break
      }
    }
    this.#base += chunk.length
  }

  /** Says that no more bytes follow. */
  finish(): void {
    if (this.#state === 'content') {
      this.#report('TAR_TRUNCATED', 'error', `it ends inside a file's content, ${this.#left} bytes short`)
      if (this.#entry !== undefined) this.#events.end(false, this.#entry)
    } else if (this.#state === 'block' && (this.#carried > 0 || !this.#assembler.between)) {
      this.#report('TAR_TRUNCATED', 'error', 'it ends inside a header')
    } else if (this.#state === 'block' && this.#assembler.begun) {
      this.#report('TAR_TRUNCATED', 'warning', 'it ends with an extension header that belongs to no entry')
    } else if ((this.#state === 'block' && this.#base > 0) || this.#state === 'padding') {
      this.#report('TAR_NO_END', 'info', 'the two zero blocks at its end are missing')
    }
    if (this.#state !== 'failed') this.#state = 'ended'
  }

  #takeBlock(chunk: Buffer, at: number): number {
    const offset = this.#base + at - this.#carried
    if (this.#carried === 0 && chunk.length - at >= BLOCK) {
      this.#acceptBlock(chunk, at, offset)
      return at + BLOCK
    }
    const end = at + chunk.copy(this.#carry, this.#carried, at, at + BLOCK - this.#carried)
    this.#carried += end - at
    if (this.#carried === BLOCK) {
      this.#carried = 0
      this.#acceptBlock(this.#carry, 0, offset)
    }
    return end
  }

  #acceptBlock(block: Buffer, at: number, offset: number): void {
    const zero = this.#assembler.between && isZeroBlock(block, at)
    if (this.#state === 'zero' || zero) {
      this.#trailing = !zero
      if (!zero)
        this.#report('TAR_LONE_ZERO_BLOCK', 'error', `a single zero block at offset ${offset - BLOCK} ends it, with more after`)
      this.#state = this.#state === 'block' ? 'zero' : 'ended'
      return
    }
    try {
      const entry = this.#assembler.accept(block, at, offset)
      if (entry !== undefined) this.#begin(entry)
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      this.#report(error.code, 'error', `the header at offset ${offset} is damaged (${error.why}), nothing after it can be read`)
      this.#state = 'failed'
    }
  }

  #begin(entry: TarEntry): void {
    this.#entries++
    this.#entry = entry
    this.#events.entry(entry)
    this.#left = entry.storedSize
    this.#padding = tarPadding(entry.storedSize)
    this.#state = 'content'
    if (this.#left === 0) this.#endContent()
  }

  #endContent(): void {
    this.#left = this.#padding
    this.#state = this.#left === 0 ? 'block' : 'padding'
    if (this.#entry !== undefined) this.#events.end(true, this.#entry)
  }

  #takeContent(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left)
    this.#events.data(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end))
    this.#left -= end - at
    if (this.#left === 0) this.#endContent()
    return end
  }

  #skipPadding(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left)
    this.#left -= end - at
    if (this.#left === 0) this.#state = 'block'
    return end
  }

  /** Bytes after the end count for the DiffID and are otherwise ignored; zeros are ordinary padding. */
  #ignore(chunk: Buffer, at: number): void {
    if (this.#trailing || this.#state === 'failed' || isZero(chunk, at)) return
    this.#trailing = true
    const message = `after its end, at offset ${this.#base + at} or later, more bytes follow that no runtime reads`
    // An eStargz layer that keeps the bytes of its tar has its table of contents there: that is how it is made.
    const table = chunk.subarray(at + chunk.subarray(at).findIndex(byte => byte !== 0)).indexOf(TABLE) === 0
    this.#report('TAR_TRAILING_DATA', table ? 'info' : 'warning', message)
  }

  #report(code: ErrorCode, severity: Diagnostic['severity'], what: string): void {
    this.#events.diagnostic({ code, severity, message: `The tar archive is odd: ${what}` })
  }
}

/** Begins the header of eStargz's table of contents. */
const TABLE = Buffer.from(`${ESTARGZ_TOC}\0`)
const ZEROS = Buffer.alloc(64 * 1024)

function isZero(chunk: Buffer, start: number): boolean {
  for (let at = start; at < chunk.length; at += ZEROS.length) {
    const end = Math.min(chunk.length, at + ZEROS.length)
    if (chunk.compare(ZEROS, 0, end - at, at, end) !== 0) return false
  }
  return true
}
