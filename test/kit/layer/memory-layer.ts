import { WrittenChangeset } from '../../../src/layer/written-changeset.ts'
import type { LayerBytes } from '../../../src/rebuild/tar-bytes.ts'

/** A layer whose tar is in memory. */
export type MemoryLayer = LayerBytes & { readonly bytes: Buffer }

/** Read the way written layers are read back. */
export function memoryLayer(bytes: Buffer): MemoryLayer {
  const reader = new WrittenChangeset()
  reader.push(bytes)
  const tar: LayerBytes['tar'] = {
    read: (into, start, offset, length) => void bytes.copy(into, start, offset, offset + length),
  }
  return { changeset: reader.finish(), tar, bytes }
}
