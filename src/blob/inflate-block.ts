import { inflateSync, zstdDecompressSync } from 'node:zlib'

/** A small block that was compressed alone: what it holds, at most `limit` bytes; undefined where it is damaged or holds more. */
export function inflateBlock(compression: 'zlib' | 'zstd', block: Buffer, limit: number): Buffer | undefined {
  try {
    const options = { maxOutputLength: limit }
    return compression === 'zlib' ? inflateSync(block, options) : zstdDecompressSync(block, options)
  } catch {
    return undefined
  }
}
