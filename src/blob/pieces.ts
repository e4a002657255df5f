/**
 * The same bytes in pieces of a fixed length, the last one shorter. `take` gives the buffer for the next piece; the caller
 * is done with a piece, or keeps it, before it asks for the next.
 */
export async function* inPieces<Memory extends ArrayBufferLike>(
  bytes: AsyncIterable<Uint8Array>,
  take: () => Uint8Array<Memory>,
): AsyncGenerator<Uint8Array<Memory>> {
  let piece: Uint8Array<Memory> | undefined
  let filled = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.byteLength; ) {
      piece ??= take()
      const part = chunk.subarray(at, at + piece.byteLength - filled)
      piece.set(part, filled)
      filled += part.byteLength
      at += part.byteLength
      if (filled < piece.byteLength) continue
      yield piece
      piece = undefined
      filled = 0
    }
  }
  if (piece !== undefined) yield piece.subarray(0, filled)
}

/** Bytes that are all there, as a stream of them: one piece. */
export async function* once<Bytes extends Uint8Array>(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes
}

/** All of a stream in one buffer; its pieces must stay as they are until then. */
export async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
