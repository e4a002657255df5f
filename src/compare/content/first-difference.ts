/** Bytes of an excerpt at most. */
export const EXCERPT = 16

/** Where two contents first differ. */
export type FirstDifference = {
  /** Offset of the first byte that differs; undefined where none does. */
  readonly at: number | undefined
  /** The bytes of both from there on. */
  readonly excerpt: { readonly before: Uint8Array; readonly after: Uint8Array }
}

/** Bytes that are compared in one go: megabytes that are the same are passed in a millisecond. */
const BLOCK = 16 * 1024

/** The offset at which two contents in memory first differ; undefined where they do not. */
export function differenceOf(a: Uint8Array, b: Uint8Array): number | undefined {
  const shorter = Math.min(a.length, b.length)
  for (let start = 0; start < shorter; start += BLOCK) {
    const end = Math.min(shorter, start + BLOCK)
    if (Buffer.compare(a.subarray(start, end), b.subarray(start, end)) === 0) continue
    for (let index = start; index < end; index++) if (a[index] !== b[index]) return index
  }
  return a.length === b.length ? undefined : shorter
}

/** The same of contents of any size, side by side, a few pieces of each in memory; the rest after the first difference is not read. */
export async function firstDifference(
  left: AsyncIterable<Uint8Array>,
  right: AsyncIterable<Uint8Array>,
): Promise<FirstDifference> {
  const [mine, theirs] = [new Held(left), new Held(right)]
  try {
    for (let offset = 0; ; ) {
      await Promise.all([mine.fill(), theirs.fill()])
      const length = Math.min(mine.bytes.length, theirs.bytes.length)
      const at = differenceOf(mine.bytes.subarray(0, length), theirs.bytes.subarray(0, length))
      if (at === undefined && length > 0) {
        mine.drop(length)
        theirs.drop(length)
        offset += length
        continue
      }
      const isSame = at === undefined && mine.bytes.length === theirs.bytes.length
      mine.drop(at ?? 0)
      theirs.drop(at ?? 0)
      await Promise.all([mine.fill(), theirs.fill()])
      const excerpt = { before: mine.bytes.subarray(0, EXCERPT), after: theirs.bytes.subarray(0, EXCERPT) }
      return { at: isSame ? undefined : offset + (at ?? 0), excerpt }
    }
  } finally {
    await Promise.all([mine.close(), theirs.close()])
  }
}

/** The next bytes of a content. */
class Held {
  bytes: Buffer = Buffer.alloc(0)
  readonly #source: AsyncIterator<Uint8Array>

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Holds an excerpt's worth of bytes, unless the content ends before. */
  async fill(): Promise<void> {
    while (this.bytes.length < EXCERPT) {
      const next = await this.#source.next()
      if (next.done === true) return
      this.bytes = Buffer.concat([this.bytes, next.value])
    }
  }

  drop(length: number): void {
    this.bytes = this.bytes.subarray(length)
  }

  async close(): Promise<void> {
    await this.#source.return?.(undefined)
  }
}
