/** A stretch of input that belongs to one frame, skippable or not; or something that zstd does not know. */
export type FramePiece = { readonly end: number; readonly known: boolean }

/** The head of a frame, as far as it matters to those that start in its middle. */
export type FrameHead = {
  /** The byte that says how large the window is; 0 where the head has none, and the window is the frame. */
  readonly window: number
  /** Bytes. */
  readonly windowSize: number
  readonly checksum: boolean
}

/** Told the parts of a frame while it is passed. */
export type FrameObserver = {
  frame(head: FrameHead): void
  /** Bytes of a compressed block; valid during the call. */
  body(bytes: Buffer): void
  /** A block ended. True: `next` is to stop here. */
  block(): boolean
}

/**
 * Finds where zstd frames start and end without decoding them, from the sizes in frame and block headers (RFC 8878, 3.1).
 * Works on pieces of any size.
 */
export class ZstdFrames {
  /** Header bytes read so far of what `#want` bytes are needed of. */
  readonly #held = Buffer.alloc(18)
  #have = 0
  #want = 4
  #state: 'magic' | 'skip-size' | 'descriptor' | 'frame-header' | 'block-header' | 'body' | 'checksum' = 'magic'
  #skippable = false
  /** Bytes of the body at hand (block, checksum, skippable content) still to come. */
  #left = 0
  #last = false
  #checksum = false
  /** Sizes of the fields of a head without a window. */
  #single: { readonly dictionary: number; readonly contentSize: number } | undefined
  #compressed = false
  #stopped = false
  readonly #observer: FrameObserver | undefined

  constructor(observer?: FrameObserver) {
    this.#observer = observer
  }

  /** Goes on between two blocks of a frame. */
  resume({ checksum }: Pick<FrameHead, 'checksum'>): void {
    this.#skippable = false
    this.#last = false
    this.#checksum = checksum
    this.#expect('block-header', 3)
  }

  /** Whether the checksum of a frame is next. */
  get atChecksum(): boolean {
    return this.#state === 'checksum'
  }

  /** Whether a block has just ended, and another one follows. */
  get betweenBlocks(): boolean {
    return this.#state === 'block-header' && this.#have === 0
  }

  /** Whether a frame has just ended, or none has begun. */
  get between(): boolean {
    return this.#state === 'magic' && this.#have === 0
  }

  /** The piece that starts at `at`: up to the checksum or the end of its frame, a block where the observer stops, or the end of the input. */
  next(input: Buffer, at: number): FramePiece {
    let end = at
    this.#stopped = false
    do {
      if (this.#state === 'body' || this.#state === 'checksum') end = this.#pass(input, end)
      else {
        const taken = input.copy(this.#held, this.#have, end, Math.min(input.length, end + this.#want - this.#have))
        this.#have += taken
        end += taken
        if (this.#have === this.#want && !this.#header()) return { end: input.length, known: false }
      }
    } while (end < input.length && !this.between && !this.atChecksum && !this.#stopped)
    return { end, known: true }
  }

  #pass(input: Buffer, at: number): number {
    const end = Math.min(input.length, at + this.#left)
    this.#left -= end - at
    if (this.#compressed) this.#observer?.body(input.subarray(at, end))
    if (this.#left === 0) this.#endBody()
    return end
  }

  #endBody(): void {
    if (!this.#skippable && this.#state === 'body' && this.#observer?.block() === true) this.#stopped = true
    this.#compressed = false
    if (!this.#skippable && !this.#last) this.#expect('block-header', 3)
    else if (!this.#skippable && this.#checksum) {
      this.#checksum = false
      this.#state = 'checksum'
      this.#left = 4
    } else this.#expect('magic', 4)
  }

  #expect(state: 'magic' | 'skip-size' | 'descriptor' | 'frame-header' | 'block-header', want: number): void {
    this.#state = state
    this.#want = want
    this.#have = 0
  }

  #body(size: number): void {
    this.#state = 'body'
    this.#left = size
    if (size === 0) this.#endBody()
  }

  /** A header is complete: false when it is none. */
  #header(): boolean {
    const bytes = this.#held
    if (this.#state === 'magic') return this.#magic(bytes.readUInt32LE(0))
    if (this.#state === 'skip-size') this.#body(bytes.readUInt32LE(0))
    else if (this.#state === 'descriptor') {
      const [descriptor, single] = [bytes[0] ?? 0, ((bytes[0] ?? 0) & 0x20) !== 0]
      this.#checksum = (descriptor & 4) !== 0
      const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0
      const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
      this.#single = single ? { dictionary, contentSize } : undefined
      // Never nothing: a head without a window has a size.
      this.#expect('frame-header', (single ? 0 : 1) + dictionary + contentSize)
    } else if (this.#state === 'frame-header') {
      this.#observer?.frame(this.#head(bytes))
      this.#expect('block-header', 3)
    } else {
      const header = bytes.readUIntLE(0, 3)
      this.#last = (header & 1) === 1
      this.#compressed = ((header >> 1) & 3) === 2
      // A run-length block stores one byte however long it is.
      this.#body(((header >> 1) & 3) === 1 ? 1 : header >> 3)
    }
    return true
  }

  #head(bytes: Buffer): FrameHead {
    const single = this.#single
    const checksum = this.#checksum
    if (single !== undefined) return { window: 0, windowSize: contentSizeOf(bytes, single), checksum }
    return frameHead(bytes[0] ?? 0, checksum)
  }

  #magic(magic: number): boolean {
    if (magic === 0xfd2fb528) {
      this.#skippable = false
      this.#last = false
      this.#expect('descriptor', 1)
      return true
    }
    if (magic >>> 4 !== 0x184d2a5) return false
    this.#skippable = true
    this.#expect('skip-size', 4)
    return true
  }
}

function contentSizeOf(
  head: Buffer,
  { dictionary, contentSize }: { readonly dictionary: number; readonly contentSize: number },
): number {
  if (contentSize === 8) return Number(head.readBigUInt64LE(dictionary))
  return head.readUIntLE(dictionary, contentSize) + (contentSize === 2 ? 256 : 0)
}

/** The head of a frame that says how large its window is (RFC 8878, 3.1.1.1.2). */
export function frameHead(window: number, checksum: boolean): FrameHead {
  const base = 2 ** (10 + (window >> 3))
  return { window, windowSize: base + (base / 8) * (window & 7), checksum }
}
