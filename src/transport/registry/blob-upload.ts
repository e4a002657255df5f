import type { Descriptor } from '../../blob/descriptor.ts'
import { verified } from '../../blob/read.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { RegistryClient } from './client.ts'
import { hasBlob } from './has-blob.ts'
import type { RepositoryName } from './registry-options.ts'
import { pause } from './retry.ts'
import { UploadSession } from './upload-session.ts'

export type UploadTarget = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  /** Sessions under way, so that giving up can take them back. */
  readonly sessions: Set<UploadSession>
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((blob: Descriptor, bytes: number) => void) | undefined
}

/** Bytes of one chunk, and of the largest blob that is held in memory to be sent again. */
const CHUNK = 8 * 1024 * 1024
const LARGEST_CHUNK = 64 * 1024 * 1024
/** What ends a connection but not the upload. */
const DEAD = new Set(['CONNECTION_LOST', 'REGISTRY_SILENT', 'CONNECTION_TIMED_OUT'])

/** What came of a try; the reason is for the message of the last one. */
type Try = { readonly done: true } | { readonly done: false; readonly why: string }

/**
 * Uploads a blob, its bytes checked as they pass. A small one is sent in one piece as often as it takes; a large one
 * streams in one PUT where it can be read again, else in chunks, which is also how a broken upload is taken up.
 * @throws ImageError `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `PUSH_FAILED`, `PUSH_DIGEST_MISMATCH`, and refusals
 */
export async function uploadBlob(
  target: UploadTarget,
  blob: Descriptor,
  bytes: AsyncIterable<Uint8Array>,
  opened?: UploadSession,
): Promise<void> {
  const { client, repository, signal } = target
  const small = blob.size <= CHUNK ? await collect(verified(bytes, blob)) : undefined
  const again = small !== undefined || isRepeatable(bytes)
  let why = ''
  for (let attempt = 1; attempt <= (again ? client.retry.tries : 1); attempt++) {
    if (attempt > 1) {
      await pause(attempt - 1, client.retry, signal)
      // An answer that was lost may have been a yes.
      if (await hasBlob(target, blob, signal)) return
    }
    const session = attempt === 1 && opened !== undefined ? opened : await UploadSession.open(client, repository, blob, signal)
    const outcome = await withSession(target, session, () => {
      if (small !== undefined) return sendWhole(target, blob, session, small)
      return again && attempt === 1 ? sendStream(target, blob, session, bytes) : sendChunks(target, blob, session, bytes)
    })
    if (outcome.done) return
    why = outcome.why
  }
  throw new ImageError(
    'PUSH_FAILED',
    `Cannot push ${blob.digest} to ${escapeText(`${repository.host}/${repository.path}`)}: ${why}`,
    {
      hint: 'Try again; what arrived already is not sent twice.',
    },
  )
}

/** A session that did not come to its end is taken back. */
async function withSession(target: UploadTarget, session: UploadSession, send: () => Promise<Try>): Promise<Try> {
  target.sessions.add(session)
  let outcome: Try = { done: false, why: '' }
  try {
    outcome = await send()
    return outcome
  } finally {
    if (!outcome.done) await session.cancel()
    target.sessions.delete(session)
  }
}

async function sendWhole(
  { onProgress, signal }: UploadTarget,
  blob: Descriptor,
  session: UploadSession,
  bytes: Uint8Array,
): Promise<Try> {
  return survive(signal, async () => {
    const { done, status } = await session.finish(bytes, signal)
    if (done) onProgress?.(blob, bytes.byteLength)
    return done ? { done } : { done, why: `the registry answers ${status}` }
  })
}

async function sendStream(
  target: UploadTarget,
  blob: Descriptor,
  session: UploadSession,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Try> {
  const { signal, onProgress } = target
  async function* counted() {
    let sent = 0
    for await (const chunk of verified(bytes, blob)) {
      yield chunk
      sent += chunk.byteLength
      onProgress?.(blob, sent)
    }
  }
  return survive(signal, async () => {
    const { done, status } = await session.finish(counted, signal)
    return done ? { done } : { done, why: `the registry answers ${status}` }
  })
}

async function sendChunks(
  target: UploadTarget,
  blob: Descriptor,
  session: UploadSession,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Try> {
  const { signal, onProgress, client } = target
  const size = Math.min(LARGEST_CHUNK, Math.max(CHUNK, session.leastChunk))
  let offset = 0
  for await (const chunk of chunksOf(verified(bytes, blob), size)) {
    const outcome = await sendChunk(target, session, chunk, offset)
    if (!outcome.done) return outcome
    offset += chunk.byteLength
    onProgress?.(blob, offset)
  }
  let outcome: Try = { done: false, why: '' }
  for (let attempt = 1; attempt <= client.retry.tries && !outcome.done; attempt++) {
    if (attempt > 1) {
      await pause(attempt - 1, client.retry, signal)
      if (await hasBlob(target, blob, signal)) return { done: true }
    }
    outcome = await sendWhole({ ...target, onProgress: undefined }, blob, session, new Uint8Array(0))
  }
  return outcome
}

/** One chunk until the registry has it: after a setback the registry says how much of it arrived. */
async function sendChunk(
  { client, signal }: UploadTarget,
  session: UploadSession,
  chunk: Uint8Array,
  offset: number,
): Promise<Try> {
  let from = 0
  let why = ''
  for (let attempt = 1; attempt <= client.retry.tries; attempt++) {
    const outcome = await survive(signal, async () => {
      const { done, status } = await session.patch(chunk.subarray(from), offset + from, signal)
      return done ? { done } : { done, why: `the registry answers ${status}` }
    })
    if (outcome.done) return outcome
    why = outcome.why
    await pause(attempt, client.retry, signal)
    const received = await session.received(signal)
    if (received === offset + chunk.byteLength) return { done: true }
    if (received === undefined || received < offset || received > offset + chunk.byteLength) break
    from = received - offset
  }
  return { done: false, why }
}

/** A dead connection is a setback like a bad answer; everything else is an error. */
async function survive(signal: AbortSignal | undefined, send: () => Promise<Try>): Promise<Try> {
  try {
    return await send()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ImageError && DEAD.has(error.code)) return { done: false, why: error.message }
    throw error
  }
}

/** A generator is its own iterator and is read once; anything else starts anew each time it is asked. */
function isRepeatable(bytes: AsyncIterable<Uint8Array>): boolean {
  return !('next' in bytes) && !('read' in bytes)
}

async function* chunksOf(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  // Whoever takes a chunk is done with it when the next one is asked for.
  const chunk = Buffer.allocUnsafe(size)
  let filled = 0
  for await (const part of bytes) {
    for (let at = 0; at < part.byteLength; ) {
      const piece = part.subarray(at, at + size - filled)
      chunk.set(piece, filled)
      filled += piece.byteLength
      at += piece.byteLength
      if (filled < size) continue
      yield chunk
      filled = 0
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled)
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
