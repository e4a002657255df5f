import type { Workshop } from '../rebuild/workshop.ts'
import { temporaryDirectory } from '../transport/temporary.ts'
import { storeBlob } from '../worker/blob-store.ts'
import { type CompressPool, createCompressPool } from '../worker/compress-pool.ts'
import { openLayer } from '../worker/open-layer.ts'
import type { LayerPool } from '../worker/pool.ts'

export type WorkshopOptions = {
  /** Where tars and blobs lie until they are sent. */
  readonly directory?: string
  /** Blobs are measured, not kept. */
  readonly countOnly?: boolean
  readonly compressPool?: CompressPool
}

/** The threads and the disk that rebuilding works with. */
export function createWorkshop(
  layers: LayerPool,
  { directory = temporaryDirectory(), countOnly = false, compressPool = createCompressPool() }: WorkshopOptions = {},
): Workshop & { close(): Promise<void> } {
  return {
    readLayer: (source, blob, options) => layers.readLayer(source, blob, options),
    openLayer: (source, blob, options) => openLayer(layers, source, blob, directory, options),
    rest: () => layers.rest(),
    make: (chunks, compress, signal) =>
      storeBlob(compressPool, chunks, { ...compress, directory: countOnly ? undefined : directory, signal }),
    close: () => compressPool.close(),
  }
}
