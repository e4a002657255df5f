import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** The hash of `bytes` in hex: what package databases have of the files they ship. */
export function hexHash(algorithm: 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

/** CRC-32 (IEEE) of text with one character a byte. */
export function crc32Of(binary: string): number {
  return crc32(Buffer.from(binary, 'latin1'))
}
