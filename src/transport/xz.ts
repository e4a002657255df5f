import { ReadableStream } from 'node:stream/web'
import xz from 'xz-decompress'
import { ImageError, reasonOf } from '../error.ts'
import { escapeText } from '../escape.ts'

const MAGIC = Buffer.from('fd377a585a00', 'hex')

export function isXz(first: Uint8Array): boolean {
  return MAGIC.equals(first.subarray(0, MAGIC.length))
}

/**
 * The plain bytes of xz streams, several of them included.
 * @throws ImageError `COMPRESSION_DAMAGED`
 */
export async function* unpackXz(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = new xz.XzReadableStream(ReadableStream.from(bytes) as globalThis.ReadableStream<Uint8Array>)
  try {
    for await (const chunk of unpacked) yield chunk
  } catch (thrown) {
    if (thrown instanceof ImageError) throw thrown
    throw new ImageError('COMPRESSION_DAMAGED', `Cannot unpack xz: ${escapeText(reasonOf(thrown))}`, {
      hint: 'The file is damaged or cut short; fetch it again.',
    })
  }
}
