import type { Workshop } from '../rebuild/workshop.ts'
import { sweepLeftovers } from '../transport/temporary.ts'
import { temporaryDirectory } from '../transport/temporary-directory.ts'
import { storeLayer } from '../worker/blob-store.ts'
import { type CompressPool, createCompressPool } from '../worker/compress-pool.ts'
import { openLayer, prepareCopy, SpoolAllowance } from '../worker/open-layer.ts'
import type { LayerPool } from '../worker/pool.ts'
import { TarProof } from '../worker/tar-proof.ts'

export type WorkshopOptions = {
  /** Where tars and blobs lie until they are sent. */
  readonly directory?: string
  /** Blobs are measured, not kept. */
  readonly countOnly?: boolean
  /** Whether the blobs made so far may take so many bytes: when they may not, the newest is only counted. */
  readonly mayKeep?: (bytes: number) => boolean
  /** Half of the threads read and compress for as long as it says so. */
  readonly isSparing?: () => boolean
  readonly compressPool?: CompressPool
}

/** The threads and the disk that rebuilding works with. */
export function createWorkshop(pool: LayerPool, options: WorkshopOptions = {}): Workshop & AsyncDisposable {
  const { directory = temporaryDirectory(), countOnly = false, mayKeep, isSparing } = options
  const { compressPool = createCompressPool(isSparing && { isSparing }) } = options
  const layers: LayerPool =
    isSparing === undefined
      ? pool
      : { ...pool, readLayer: (source, blob, more) => pool.readLayer(source, blob, { ...more, isSparing }) }
  // Files that a killed run left are removed by the next run that needs the room.
  let swept: Promise<void> | undefined
  const sweep = () => (swept ??= sweepLeftovers(directory))
  const allowance = new SpoolAllowance(directory)
  let kept = 0
  /** Started for the layer that is made next. */
  let proof: TarProof | undefined
  const mayGrow = mayKeep && ((size: number) => mayKeep(kept + size))
  return {
    readLayer: (source, blob, more) => layers.readLayer(source, blob, more),
    prepareCopy: async (source, blob) => {
      await sweep()
      return await prepareCopy(layers, source, blob, directory, allowance)
    },
    openLayer: async (source, blob, more) => {
      await sweep()
      return await openLayer(layers, source, blob, directory, more)
    },
    ready() {
      compressPool.start()
      proof ??= new TarProof()
    },
    rest: () => layers.rest(),
    make: async (chunks, compress, signal) => {
      await sweep()
      const where = { directory: countOnly ? undefined : directory, mayKeep: mayGrow }
      const witness = proof ?? new TarProof()
      proof = undefined
      const made = await storeLayer(compressPool, chunks, witness, { ...compress, ...where, signal })
      if (made.blob.file !== undefined) kept += made.blob.size
      return made
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([compressPool.close(), proof?.close()])
      proof = undefined
    },
  }
}
