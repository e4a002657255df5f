import type { Descriptor } from '../blob/descriptor.ts'
import type { Range } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { entryHash, entryPath, entryType } from '../layer/changeset.ts'
import { isListing, type KnownLayer, type LayerListing, type LayerReading } from '../layer/reading.ts'
import { readContent } from './content.ts'
import type { LayerAccess } from './layer-listing.ts'
import { readListed } from './listed-content.ts'

/** Where the table of contents is not enough, and reading the layer is. */
const READ_INSTEAD = new Set(['TOC_NO_CONTENT', 'RANGE_UNSUPPORTED', 'CONTENT_CHANGED'])

/**
 * The content of a file, or a range of it, however its layer became known. What a table of contents cannot serve, or serves
 * wrong, comes out of the layer, which is read for it.
 * @throws ImageError as `readContent` and `LayerPool.readLayer`
 */
export async function* readKnownContent(
  { pool, source, cache }: LayerAccess,
  blob: Descriptor,
  layer: KnownLayer,
  entry: number,
  range: Range = {},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (!isListing(layer)) return yield* readContent(source, blob, layer, entry, { ...range, cache }, signal)
  let started = false
  try {
    for await (const bytes of readListed(source, blob, layer, entry, range, signal)) {
      started = true
      yield bytes
    }
    return
  } catch (error) {
    if (started || !(error instanceof ImageError) || !READ_INSTEAD.has(error.code)) throw error
  }
  const reading = await pool.readLayer(source, blob, signal === undefined ? {} : { signal })
  yield* readContent(source, blob, reading, entryIn(reading, layer, entry), { ...range, cache }, signal)
}

/** The entry of the layer's tar that a table's entry stands for: the last of its name, with the same content where there is one. */
function entryIn({ changeset }: LayerReading, { changeset: listed }: LayerListing, entry: number): number {
  const [path, hash] = [entryPath(listed, entry), entryHash(listed, entry)]
  let found: number | undefined
  for (let index = changeset.length - 1; index >= 0; index--) {
    if (entryPath(changeset, index) !== path || entryType(changeset, index) !== 'file') continue
    if (entryHash(changeset, index) === hash) return index
    found ??= index
  }
  if (found !== undefined) return found
  throw new ImageError('CONTENT_CHANGED', 'Cannot read the file: the layer does not have what its table of contents lists')
}
