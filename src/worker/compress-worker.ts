import { parentPort } from 'node:worker_threads'
import { type BlockFormat, compressBlock } from '../blob/block-compression.ts'

/** One block to compress. Both buffers come back with the answer, to be used again: nothing is left for the collector. */
export type CompressTask = {
  readonly buffer: ArrayBuffer
  readonly start: number
  readonly end: number
  readonly last: boolean
  readonly format: BlockFormat
  /** Where the compressed block is put. */
  readonly output: ArrayBuffer
}
export type CompressAnswer =
  | { readonly buffer: ArrayBuffer; readonly output: ArrayBuffer; readonly length: number }
  | { readonly error: string }

/** A thread that compresses blocks, one at a time, in the order they come. */
parentPort?.on('message', (task: CompressTask) => {
  const { buffer, start, end, last, format, output } = task
  let answer: CompressAnswer
  try {
    const compressed = compressBlock({ bytes: new Uint8Array(buffer, 0, end), start, last }, format)
    new Uint8Array(output).set(compressed)
    answer = { buffer, output, length: compressed.length }
    release(compressed)
    parentPort?.postMessage(answer, [buffer, output])
  } catch (thrown) {
    answer = { error: thrown instanceof Error ? thrown.message : String(thrown) }
    parentPort?.postMessage(answer)
  }
})

/** Gives zlib's own buffer back at once: a megabyte a block would otherwise pile up until the collector looks. */
function release({ buffer, byteOffset }: Uint8Array): void {
  // Small results lie in a pool that Buffer shares.
  if (byteOffset === 0 && buffer instanceof ArrayBuffer && buffer.byteLength > POOLED) buffer.transfer(0)
}

const POOLED = 64 * 1024
