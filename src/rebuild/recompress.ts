import type { Digest } from '../blob/digest.ts'
import type { BlobSource } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { isSameAlgorithm } from '../image/diff-id-mismatch.ts'
import type { Image } from '../image/load.ts'
import type { TreeWriting } from './tree-writing.ts'
import type { LayerAtHand, MadeBlob } from './workshop.ts'

const CHUNK_BYTES = 256 * 1024

/** The same tar, byte for byte whatever it holds, under another compression: its DiffID stays. `diagnostics` are those of its entries. */
export async function recompressLayer(
  image: Image,
  position: number,
  source: BlobSource,
  { choices, workshop, options }: TreeWriting,
): Promise<{ readonly blob: MadeBlob; readonly diffID: Digest; readonly diagnostics: readonly Diagnostic[] }> {
  const layer = image.layers[position]
  if (layer === undefined) throw new RangeError(`there is no layer ${position}`)
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  const opened = await workshop.openLayer(source, layer.blob, { ...signal, again: [] })
  try {
    const { diffID, changeset } = opened.reading
    if (layer.diffID !== undefined && isSameAlgorithm(layer.diffID, diffID) && layer.diffID !== diffID)
      throw wrongDiffID(position, layer.diffID, diffID)
    const { blob, written } = await workshop.make(chunks(opened), choices.compress, options.signal)
    if (written.diffID === diffID) return { blob, diffID, diagnostics: changeset.diagnostics }
    await blob.remove()
    throw new ImageError(
      'VERIFICATION_FAILED',
      `Cannot publish the rebuilt image: layer ${position + 1} did not stay what it was`,
      {
        hint: 'Nothing was written. Please report the image; keeping the layer as it is will help.',
      },
    )
  } finally {
    await opened.close()
  }
}

async function* chunks(layer: LayerAtHand): AsyncGenerator<Uint8Array> {
  const { tarSize } = layer.reading
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let offset = 0; offset < tarSize; offset += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, tarSize - offset)
    layer.read(chunk, 0, offset, length)
    yield chunk.subarray(0, length)
  }
  // A failure here is one of what is compressed: nothing is made of it.
  layer.finish()
}

function wrongDiffID(position: number, claimed: Digest, actual: Digest): ImageError {
  return new ImageError(
    'DIFF_ID_MISMATCH',
    `Cannot compress layer ${position + 1} anew: the config says its DiffID is ${claimed}, its bytes have ${actual}`,
    { hint: 'The image is damaged or was changed; keep the layer, or squash it, which gives it a new DiffID.' },
  )
}
