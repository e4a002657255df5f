import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { LocalBlob } from '../blob/source.ts'
import { openRegularFile } from '../transport/local-file.ts'

/** Pieces of 64 KiB cost half as much processor time again, larger ones save none and only take memory. */
const PIECE_BYTES = 256 * 1024

/** Buffers that lie ready for the next request, as many as clients as a rule pull blobs at once: many pulls leave no garbage behind. */
const SPARE_BUFFERS = 6
const spareBuffers: Buffer[] = []

/** A piece of the page cache is copied in a tenth of a millisecond; a read that takes this long has waited for a disk or a network. */
const SLOW_READ_MILLISECONDS = 10

/** Pieces that are read in the thread pool after a slow read: 4 MiB, before a read in this thread is tried again. */
const PIECES_AFTER_SLOW = 16

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
  await using handle = (await openRegularFile(file)).handle
  const read = pieceReader(handle)
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
  for (let at = 0; at < length; ) {
    signal.throwIfAborted()
    const bytesRead = await read(buffer, Math.min(buffer.length, length - at), offset + start + at)
    if (bytesRead === 0) throw new Error('the file is shorter than it was')
    at += bytesRead
    await written(response, buffer.subarray(0, bytesRead))
  }
  response.end()
  // Only here: a connection that was cut may still hold the piece it was given.
  if (spareBuffers.length < SPARE_BUFFERS) spareBuffers.push(buffer)
}

type ReadPiece = (buffer: Buffer, length: number, position: number) => number | Promise<number>

/**
 * Reads in this thread while the pieces come from the page cache: the thread pool's two changes of threads a piece cost more than the copy
 * itself. After a read that waited, the pool takes over for some pieces, so that other requests are answered meanwhile.
 */
export function pieceReader(handle: FileHandle, now = () => performance.now()): ReadPiece {
  let inPool = 0
  return (buffer, length, position) => {
    if (inPool > 0) {
      inPool--
      return handle.read(buffer, 0, length, position).then(({ bytesRead }) => bytesRead)
    }
    const begun = now()
    const bytesRead = readSync(handle.fd, buffer, 0, length, position)
    if (now() - begun > SLOW_READ_MILLISECONDS) inPool = PIECES_AFTER_SLOW
    return bytesRead
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
