import { ImageError } from '../error.ts'
import type { Descriptor } from './descriptor.ts'
import { digestOf, hasherFor, isVerifiable, splitDigest } from './digest.ts'
import type { BlobSource } from './source.ts'

/** Largest manifest, index or config that is read into memory (formats.md 1.3). */
export const DOCUMENT_LIMIT = 4 * 1024 * 1024

/**
 * The bytes of a blob, verified by construction: size and digest are checked as the bytes pass, and a blob that
 * does not match throws before the last chunk is handed on.
 * @throws ImageError `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH`, and the source's own
 */
export async function* readBlob(source: BlobSource, blob: Descriptor, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const embedded = embeddedData(blob)
  if (embedded !== undefined) {
    yield embedded
    return
  }
  yield* verified(source.fetchUnverified(blob, {}, signal), blob)
}

/**
 * The bytes of a blob for a sink, which checks what it is given (`BlobSink.put`): hashing them here as well would cost a
 * core for nothing.
 */
export async function* bytesForSink(source: BlobSource, blob: Descriptor, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const embedded = embeddedData(blob)
  if (embedded !== undefined) yield embedded
  else yield* source.fetchUnverified(blob, {}, signal)
}

/** Passes `bytes` on while checking them against `blob`; the last chunk is held back until the digest is right. */
export async function* verified(bytes: AsyncIterable<Uint8Array>, blob: Descriptor): AsyncGenerator<Uint8Array> {
  const hash = isVerifiable(blob.digest) ? hasherFor(blob.digest) : undefined
  let seen = 0
  let held: Uint8Array | undefined
  for await (const chunk of bytes) {
    seen += chunk.byteLength
    if (seen > blob.size) throw sizeMismatch(blob, `more than ${blob.size}`)
    hash?.update(chunk)
    if (held !== undefined) yield held
    held = chunk
  }
  if (seen !== blob.size) throw sizeMismatch(blob, String(seen))
  const [algorithm, encoded] = splitDigest(blob.digest)
  const actual = hash?.digest('hex')
  if (actual !== undefined && actual !== encoded) throw digestMismatch(blob, `${algorithm}:${actual}`)
  if (held !== undefined) yield held
}

/**
 * A whole document in memory, verified.
 * @throws ImageError `DOCUMENT_TOO_LARGE` besides those of `readBlob`
 */
export async function readDocument(
  source: BlobSource,
  blob: Descriptor,
  signal?: AbortSignal,
  limit = DOCUMENT_LIMIT,
): Promise<Buffer> {
  if (blob.size > limit) {
    throw new ImageError(
      'DOCUMENT_TOO_LARGE',
      `Cannot read ${blob.digest}: its ${blob.size} bytes are over the limit of ${limit} for a document`,
    )
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of readBlob(source, blob, signal)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** `data` of the descriptor when it is present and right (image-spec descriptor.md#embedded-content). */
export function embeddedData(blob: Descriptor): Buffer | undefined {
  if (blob.data === undefined || blob.data.length > DOCUMENT_LIMIT * 2) return undefined
  const bytes = Buffer.from(blob.data, 'base64')
  const right =
    bytes.byteLength === blob.size && isVerifiable(blob.digest) && digestOf(bytes, splitDigest(blob.digest)[0]) === blob.digest
  return right ? bytes : undefined
}

export function sizeMismatch(blob: Descriptor, actual: string): ImageError {
  return new ImageError(
    'BLOB_SIZE_MISMATCH',
    `Cannot read ${blob.digest}: it has ${actual} bytes where its descriptor says ${blob.size}`,
    {
      hint: 'The image is damaged or was changed; fetch or save it again.',
    },
  )
}

export function digestMismatch(blob: Descriptor, actual: string): ImageError {
  return new ImageError('BLOB_DIGEST_MISMATCH', `Cannot read ${blob.digest}: its content has the digest ${actual}`, {
    hint: 'The image is damaged or was changed; fetch or save it again.',
  })
}

/** The error for content under a digest that this program cannot compute, so that anything could be it. */
export function unverifiable(action: 'copy' | 'read', { digest }: Descriptor): ImageError {
  const failure = {
    action: `${action} ${digest}`,
    why: 'this program cannot compute its kind of digest, so anything could be it',
  }
  const hint =
    action === 'copy' ? 'Use --allow-unverified to copy it unchecked.' : 'Ask for the image with sha256 or sha512 digests.'
  return new ImageError('DIGEST_UNVERIFIABLE', failure, { hint })
}
