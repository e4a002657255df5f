import { inflateRawSync } from 'node:zlib'
import { createInflater } from './compression.ts'
import type { Packing } from './media-type.ts'

/** All that a small compressed stream holds; undefined when it is damaged or holds more than `limit` bytes. */
export function inflateBounded(compression: Packing, compressed: Buffer, limit: number): Buffer | undefined {
  const chunks: Buffer[] = []
  let size = 0
  let damaged = false
  using inflater = createInflater(compression, {
    output: bytes => {
      size += bytes.length
      if (size <= limit) chunks.push(Buffer.from(bytes))
    },
    diagnostic: ({ severity }) => {
      damaged ||= severity === 'error'
    },
  })
  // In pieces, so that a bomb stops where the limit is.
  for (let at = 0; at < compressed.length && size <= limit && !damaged; at += PIECE)
    inflater.push(compressed.subarray(at, at + PIECE))
  inflater.finish()
  return damaged || size > limit ? undefined : Buffer.concat(chunks)
}

/** The content of a member of a zip archive; undefined when it is damaged or holds more than `limit` bytes. */
export function inflateRawBounded(compressed: Uint8Array, limit: number): Buffer | undefined {
  try {
    return inflateRawSync(compressed, { maxOutputLength: limit })
  } catch {
    return undefined
  }
}

const PIECE = 16 * 1024
