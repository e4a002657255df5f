import { parentPort } from 'node:worker_threads'
import { type BlockFormat, compressBlock } from '../blob/block-compression.ts'
import { reasonOf } from '../error.ts'
import type { Refusal } from './request-thread.ts'
import type { SharedBlock } from './shared-block.ts'

/** One block to compress. */
export type CompressTask = SharedBlock & {
  readonly format: BlockFormat
  /** Where the compressed block is put. */
  readonly output: SharedArrayBuffer
}
export type CompressAnswer = { readonly length: number }

/** A thread that compresses blocks, one at a time, in the order they come. */
parentPort?.on('message', ({ buffer, start, end, last, format, output }: CompressTask) => {
  let answer: CompressAnswer | Refusal
  try {
    answer = { length: compressBlock({ bytes: new Uint8Array(buffer, 0, end), start, last }, format, new Uint8Array(output)) }
  } catch (thrown) {
    answer = { error: reasonOf(thrown) }
  }
  parentPort?.postMessage(answer)
})
