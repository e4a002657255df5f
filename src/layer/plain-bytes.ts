import { createInflater, SNIFF_LENGTH, sniffCompression } from '../blob/compression.ts'
import type { Digest } from '../blob/digest.ts'
import { ImageError } from '../error.ts'

/**
 * The plain bytes of a layer, whatever it is packed in.
 * @throws ImageError `COMPRESSION_DAMAGED`, and what the bytes fail with
 */
export async function* plainBytes(bytes: AsyncIterable<Uint8Array>, digest: Digest): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0)
  let damage: string | undefined
  const plain: Buffer[] = []
  const options = {
    output: (chunk: Buffer) => void plain.push(Buffer.from(chunk)),
    diagnostic: ({ severity, message }: { severity: string; message: string }) => {
      if (severity === 'error') damage ??= message
    },
  }
  let inflater: ReturnType<typeof createInflater> | undefined
  try {
    for await (const chunk of bytes) {
      held = Buffer.concat([held, chunk])
      if (inflater === undefined && held.length < SNIFF_LENGTH) continue
      inflater ??= createInflater(sniffCompression(held), options)
      for (let at = 0; at < held.length; at += PIECE_BYTES) {
        inflater.push(held.subarray(at, at + PIECE_BYTES))
        yield* plain.splice(0)
      }
      held = Buffer.alloc(0)
    }
    if (inflater === undefined) yield held
    inflater?.finish()
    yield* plain.splice(0)
    if (damage !== undefined) throw new ImageError('COMPRESSION_DAMAGED', `Cannot unpack the layer ${digest}: ${damage}`)
  } finally {
    inflater?.[Symbol.dispose]()
  }
}

/** Pushed at once; inflated they are at most a thousand times as many. */
const PIECE_BYTES = 16 * 1024
