import type { Context } from '../cli/run/context.ts'
import type { KnownLayer } from '../layer/reading.ts'
import { TopDown } from '../overlay/top-down.ts'
import type { OpenedImage } from './opened-image.ts'
import { everyPosition, type Merged, mergedOf } from './opened-layers.ts'
import { typedReadings } from './typed-path.ts'

export type TreeAroundOptions<Known extends KnownLayer> = {
  /** `listLayers` where the files are enough to know, `readLayers` where the layers themselves are wanted. */
  readonly read: (context: Context, opened: OpenedImage, positions: readonly number[]) => Promise<Known[]>
  /** A symlink at the end is meant itself. */
  readonly keepLink?: boolean
  /** What lies below a directory is wanted too: it is merged from all layers, so all are read. */
  readonly below?: boolean
}

/** Layers on this machine are read so many at a time; of what must be fetched, nothing is that may not be needed. */
const LOCAL_BATCH = 2

/**
 * The tree as far as it takes to know what a typed path names: layers are read from the top down until they decide it, and those
 * below count as empty. What the path names is then what it is in the whole tree; of other paths nothing is known. The
 * specification's semantics applies each entry to all that lies below it: there every layer is read.
 * @throws ImageError as `read`
 */
export async function treeAround<Known extends KnownLayer>(
  context: Context,
  opened: OpenedImage,
  typed: string,
  { read, keepLink = false, below = false }: TreeAroundOptions<Known>,
): Promise<Merged<Known>> {
  if (context.common().semantics === 'spec') return mergedOf(context, await read(context, opened, everyPosition(opened.image)))
  const known: Merged<Known>['readings'][number][] = opened.image.layers.map(() => undefined)
  const topDown = new TopDown()
  // A trailing slash asks for the directory behind a link, as everywhere.
  const keepLast = keepLink && !typed.endsWith('/')
  const left = [...everyPosition(opened.image)]
  for (let found = decided(topDown, typed, keepLast); left.length > 0; found = decided(topDown, typed, keepLast)) {
    if (found !== 'undecided' && !(found === 'directory' && below)) break
    const size = found === 'directory' ? left.length : await batchSize(opened, left)
    const batch = left.splice(-size).reverse()
    for (const [index, reading] of (await read(context, opened, batch)).entries()) {
      known[batch[index] ?? 0] = reading
      topDown.add(reading.changeset)
    }
  }
  return mergedOf(context, known)
}

/** How many of the layers that are left are read next. */
async function batchSize({ session, image }: OpenedImage, left: readonly number[]): Promise<number> {
  const next = left.slice(-LOCAL_BATCH).map(position => image.layers[position]?.blob)
  const local = await Promise.all(next.map(async blob => blob !== undefined && (await session.source.locate(blob)) !== undefined))
  return local.every(Boolean) ? LOCAL_BATCH : 1
}

/** What the path is, in the first of its readings that names something. */
function decided(topDown: TopDown, typed: string, keepLast: boolean) {
  for (const path of typedReadings(typed)) {
    const sight = topDown.resolve(path, { keepLast })
    if (sight.kind === 'undecided') return 'undecided'
    if (sight.kind === 'there') return sight.type
  }
  return 'nothing'
}
