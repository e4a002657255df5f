import { parentPort } from 'node:worker_threads'
import { ImageError, reasonOf } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { type MadeZtoc, makeZtoc, type ZtocOrder } from './soci/ztoc-maker.ts'

export type ZtocAnswer = { readonly made: MadeZtoc } | { readonly failed: { readonly code: ErrorCode; readonly message: string } }

/** A thread that makes zTOCs, one layer a message. */
parentPort?.on('message', (order: ZtocOrder) => {
  try {
    const made = makeZtoc(order)
    answer({ made }, 'ztoc' in made ? [made.ztoc.buffer] : [])
  } catch (thrown) {
    const code = thrown instanceof ImageError ? thrown.code : 'LAYER_READ_FAILED'
    const message = thrown instanceof ImageError ? thrown.message : `Cannot index layer ${order.blob.digest}: ${reasonOf(thrown)}`
    answer({ failed: { code, message } })
  }
})

function answer(message: ZtocAnswer, moved: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, moved)
}
