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
    const length = compressBlock({ bytes: new Uint8Array(buffer, 0, end), start, last }, format, new Uint8Array(output))
    answer = { buffer, output, length }
    parentPort?.postMessage(answer, [buffer, output])
  } catch (thrown) {
    answer = { error: thrown instanceof Error ? thrown.message : String(thrown) }
    parentPort?.postMessage(answer)
  }
})
