import type { Descriptor } from '../blob/descriptor.ts'
import type { Range } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { entryHash, entryPath, entryType } from '../layer/changeset.ts'
import { isListing, type KnownLayer, type LayerListing, type LayerReading } from '../layer/reading.ts'
import type { ListingAccess } from './layer-listing.ts'
import { readListed } from './listed-content.ts'
import { readContent } from './read-file.ts'
import { type FileContent, readFilesInOnePass } from './read-files.ts'

/** Where the table of contents is not enough, and reading the layer is. */
const READ_INSTEAD = new Set(['TOC_NO_CONTENT', 'RANGE_UNSUPPORTED', 'CONTENT_CHANGED', 'SOCI_INVALID', 'BLOB_SIZE_MISMATCH'])

/**
 * The content of a file, or a range of it, however its layer became known. Content that a table of contents cannot serve, or serves
 * wrong, comes out of the layer, which is read for it.
 * @throws ImageError as `readContent` and `LayerPool.readLayer`
 */
export async function* readKnownContent(
  { pool, source, cache }: ListingAccess,
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
  yield* readContent(source, blob, reading, entryFinder(reading)(layer, entry), { ...range, cache }, signal)
}

/** Files fetched one by one; for more, the layer is read and passed once. */
const MOST_FETCHED = 32

/** The same for many files of one layer, in any order. @throws ImageError */
export async function* readKnownContents(
  access: ListingAccess,
  blob: Descriptor,
  layer: KnownLayer,
  entries: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<FileContent> {
  const { pool, source, cache } = access
  if (!isListing(layer)) return yield* readFilesInOnePass({ source, blob, reading: layer, cache }, entries, signal)
  if (entries.length <= MOST_FETCHED) {
    for (const entry of entries) yield { entry, bytes: readKnownContent(access, blob, layer, entry, {}, signal) }
    return
  }
  const reading = await pool.readLayer(source, blob, signal === undefined ? {} : { signal })
  const find = entryFinder(reading)
  const listed = new Map(entries.map(entry => [find(layer, entry), entry]))
  // Two entries that the layer has once are read once each.
  for (const entry of entries) {
    const index = find(layer, entry)
    if (listed.get(index) !== entry) yield { entry, bytes: readContent(source, blob, reading, index, { cache }, signal) }
  }
  for await (const { entry, bytes } of readFilesInOnePass({ source, blob, reading, cache }, [...listed.keys()], signal)) {
    yield { entry: listed.get(entry) ?? entry, bytes }
  }
}

/** Finds the entry of the layer's tar that a table's entry stands for: the last of its name, with the same content where there is one. */
function entryFinder({ changeset }: LayerReading): (listing: LayerListing, entry: number) => number {
  const found = new Map<string, number>()
  for (let index = 0; index < changeset.length; index++) {
    if (entryType(changeset, index) !== 'file') continue
    const path = entryPath(changeset, index)
    found.set(path, index).set(`${path}\0${entryHash(changeset, index)}`, index)
  }
  return ({ changeset: listed }, entry) => {
    const path = entryPath(listed, entry)
    const index = found.get(`${path}\0${entryHash(listed, entry)}`) ?? found.get(path)
    if (index !== undefined) return index
    throw new ImageError('CONTENT_CHANGED', 'Cannot read the file: the layer does not have what its table of contents lists')
  }
}
