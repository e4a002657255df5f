import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { BlockEnvelope, type BlockFormat, blockBytes, compressedLimit, windowBytes } from '../blob/block-compression.ts'
import { ImageError } from '../error.ts'
import type { CompressAnswer, CompressTask } from './compress-worker.ts'

/** Threads that compress. The bytes depend on the input and the format alone, never on the number of threads. */
export interface CompressPool {
  /**
   * The compressed stream of `chunks`, in chunks that are valid until the next is asked for. A few blocks are in memory.
   * @throws ImageError `COMPRESSION_FAILED`, and what `chunks` throws
   */
  compress(chunks: AsyncIterable<Uint8Array>, format: BlockFormat, signal?: AbortSignal): AsyncGenerator<Uint8Array>
  close(): Promise<void>
}

/** More threads than this only add memory: the reading thread cannot feed them. */
const MOST_THREADS = 8

export function createCompressPool({ size = Math.min(MOST_THREADS, availableParallelism()) } = {}): CompressPool {
  let threads: CompressThread[] | undefined
  return {
    compress(chunks, format, signal) {
      threads ??= Array.from({ length: size }, () => new CompressThread())
      return compressed(threads, chunks, format, signal)
    },
    async close() {
      const closing = threads ?? []
      threads = undefined
      await Promise.all(closing.map(thread => thread.close()))
    },
  }
}

type Compressed = Exclude<CompressAnswer, { readonly error: string }>

async function* compressed(
  threads: readonly CompressThread[],
  chunks: AsyncIterable<Uint8Array>,
  format: BlockFormat,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const envelope = new BlockEnvelope(format)
  const running: Promise<Compressed>[] = []
  const [spare, outputs]: [ArrayBuffer[], ArrayBuffer[]] = [[], []]
  // One block waits while each thread has one at hand.
  const most = threads.length + 1
  let sent = 0
  yield envelope.head
  for await (const block of blocksOf(chunks, format, spare)) {
    signal?.throwIfAborted()
    envelope.update(new Uint8Array(block.buffer, block.start, block.end - block.start))
    const thread = threads[sent++ % threads.length]
    const output = outputs.pop() ?? new ArrayBuffer(compressedLimit(blockBytes(format)))
    const task = thread?.run({ ...block, format, output })
    // A rejection is looked at when the block's turn comes.
    task?.catch(() => undefined)
    if (task !== undefined) running.push(task)
    if (running.length < most) continue
    const done = await running.shift()
    if (done === undefined) continue
    spare.push(done.buffer)
    yield new Uint8Array(done.output, 0, done.length)
    outputs.push(done.output)
  }
  for (const task of running) {
    const { output, length } = await task
    yield new Uint8Array(output, 0, length)
  }
  yield envelope.tail
}

type FilledBlock = Omit<CompressTask, 'format' | 'output'>

/** Cuts the stream at fixed places; each block begins with the window of what precedes it. The last may be empty. */
async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  format: BlockFormat,
  spare: ArrayBuffer[],
): AsyncGenerator<FilledBlock> {
  const [window, size] = [windowBytes(format), blockBytes(format)]
  const fresh = () => new Uint8Array(spare.pop() ?? new ArrayBuffer(window + size))
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

/** One worker and the blocks it was given, answered in order. */
class CompressThread {
  readonly #worker: Worker
  readonly #waiting: PromiseWithResolvers<Compressed>[] = []

  constructor() {
    // From the sources Node runs the .ts file as it is; in the bundle every entry lies in one directory.
    const file = import.meta.url.endsWith('.ts') ? './compress-worker.ts' : './compress-worker.js'
    this.#worker = new Worker(new URL(file, import.meta.url), {
      execArgv: [],
      name: 'peel compress',
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    })
    this.#worker.unref()
    this.#worker.on('message', (answer: CompressAnswer) => {
      const waiting = this.#waiting.shift()
      if ('error' in answer) waiting?.reject(failure(answer.error))
      else waiting?.resolve(answer)
    })
    this.#worker.on('error', error => this.#fail(error.message))
    this.#worker.on('exit', () => this.#fail('its thread ended'))
  }

  run(task: CompressTask): Promise<Compressed> {
    const waiting = Promise.withResolvers<Compressed>()
    this.#waiting.push(waiting)
    this.#worker.ref()
    const settled = () => {
      if (this.#waiting.length === 0) this.#worker.unref()
    }
    waiting.promise.then(settled, settled)
    this.#worker.postMessage(task, [task.buffer, task.output])
    return waiting.promise
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(why: string): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(failure(why))
  }
}

function failure(why: string): ImageError {
  return new ImageError('COMPRESSION_FAILED', `Cannot compress the layer: ${why}`)
}
