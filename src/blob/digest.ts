import { createHash, type Hash } from 'node:crypto'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'

/** `algorithm:encoded`, checked against image-spec descriptor.md. Safe to use as a path component once split. */
export type Digest = `${string}:${string}` & { readonly __digest: unique symbol }

const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
/** Registered algorithms and the length of their lower-case hex (image-spec main registers blake3). */
const REGISTERED: Readonly<Record<string, number>> = { sha256: 64, sha512: 128, blake3: 64 }
const COMPUTABLE = new Set(['sha256', 'sha512'])

/** @throws ImageError `DIGEST_INVALID` */
export function parseDigest(text: unknown): Digest {
  if (typeof text === 'string' && isDigest(text)) return text
  const shown = escapeText(typeof text === 'string' ? text.slice(0, 160) : String(text))
  throw new ImageError(
    'DIGEST_INVALID',
    `Cannot use digest "${shown}": it is not algorithm:encoded as the image specification writes it`,
    {
      hint: 'A sha256 digest is "sha256:" and 64 lower-case hexadecimal digits.',
    },
  )
}

export function isDigest(text: string): text is Digest {
  if (text.length > 512 || !GRAMMAR.test(text)) return false
  const [algorithm = '', encoded = ''] = splitDigest(text as Digest)
  const length = REGISTERED[algorithm]
  return length === undefined || (encoded.length === length && /^[0-9a-f]+$/.test(encoded))
}

export function splitDigest(digest: Digest): [algorithm: string, encoded: string] {
  const colon = digest.indexOf(':')
  return [digest.slice(0, colon), digest.slice(colon + 1)]
}

/** Whether this Node can compute the digest's algorithm; if not, content is shown as "cannot verify". */
export function isVerifiable(digest: Digest): boolean {
  return COMPUTABLE.has(splitDigest(digest)[0])
}

export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): Digest {
  return digestFrom(createHash(algorithm).update(bytes), algorithm)
}

/** A running hash of the algorithm that `digest` names. */
export function hasherFor(digest: Digest): Hash {
  return createHash(splitDigest(digest)[0])
}

export function digestFrom(hash: Hash, algorithm = 'sha256'): Digest {
  return digestOfHash(hash.digest(), algorithm)
}

/** The digest of a finished hash. */
export function digestOfHash(hash: Buffer, algorithm = 'sha256'): Digest {
  return `${algorithm}:${hash.toString('hex')}` as Digest
}

/** The first twelve hexadecimal digits, as docker shows them. */
export function shortDigest(digest: Digest): string {
  return splitDigest(digest)[1].slice(0, 12)
}
