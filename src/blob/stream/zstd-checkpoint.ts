import { type FrameHead, type FrameObserver, frameHead } from './zstd-frames.ts'
import { BLOCK_START, type DecoderState, repeatsOpen, ZstdState } from './zstd-state.ts'

/**
 * Where inflating can start in the middle of a zstd frame: between two of its blocks. A decoder that begins with the checkpoint's
 * dictionary has the window, the tables and the distances that the blocks behind it refer to.
 */
export type ZstdCheckpoint = {
  /** Offset in the blob of the block that follows. */
  readonly compressed: number
  readonly uncompressed: number
  /** The byte of the frame's header that says how large its window is. */
  readonly window: number
  /** Whether the frame ends with a checksum, which a decoder that began in the middle cannot check. */
  readonly checksum: boolean
  /** In the form of RFC 8878, 5. A recorder's is valid during the call only. */
  readonly dictionary: Buffer
}

/** A window larger than this is not kept: implementations need not support it (RFC 8878, 3.1.1.1.2), and few layers have one. */
export const WINDOW_LIMIT = 8 * 1024 * 1024
/** How far before a checkpoint blocks are looked at. */
const AHEAD = 1024 * 1024
/** Blocks that are tried in one place: their sequences are read in JavaScript. */
const MOST_TRIES = 32
/** The most that a block holds (RFC 8878, 3.1.1.2.4). */
const BLOCK_LIMIT = 128 * 1024
/** Room behind the window while a place for the checkpoint is looked for. */
const SLACK = 1024 * 1024
/** After as many the distance between two doubles: the cost of a layer grows slowly with its size. */
const MANY = 64

/** How far checkpoints lie from one another: so many windows, and so many bytes, which take some ten milliseconds to inflate; powers of two. */
type Spacing = { readonly windows: number; readonly bytes: number }

/** Of a reading that only lists the layer: a sixteenth of its content is kept at most. */
export const SPARSE: Spacing = { windows: 16, bytes: 32 * 1024 * 1024 }
/** Where a file was asked for: there will be more. */
export const DENSE: Spacing = { windows: 4, bytes: 16 * 1024 * 1024 }

export type ZstdRecorderOptions = {
  /** Given each checkpoint once it is known to serve. */
  readonly onPoint: (point: ZstdCheckpoint) => void
  readonly spacing: Spacing
  /** Where checkpoints are already, in the uncompressed stream. */
  readonly known?: readonly number[]
}

/** Collects checkpoints while frames are inflated. Holds one window, and blocks up to a megabyte. */
export class ZstdRecorder implements FrameObserver {
  readonly #options: ZstdRecorderOptions
  #frame: FrameHead | undefined
  #tooLarge = false
  /** Bytes inflated so far, of the uncompressed stream. */
  #at = 0
  /** Where in the uncompressed stream the next checkpoint is wanted. */
  #target = Number.POSITIVE_INFINITY
  /** Blocks that were seen since bytes were inflated last. */
  #blocks = 0
  #distance = 0
  #tries = 0
  #count = 0
  #state = new ZstdState()
  #body: Buffer[] = []
  /** The first bytes of the block at hand, and how many there are. */
  readonly #start = Buffer.alloc(BLOCK_START)
  #met = 0
  /** The bytes before the place, after room for the head of a dictionary; filled up to `#filled`. Used again for every checkpoint. */
  #room = Buffer.alloc(0)
  #filled = 0
  /** A checkpoint whose next block is to come. */
  #open: { readonly point: ZstdCheckpoint; readonly state: DecoderState } | undefined

  constructor(options: ZstdRecorderOptions) {
    this.#options = options
  }

  /** Whether the frame at hand, or the last one, has no checkpoints because its window is too large. */
  get tooLarge(): boolean {
    return this.#tooLarge
  }

  frame(head: FrameHead): void {
    this.#begin(head)
  }

  /** Inflating starts with a frame. */
  startAt(uncompressed: number): void {
    this.#at = uncompressed
  }

  /** A frame goes on from a checkpoint. */
  resume({ uncompressed, window, checksum, dictionary }: ZstdCheckpoint): void {
    this.#at = uncompressed
    const frame = frameHead(window, checksum)
    this.#begin(frame, dictionary.subarray(0, dictionary.length - frame.windowSize))
  }

  #begin(frame: FrameHead, dictionaryHead?: Buffer): void {
    this.#frame = frame
    this.#tooLarge = frame.windowSize > WINDOW_LIMIT
    this.#state = new ZstdState(dictionaryHead)
    const { windows, bytes } = this.#options.spacing
    this.#distance = Math.max(bytes, 2 ** Math.ceil(Math.log2(frame.windowSize)) * windows)
    this.#open = undefined
    this.#next(Math.max(dictionaryHead === undefined ? bytes / 2 : 0, frame.windowSize))
  }

  /** Called with the parts of compressed blocks. */
  body(bytes: Buffer): void {
    if (this.#met < BLOCK_START) this.#met += bytes.copy(this.#start, this.#met, 0, BLOCK_START - this.#met)
    if (this.#state.holds || this.#open !== undefined) this.#body.push(Buffer.from(bytes))
  }

  /** Stops where a checkpoint may be due. */
  block(): boolean {
    if (this.#met > 0) this.#state.meet(this.#start.subarray(0, this.#met))
    this.#met = 0
    this.#blocks++
    const reached = this.#at + this.#blocks * BLOCK_LIMIT
    if (this.#body.length > 0) {
      const [first = EMPTY, ...more] = this.#body
      const block = more.length === 0 ? first : Buffer.concat(this.#body)
      this.#body = []
      this.#state.add(block)
      this.#confirm(block)
    }
    if (reached > this.#target - AHEAD && !this.#state.holds) this.#state.begin()
    return reached >= this.#target
  }

  /** The next bytes that were inflated. */
  passed(bytes: Buffer): void {
    const { windowSize } = this.#frame ?? { windowSize: 0 }
    this.#at += bytes.length
    this.#blocks = 0
    if (this.#at <= this.#target - windowSize || this.#open !== undefined) return
    if (this.#room.length < HEAD + windowSize + SLACK) this.#room = Buffer.allocUnsafeSlow(HEAD + windowSize + SLACK)
    if (this.#filled + bytes.length > windowSize + SLACK) {
      this.#room.copyWithin(HEAD, HEAD + this.#filled - windowSize, HEAD + this.#filled)
      this.#filled = windowSize
    }
    this.#filled += bytes.copy(this.#room, HEAD + this.#filled)
  }

  /** Between two blocks. */
  between(compressed: number): void {
    const [frame, room, uncompressed] = [this.#frame, this.#room, this.#at]
    if (uncompressed < this.#target || frame === undefined || this.#filled < frame.windowSize) return
    if (this.#open !== undefined) return
    const state = this.#state.after(frame.windowSize)
    if (state === undefined) {
      if (++this.#tries === MOST_TRIES) this.#next(frame.windowSize)
      return
    }
    const start = HEAD + this.#filled - frame.windowSize - state.head.length
    state.head.copy(room, start)
    const dictionary = room.subarray(start, HEAD + this.#filled)
    const { window, checksum } = frame
    this.#open = { point: { compressed, uncompressed, window, checksum, dictionary }, state }
    if (!state.openHuffman && !state.open.includes(true)) this.#emit()
    this.#next(frame.windowSize)
  }

  /** The frame ended. */
  end(): void {
    this.#open = undefined
    this.#frame = undefined
    this.#target = Number.POSITIVE_INFINITY
    this.#body = []
    this.#release()
  }

  #confirm(block: Buffer): void {
    const open = this.#open
    if (open === undefined) return
    const repeats = repeatsOpen(block, open.state)
    if (repeats === 'no') this.#emit()
    else if (repeats === 'yes') this.#open = undefined
  }

  #emit(): void {
    const point = this.#open?.point
    this.#open = undefined
    if (point === undefined) return
    this.#count++
    if (this.#count % MANY === 0) this.#distance *= 2
    this.#options.onPoint(point)
  }

  #release(): void {
    this.#filled = 0
  }

  /** Places are multiples of the distance, so that other passes find the same ones. */
  #next(least: number): void {
    this.#tries = 0
    this.#release()
    const { known = [] } = this.#options
    let target = Math.ceil((this.#at + least) / this.#distance) * this.#distance
    while (known.some(each => each >= target && each < target + this.#distance / 2)) target += this.#distance
    this.#target = this.#tooLarge ? Number.POSITIVE_INFINITY : target
  }
}

/** Room for the head of a dictionary: a Huffman table and three codes. */
const HEAD = 1024
const EMPTY = Buffer.alloc(0)
