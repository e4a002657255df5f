import { inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** A small block that was compressed alone: what it holds, at most `limit` bytes; undefined where it is damaged or holds more. */
export function inflateBlock(compression: 'zlib' | 'deflate' | 'zstd', block: Buffer, limit: number): Buffer | undefined {
  try {
    const options = { maxOutputLength: limit }
    if (compression === 'zstd') return zstdDecompressSync(block, options)
    return compression === 'zlib' ? inflateSync(block, options) : inflateRawSync(block, options)
  } catch {
    return undefined
  }
}
