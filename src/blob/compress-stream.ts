import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import { blockFormat } from './block-compression.ts'
import type { Compression } from './media-type.ts'

/** The chunks compressed as one stream, at the level that layers have by default; in the pool of threads that Node has for zlib. */
export async function* compressStream(
  chunks: AsyncIterable<Uint8Array>,
  compression: Exclude<Compression, 'none'>,
): AsyncGenerator<Uint8Array> {
  const { level } = blockFormat(compression)
  const packer = compression === 'gzip' ? createGzip({ level }) : createZstdCompress()
  // A failure of the chunks destroys the packer, whose reader below is then told of it.
  const fed = pipeline(Readable.from(chunks, { objectMode: false }), packer)
  fed.catch(() => undefined)
  yield* packer
  await fed
}
