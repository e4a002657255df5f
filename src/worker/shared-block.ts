/** A stretch of a stream in memory that every thread sees: nothing is copied or handed over between them. */
export type SharedBlock = {
  readonly buffer: SharedArrayBuffer
  /** The block's own bytes; up to a window of what precedes them lies before `start`. */
  readonly start: number
  readonly end: number
  readonly last: boolean
}

/** How a stream is cut. */
export type Cut = { readonly size: number; readonly window: number }

/** The result of a block, in bytes that are valid until `release`. */
export type BlockResult = { readonly bytes: Uint8Array; readonly release: () => void }

export function bytesInBlock({ buffer, start, end }: SharedBlock): Buffer {
  return Buffer.from(buffer, start, end - start)
}

/**
 * Hands the stream to `work` block by block, up to `most` at once, and gives the results in order, each valid until the next
 * is asked for. The buffers go round: as many as are at work, and no more.
 */
export async function* throughBlocks(
  chunks: AsyncIterable<Uint8Array>,
  cut: Cut,
  most: number,
  work: (block: SharedBlock) => Promise<BlockResult>,
): AsyncGenerator<Uint8Array> {
  const spare: SharedArrayBuffer[] = []
  const running: { readonly block: SharedBlock; readonly result: Promise<BlockResult> }[] = []
  async function* first(): AsyncGenerator<Uint8Array> {
    const next = running.shift()
    if (next === undefined) return
    const { bytes, release } = await next.result
    yield bytes
    release()
    spare.push(next.block.buffer)
  }
  for await (const block of blocksOf(chunks, cut, spare)) {
    const result = work(block)
    // A rejection is looked at when the block's turn comes.
    result.catch(() => undefined)
    running.push({ block, result })
    if (running.length >= most) yield* first()
  }
  while (running.length > 0) yield* first()
}

/** Cuts the stream at fixed places; each block begins with the window of what precedes it. The last may be empty. */
async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  { size, window }: Cut,
  spare: SharedArrayBuffer[],
): AsyncGenerator<SharedBlock> {
  const fresh = () => new Uint8Array(spare.pop() ?? new SharedArrayBuffer(window + size))
  let [bytes, start] = [fresh(), 0]
  let end = start
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      if (end - start === size) {
        const next = fresh()
        const kept = Math.min(window, end)
        next.set(bytes.subarray(end - kept, end))
        yield { buffer: bytes.buffer, start, end, last: false }
        ;[bytes, start, end] = [next, kept, kept]
      }
      const piece = chunk.subarray(taken, taken + size - (end - start))
      bytes.set(piece, end)
      end += piece.length
      taken += piece.length
    }
  }
  yield { buffer: bytes.buffer, start, end, last: true }
}
