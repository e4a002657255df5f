import { parentPort } from 'node:worker_threads'
import { type BlockFormat, compressBlock } from '../blob/block-compression.ts'

/** One block to compress; `buffer` is given to the worker and comes back with the answer, to be filled again. */
export type CompressTask = {
  readonly buffer: ArrayBuffer
  readonly start: number
  readonly end: number
  readonly last: boolean
  readonly format: BlockFormat
}
export type CompressAnswer =
  | { readonly buffer: ArrayBuffer; readonly compressed: Uint8Array<ArrayBuffer> }
  | { readonly error: string }

/** A thread that compresses blocks, one at a time, in the order they come. */
parentPort?.on('message', (task: CompressTask) => {
  const { buffer, start, end, last, format } = task
  let answer: CompressAnswer
  try {
    const compressed = own(compressBlock({ bytes: new Uint8Array(buffer, 0, end), start, last }, format))
    answer = { buffer, compressed }
    parentPort?.postMessage(answer, [buffer, compressed.buffer])
  } catch (thrown) {
    answer = { error: thrown instanceof Error ? thrown.message : String(thrown) }
    parentPort?.postMessage(answer)
  }
})

/** The bytes in a buffer of their own, which can be transferred: small results of zlib lie in Node's shared pool. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  return copy
}
