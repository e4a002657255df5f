import { type ChangesetCache, createChangesetCache } from '../worker/changeset-cache.ts'
import { createLayerPool, type LayerPool } from '../worker/pool.ts'

/** Threads that read layers, and the cache of their readings. One set serves any number of sessions. */
export type LayerThreads = AsyncDisposable & { readonly pool: LayerPool; readonly cache: ChangesetCache | undefined }

/** Threads start with the first layer: a session that only looks at documents has none. */
export function createLayerThreads({ cache: remembers }: { readonly cache: boolean }): LayerThreads {
  const cache = remembers ? createChangesetCache() : undefined
  const pool = createLayerPool({ cache })
  return { pool, cache, [Symbol.asyncDispose]: () => pool.close() }
}
