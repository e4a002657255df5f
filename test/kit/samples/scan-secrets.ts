import { SecretScanner } from '../../../src/check/secret/secret-scanner.ts'
import type { SecretHit } from '../../../src/check/secret-hit.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'

/** The hits of a scanner in one file that comes in these pieces, or in one. */
export function scanned(path: string, content: string | Buffer, sizes: readonly number[] = []): readonly SecretHit[] {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
  const scanner = new SecretScanner()
  scanner.begin(path as FilePath, bytes.length)
  let at = 0
  for (const size of sizes) {
    const piece = bytes.subarray(at, at + size)
    // A copy at another address, and gone afterwards, as a reader's buffer is.
    if (piece.length > 0) scanner.data(Buffer.from(piece))
    at += piece.length
  }
  if (at < bytes.length) scanner.data(bytes.subarray(at))
  return scanner.end()
}
