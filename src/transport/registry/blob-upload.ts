import type { Descriptor } from '../../blob/descriptor.ts'
import { collected } from '../../blob/pieces.ts'
import { verified } from '../../blob/read.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { waitBefore } from '../http/retry.ts'
import { CHUNK, sendChunks } from './chunked-upload.ts'
import { hasBlob } from './has-blob.ts'
import { type Sent, UploadSession, type UploadTarget } from './upload-session.ts'

/**
 * How a blob goes up (registry.md 3.6): `whole` in the request that ends the session, `chunks` of which a broken one is taken
 * up where it broke, or one `stream` before an empty end, which is how docker does it.
 */
type Way = 'whole' | 'chunks' | 'stream'

/**
 * Uploads a blob, its bytes checked as they pass, in the first way the registry takes. Bytes that can be read again start
 * again when the connection breaks; then in chunks, so that no more than one is sent in vain.
 * @throws ImageError `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `PUSH_FAILED`, `PUSH_DIGEST_MISMATCH`, and refusals
 */
export async function uploadBlob(
  target: UploadTarget,
  blob: Descriptor,
  bytes: AsyncIterable<Uint8Array>,
  opened?: UploadSession,
): Promise<void> {
  const { client, repository, signal } = target
  const small = blob.size <= CHUNK ? await collected(verified(bytes, blob)) : undefined
  const again = small !== undefined || isRepeatable(bytes)
  const refused = new Set<Way>()
  let why = ''
  for (let attempt = 1; attempt <= (again ? client.retry.tries : 1); attempt++) {
    const way = waysOf(small !== undefined, again, attempt).find(each => !refused.has(each))
    if (way === undefined) break
    if (attempt > 1) {
      await waitBefore(attempt - 1, client.retry, signal)
      // An answer that was lost may have been a yes.
      if (await hasBlob(target, blob, signal)) return
    }
    const session = attempt === 1 && opened !== undefined ? opened : await UploadSession.open(client, repository, blob, signal)
    const sent = await withSession(target, session, () => {
      if (way === 'chunks') return sendChunks({ ...target, session, again }, blob, verified(bytes, blob))
      return sendAtOnce(session, way, small ?? (() => verified(bytes, blob)), signal)
    })
    if (sent.done) return
    if (sent.refused) refused.add(way)
    why = sent.why
  }
  const name = escapeText(`${repository.host}/${repository.path}`)
  throw new ImageError('PUSH_FAILED', `Cannot push ${blob.digest} to ${name}: ${why}`, {
    hint:
      refused.size > 0
        ? 'The registry takes none of the ways a blob can be uploaded; a proxy before it may be in the way.'
        : 'Try again; blobs that have arrived are not sent twice.',
  })
}

function waysOf(small: boolean, again: boolean, attempt: number): readonly Way[] {
  if (small) return ['whole', 'stream']
  if (!again) return ['chunks']
  return attempt === 1 ? ['whole', 'chunks', 'stream'] : ['chunks', 'stream', 'whole']
}

/** A session that did not come to its end is taken back. */
async function withSession({ sessions }: UploadTarget, session: UploadSession, send: () => Promise<Sent>): Promise<Sent> {
  sessions.add(session)
  let done = false
  try {
    const sent = await send()
    done = sent.done
    return sent
  } finally {
    if (!done) await session.cancel()
    sessions.delete(session)
  }
}

async function sendAtOnce(
  session: UploadSession,
  way: 'whole' | 'stream',
  body: Uint8Array | (() => AsyncIterable<Uint8Array>),
  signal: AbortSignal | undefined,
): Promise<Sent> {
  if (way === 'whole') return session.finish(body, signal)
  const sent = await session.stream(body, signal)
  return sent.done ? session.finish(new Uint8Array(0), signal) : sent
}

/** A generator is its own iterator and is read once; anything else starts anew each time it is asked. */
function isRepeatable(bytes: AsyncIterable<Uint8Array>): boolean {
  return !('next' in bytes) && !('read' in bytes)
}
