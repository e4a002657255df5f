import type { ServerResponse } from 'node:http'
import type { LocalBlob } from '../blob/source.ts'
import { openRegularFile } from '../transport/local-file.ts'

/** One buffer a request, used again for each piece: a pull of six layers at once leaves no garbage behind. */
const PIECE_BYTES = 128 * 1024

/**
 * Sends `length` bytes of a stretch of a file from `start`, each piece once the one before has left. A file that is shorter than it was,
 * or a client that has gone, ends it with an error.
 */
export async function sendStretch(
  response: ServerResponse,
  { file, offset }: LocalBlob,
  start: number,
  length: number,
  signal: AbortSignal,
): Promise<void> {
  const { handle } = await openRegularFile(file)
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, length))
    for (let sent = 0; sent < length; ) {
      signal.throwIfAborted()
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, length - sent), offset + start + sent)
      if (bytesRead === 0) throw new Error('the file is shorter than it was')
      await written(response, buffer.subarray(0, bytesRead))
      sent += bytesRead
    }
    response.end()
  } finally {
    await handle.close()
  }
}

/** Sends bytes as they come. An error cuts the connection, so that the client takes no part for the whole. */
export async function sendPieces(response: ServerResponse, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) await written(response, piece)
  response.end()
}

/** Resolves when the bytes have left the process; a closed connection never calls back for what waits in it. */
function written(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the client has gone'))
    if (response.destroyed) return gone()
    response.once('close', gone)
    response.write(bytes, error => {
      response.off('close', gone)
      if (error === null || error === undefined) resolve()
      else reject(error)
    })
  })
}
