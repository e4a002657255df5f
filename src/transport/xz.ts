import { ReadableStream } from 'node:stream/web'
import { once } from '../blob/pieces.ts'
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
  // Loading it makes Node load its streams of the web, which few runs need.
  const { default: xz } = await import('xz-decompress')
  const unpacked = new xz.XzReadableStream(ReadableStream.from(bytes) as globalThis.ReadableStream<Uint8Array>)
  try {
    for await (const chunk of unpacked) yield chunk
  } catch (thrown) {
    throw thrown instanceof ImageError ? thrown : failure(reasonOf(thrown))
  }
}

/** One small stream of at most `limit` bytes, unpacked; undefined where it is damaged or holds more. */
export async function unpackXzBlock(packed: Buffer, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of unpackXz(once(packed))) {
      chunks.push(chunk)
      size += chunk.length
      if (size > limit) return undefined
    }
  } catch (error) {
    if (error instanceof ImageError) return undefined
    throw error
  }
  return Buffer.concat(chunks)
}

/** The meanings of the decoder's numbers (xz-embedded, enum xz_ret): the first four are files it cannot read, however sound they are. */
const CODES: Readonly<Record<string, string>> = {
  2: 'its kind of checksum is not supported',
  3: 'it needs more memory than there is',
  4: 'its dictionary is larger than 64 MiB',
  6: 'it uses filters or a checksum that are not supported',
  5: 'it is not xz',
  7: 'its data are damaged',
  8: 'its data are damaged or cut short',
}
const SOUND = new Set(['2', '3', '4', '6'])

function failure(reason: string): ImageError {
  const code = /error code (\d+)/.exec(reason)?.[1] ?? ''
  const message = `Cannot unpack xz: ${CODES[code] ?? escapeText(reason)}`
  if (!SOUND.has(code))
    return new ImageError('COMPRESSION_DAMAGED', message, { hint: 'The file is damaged or cut short; fetch it again.' })
  return new ImageError('COMPRESSION_UNSUPPORTED', message, {
    hint: 'Unpack it with xz and open what comes out: "xz -dc FILE | peel -".',
  })
}
