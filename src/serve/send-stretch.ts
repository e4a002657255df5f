import type { ServerResponse } from 'node:http'
import type { LocalBlob } from '../blob/source.ts'
import { openRegularFile } from '../transport/local-file.ts'

/**
 * Two buffers a request, used in turn: while one is sent the other is read, and a pull of six layers at once leaves no garbage behind. Their
 * size is a balance: pieces of 128 KiB cost twice the processor's time, of 1 MiB 6 MB more memory (a pull of six layers, on two cores).
 */
const PIECE_BYTES = 320 * 1024

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
  let at = 0
  const read = async (buffer: Buffer): Promise<Buffer> => {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, length - at), offset + start + at)
    if (bytesRead === 0) throw new Error('the file is shorter than it was')
    at += bytesRead
    return buffer.subarray(0, bytesRead)
  }
  let [buffer, other] = [bufferFor(length), bufferFor(length)]
  let reading: Promise<Buffer> | undefined = length === 0 ? undefined : read(buffer)
  try {
    for (let piece = await reading; piece !== undefined; piece = await reading) {
      signal.throwIfAborted()
      ;[buffer, other] = [other, buffer]
      reading = at < length ? read(buffer) : undefined
      // It is awaited once the piece has left, or has not: a failure until then is no stray one.
      reading?.catch(() => undefined)
      await written(response, piece)
    }
    response.end()
  } finally {
    await reading?.catch(() => undefined)
    await handle.close()
  }
}

function bufferFor(length: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, length))
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
