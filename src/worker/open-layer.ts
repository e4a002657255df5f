import { closeSync, openSync, readSync } from 'node:fs'
import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import type { LayerReading } from '../layer/reading.ts'
import { checkRoom, removeTemporary, temporaryPath } from '../transport/temporary.ts'
import type { LayerPool, ReadLayerOptions } from './pool.ts'

/** A layer that was read, and its uncompressed tar to read anywhere in. */
export type OpenLayer = {
  readonly reading: LayerReading
  /** Fills `length` bytes of `into` from `start` on with what lies at `offset` of the tar. @throws ImageError `LAYER_CHANGED` */
  read(into: Buffer, start: number, offset: number, length: number): void
  close(): Promise<void>
}

/**
 * Reads a layer and keeps its tar at hand: where it lies uncompressed on this machine that file is used, otherwise the
 * tar goes to a private temporary file in `directory`, written by the thread that reads the layer. Reads are synchronous: the
 * bytes were written a moment ago and lie in memory, where a thread's round trip costs more than the read.
 * @throws ImageError those of `LayerPool.readLayer`, `NO_SPACE`
 */
export async function openLayer(
  pool: LayerPool,
  source: BlobSource,
  blob: Descriptor,
  directory: string,
  options: Omit<ReadLayerOptions, 'spool'> = {},
): Promise<OpenLayer> {
  const local = blob.data === undefined ? await source.locate(blob) : undefined
  if (local !== undefined && blob.mediaType.endsWith('.tar')) {
    const reading = await pool.readLayer(source, blob, options)
    if (reading.compression === 'none') return opened(reading, local.file, local.offset, async () => {})
  }
  await checkRoom(directory, blob.size, `unpack layer ${blob.digest}`)
  const spool = temporaryPath(directory)
  try {
    const reading = await pool.readLayer(source, blob, { ...options, spool })
    return opened(reading, spool, 0, () => removeTemporary(spool))
  } catch (thrown) {
    await removeTemporary(spool)
    throw thrown
  }
}

function opened(reading: LayerReading, file: string, base: number, remove: () => Promise<void>): OpenLayer {
  const descriptor = openSync(file, 'r')
  return {
    reading,
    read(into, start, offset, length) {
      if (offset + length > reading.tarSize) throw changed(reading)
      for (let done = 0; done < length; ) {
        const count = readSync(descriptor, into, start + done, length - done, base + offset + done)
        if (count === 0) throw changed(reading)
        done += count
      }
    },
    async close() {
      closeSync(descriptor)
      await remove()
    },
  }
}

function changed({ digest }: LayerReading): ImageError {
  return new ImageError('LAYER_CHANGED', `Cannot copy from layer ${digest}: it became shorter while it was read`)
}
