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

/** The two hashes that dpkg and apk have of a file, of bytes that come in pieces; in hex. */
export function contentSums(): { update(bytes: Uint8Array): void; digest(): { readonly md5: string; readonly sha1: string } } {
  const [md5, sha1] = [createHash('md5'), createHash('sha1')]
  return {
    update(bytes) {
      md5.update(bytes)
      sha1.update(bytes)
    },
    digest: () => ({ md5: md5.digest('hex'), sha1: sha1.digest('hex') }),
  }
}
