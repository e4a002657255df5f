import { availableParallelism } from 'node:os'
import { BlockEnvelope, type BlockFormat, blockBytes, compressedLimit, windowBytes } from '../blob/block-compression.ts'
import { ImageError } from '../error.ts'
import type { CompressAnswer, CompressTask } from './compress-worker.ts'
import { halfOf } from './half-of.ts'
import { RequestThread } from './request-thread.ts'
import { bytesInBlock, type SharedBlock, throughBlocks } from './shared-block.ts'

type CompressOptions = {
  readonly signal?: AbortSignal | undefined
  /** Sees every block as it was before it is compressed, in order; no block is used again before it has. */
  readonly witness?: ((block: SharedBlock) => Promise<unknown>) | undefined
}

/** Threads that compress. The bytes depend on the input and the format alone, never on the number of threads. */
export interface CompressPool {
  /**
   * The compressed stream of `chunks`, or the stream itself without a format, in chunks that are valid until the next is asked
   * for. A few blocks are in memory.
   * @throws ImageError `COMPRESSION_FAILED`, and what `chunks` and the witness throw
   */
  compress(
    chunks: AsyncIterable<Uint8Array>,
    format: BlockFormat | undefined,
    options?: CompressOptions,
  ): AsyncGenerator<Uint8Array>
  /** Starts the threads, which takes a while, before there is anything to compress. */
  start(): void
  close(): Promise<void>
}

/** More threads than this only add memory: the reading thread cannot feed them. */
const MOST_THREADS = 8

export type CompressPoolOptions = {
  readonly size?: number
  /** Half of the threads work for as long as it says so; it is asked for each block. */
  readonly isSparing?: () => boolean
}

export function createCompressPool({
  size = Math.min(MOST_THREADS, availableParallelism()),
  isSparing,
}: CompressPoolOptions = {}): CompressPool {
  const threads: CompressThread[] = []
  let isClosed = false
  const atWork = (): readonly CompressThread[] => {
    const count = isSparing?.() === true ? halfOf(size) : size
    while (!isClosed && threads.length < count) threads.push(startThread())
    return threads.slice(0, count)
  }
  return {
    compress(chunks, format, options = {}) {
      return format === undefined ? uncompressed(chunks, options) : compressed({ atWork, size }, chunks, format, options)
    },
    start() {
      atWork()
    },
    async close() {
      isClosed = true
      await Promise.all(threads.map(thread => thread.close()))
    },
  }
}

type CompressThread = RequestThread<CompressTask, CompressAnswer>

function startThread(): CompressThread {
  return new RequestThread({
    file: 'compress-worker',
    name: 'peel compress',
    youngGenerationMegabytes: 4,
    failure: why => new ImageError('COMPRESSION_FAILED', `Cannot compress the layer: ${why}`),
  })
}

/** Blocks take threads unequally long: some wait, so that no thread does. */
const [WAITING_BYTES, LEAST_WAITING] = [4 * 1024 * 1024, 2]

type Crew = { readonly atWork: () => readonly CompressThread[]; readonly size: number }

async function* compressed(
  { atWork, size: crew }: Crew,
  chunks: AsyncIterable<Uint8Array>,
  format: BlockFormat,
  { signal, witness }: CompressOptions,
): AsyncGenerator<Uint8Array> {
  const envelope = new BlockEnvelope(format)
  const outputs: SharedArrayBuffer[] = []
  const size = blockBytes(format)
  const most = crew + Math.max(LEAST_WAITING, WAITING_BYTES / size)
  yield envelope.head
  yield* throughBlocks(chunks, { size, window: windowBytes(format) }, most, async block => {
    signal?.throwIfAborted()
    envelope.update(bytesInBlock(block))
    const output = outputs.pop() ?? new SharedArrayBuffer(compressedLimit(size))
    const { buffer, start, end, last } = block
    const [{ length }] = await Promise.all([
      leastBusy(atWork()).ask({ buffer, start, end, last, format, output }),
      witness?.(block),
    ])
    return { bytes: new Uint8Array(output, 0, length), release: () => void outputs.push(output) }
  })
  yield envelope.tail
}

function leastBusy(threads: readonly CompressThread[]): CompressThread {
  return threads.reduce((least, thread) => (thread.owed < least.owed ? thread : least))
}

/** Blocks of a stream that is not compressed, and how many of them are in memory. */
const [PLAIN_BYTES, MOST_PLAIN] = [1024 * 1024, 4]

function uncompressed(chunks: AsyncIterable<Uint8Array>, { signal, witness }: CompressOptions): AsyncGenerator<Uint8Array> {
  return throughBlocks(chunks, { size: PLAIN_BYTES, window: 0 }, MOST_PLAIN, async block => {
    signal?.throwIfAborted()
    await witness?.(block)
    return { bytes: bytesInBlock(block), release: () => undefined }
  })
}
