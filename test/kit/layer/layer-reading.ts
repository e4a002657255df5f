import { digestOf } from '../../../src/blob/digest.ts'
import type { LayerReading } from '../../../src/layer/reading.ts'
import { LayerReader } from '../../../src/worker/layer-reader.ts'

/** Reads a layer's blob in this thread, in pieces of `step` bytes. */
export function readLayerBytes(bytes: Buffer, step = bytes.length): LayerReading {
  const reader = new LayerReader({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: digestOf(bytes),
    size: bytes.length,
  })
  try {
    for (let at = 0; at < bytes.length; at += Math.max(1, step)) reader.push(bytes.subarray(at, at + Math.max(1, step)))
    return reader.finish()
  } finally {
    reader.close()
  }
}
