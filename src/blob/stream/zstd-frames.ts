/** A stretch of input that belongs to one frame, skippable or not; or something that zstd does not know. */
export type FramePiece = { readonly end: number; readonly known: boolean }

/**
 * Finds where zstd frames start and end without decoding them, from the sizes in frame and block headers (RFC 8878, 3.1).
 * Works on pieces of any size.
 */
export class ZstdFrames {
  /** Header bytes read so far of what `#want` bytes are needed of. */
  readonly #held = Buffer.alloc(18)
  #have = 0
  #want = 4
  #state: 'magic' | 'skip-size' | 'descriptor' | 'frame-header' | 'block-header' | 'body' = 'magic'
  #skippable = false
  /** Bytes of the body at hand (block, checksum, skippable content) still to come. */
  #left = 0
  #last = false
  #checksum = false

  /** Whether a frame has just ended, or none has begun. */
  get between(): boolean {
    return this.#state === 'magic' && this.#have === 0
  }

  /** The piece that starts at `at`: up to the end of its frame or of the input. */
  next(input: Buffer, at: number): FramePiece {
    let end = at
    do {
      if (this.#state === 'body') end = this.#pass(input, end)
      else {
        const taken = input.copy(this.#held, this.#have, end, Math.min(input.length, end + this.#want - this.#have))
        this.#have += taken
        end += taken
        if (this.#have === this.#want && !this.#header()) return { end: input.length, known: false }
      }
    } while (end < input.length && !this.between)
    return { end, known: true }
  }

  #pass(input: Buffer, at: number): number {
    const end = Math.min(input.length, at + this.#left)
    this.#left -= end - at
    if (this.#left === 0) this.#endBody()
    return end
  }

  #endBody(): void {
    if (!this.#skippable && !this.#last) this.#expect('block-header', 3)
    else if (!this.#skippable && this.#checksum) {
      this.#checksum = false
      this.#body(4)
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
      const rest = (single ? 0 : 1) + dictionary + contentSize
      if (rest === 0) this.#expect('block-header', 3)
      else this.#expect('frame-header', rest)
    } else if (this.#state === 'frame-header') this.#expect('block-header', 3)
    else {
      const header = bytes.readUIntLE(0, 3)
      this.#last = (header & 1) === 1
      // A run-length block stores one byte however long it is.
      this.#body(((header >> 1) & 3) === 1 ? 1 : header >> 3)
    }
    return true
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
