import { inflatedRange, type LayerBlob } from './inflated-range.ts'
import { type ContentFile, fileOf, wholeFile } from './read-file.ts'

/** One file's turn in a pass; its bytes are to be taken, or left, before the next file is asked for. */
export type FileContent = { readonly entry: number; readonly bytes: AsyncIterable<Uint8Array> }

/**
 * The contents of many files of one layer in a single pass over it, in the order they lie there: the way a tree is written
 * from, where access file by file would inflate the same bytes again and again.
 * @throws ImageError as `readContent`
 */
export async function* readFilesInOnePass(
  layer: LayerBlob,
  entries: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<FileContent> {
  const files = entries
    .map(entry => ({ entry, file: fileOf(layer.reading, entry) }))
    .sort((a, b) => a.file.dataOffset - b.file.dataOffset)
  for (const stretch of stretches(files)) {
    const [first, last] = [stretch[0]?.file, stretch.at(-1)?.file]
    if (first === undefined || last === undefined) continue
    const tape = new Tape(inflatedRange(layer, first.dataOffset, endOf(last), signal), first.dataOffset)
    try {
      for (const { entry, file } of stretch) {
        yield { entry, bytes: wholeFile(tape.take(file.dataOffset, endOf(file)), file) }
      }
    } finally {
      await tape.close()
    }
  }
}

type Placed = { readonly entry: number; readonly file: ContentFile }

/** A gap that is cheaper to inflate and throw away than to seek over. */
const GAP = 16 * 1024 * 1024

function* stretches(files: readonly Placed[]): Generator<readonly Placed[]> {
  let stretch: Placed[] = []
  let end = 0
  for (const placed of files) {
    if (stretch.length > 0 && placed.file.dataOffset - end > GAP) {
      yield stretch
      stretch = []
    }
    stretch.push(placed)
    end = endOf(placed.file)
  }
  if (stretch.length > 0) yield stretch
}

function endOf({ dataOffset, storedSize }: ContentFile): number {
  return dataOffset + storedSize
}

/** A stream that is read forwards, a stretch at a time. */
class Tape {
  readonly #chunks: AsyncGenerator<Buffer>
  #held: Buffer = Buffer.alloc(0)
  /** Offset of the first held byte. */
  #at: number

  constructor(chunks: AsyncGenerator<Buffer>, start: number) {
    this.#chunks = chunks
    this.#at = start
  }

  async *take(from: number, to: number): AsyncGenerator<Buffer> {
    while (this.#at < to) {
      if (this.#held.length === 0) {
        const { value, done } = await this.#chunks.next()
        // The blob ended early: the check of the file finds it.
        if (done === true) return
        this.#held = value
      }
      const piece = this.#held.subarray(Math.max(0, from - this.#at), to - this.#at)
      const used = Math.min(this.#held.length, to - this.#at)
      this.#held = this.#held.subarray(used)
      this.#at += used
      if (piece.length > 0) yield piece
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined)
  }
}
