import type { Descriptor } from '../../blob/descriptor.ts'
import { inPieces } from '../../blob/pieces.ts'
import { waitBefore } from '../http/retry.ts'
import { hasBlob } from './has-blob.ts'
import type { Sent, UploadSession, UploadTarget } from './upload-session.ts'

/** Bytes of one chunk, and of the largest blob that is held in memory to be sent again. */
export const CHUNK = 8 * 1024 * 1024
const LARGEST_CHUNK = 64 * 1024 * 1024

type ChunkTarget = UploadTarget & {
  readonly session: UploadSession
  /** The bytes can be read again, so that another way may be tried where this one is refused. */
  readonly again: boolean
}

/** Sends a blob chunk by chunk, each until the registry has it, and ends the session with an empty request. */
export async function sendChunks(target: ChunkTarget, blob: Descriptor, bytes: AsyncIterable<Uint8Array>): Promise<Sent> {
  const { session, client, signal, again } = target
  if (again && session.leastChunk > LARGEST_CHUNK)
    return { done: false, why: 'the registry wants very large chunks', refused: true }
  const memory = Buffer.allocUnsafe(Math.min(LARGEST_CHUNK, Math.max(CHUNK, session.leastChunk)))
  let offset = 0
  let ranged = true
  for await (const chunk of inPieces(bytes, () => memory)) {
    let sent = await sendChunk(target, chunk, offset, ranged)
    if (!sent.done && sent.refused && !again && offset === 0) {
      // Nothing of it was taken: registries that know no ranges append what comes without one.
      ranged = false
      sent = await sendChunk(target, chunk, offset, ranged)
    }
    if (!sent.done) return sent
    offset += chunk.byteLength
  }
  let sent: Sent = { done: false, why: '', refused: false }
  for (let attempt = 1; attempt <= client.retry.tries && !sent.done; attempt++) {
    if (attempt > 1) {
      await waitBefore(attempt - 1, client.retry, signal)
      if (await hasBlob(target, blob, signal)) return { done: true }
    }
    sent = await session.finish(new Uint8Array(0), signal)
  }
  return sent
}

/** One chunk until the registry has it: after a setback the registry says how much of it arrived. */
async function sendChunk(
  { client, signal, session }: ChunkTarget,
  chunk: Uint8Array,
  offset: number,
  ranged: boolean,
): Promise<Sent> {
  let from = 0
  let sent: Sent = { done: false, why: '', refused: false }
  for (let attempt = 1; attempt <= client.retry.tries; attempt++) {
    sent = await session.patch(chunk.subarray(from), ranged ? offset + from : undefined, signal)
    if (sent.done || sent.refused) return sent
    await waitBefore(attempt, client.retry, signal)
    const received = await session.received(signal)
    if (received === offset + chunk.byteLength) return { done: true }
    if (received === undefined || received < offset || received > offset + chunk.byteLength) break
    from = received - offset
  }
  return sent
}
