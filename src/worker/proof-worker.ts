import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { digestFrom } from '../blob/digest.ts'
import { reasonOf } from '../error.ts'
import { WrittenChangeset } from '../layer/written-changeset.ts'
import { encodeReading } from './reading/reading-codec.ts'
import type { Refusal } from './request-thread.ts'
import { bytesInBlock, type SharedBlock } from './shared-block.ts'

export type ProofTask = { readonly block: SharedBlock | undefined }
/** The reading, as `encodeReading` makes it, once there is no block. */
export type ProofAnswer = { readonly encoded?: Uint8Array<ArrayBuffer> }

const changeset = new WrittenChangeset()
const hash = createHash('sha256')
let size = 0

/** A thread that reads one tar as it is written: hashes it and lists it, as any later reader of the tar would. */
parentPort?.on('message', ({ block }: ProofTask) => {
  try {
    if (block === undefined) finish()
    else {
      const bytes = bytesInBlock(block)
      hash.update(bytes)
      changeset.push(bytes)
      size += bytes.length
      answer({})
    }
  } catch (thrown) {
    answer({ error: reasonOf(thrown) })
  }
})

function finish(): void {
  const diffID = digestFrom(hash)
  const parts = { digest: diffID, diffID, size, tarSize: size, compression: 'none', accessPoints: [] } as const
  answer({ encoded: encodeReading({ ...parts, changeset: changeset.finish() }) })
}

function answer(message: ProofAnswer | Refusal): void {
  parentPort?.postMessage(message, 'encoded' in message && message.encoded !== undefined ? [message.encoded.buffer] : [])
}
