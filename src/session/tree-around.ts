import type { Descriptor } from '../blob/descriptor.ts'
import type { Image } from '../image/load.ts'
import type { KnownLayer } from '../layer/reading.ts'
import { TopDown } from '../overlay/top-down.ts'
import type { Semantics } from '../overlay/tree.ts'
import { type Merged, mergedOf } from './merged.ts'
import { typedReadings } from './typed-path.ts'

/** Where the layers come from. */
export type LayerLister<Known extends KnownLayer> = {
  readonly image: Image
  readonly semantics: Semantics
  readonly signal?: AbortSignal
  readonly list: (positions: readonly number[]) => Promise<Known[]>
  /** Whether reading the blob fetches nothing. */
  readonly isLocal: (blob: Descriptor) => Promise<boolean>
}

/** So many layers are read at once where they lie on this machine; of layers that must be fetched, one at a time. */
const LOCAL_BATCH = 2

/** Layers that are looked at one by one: each takes most of a megabyte meanwhile, and no runtime mounts more of them. */
const MOST_LOOKED_AT = 128

/**
 * The tree as far as it takes to know what a typed path names: layers are read from the top down until they decide it, and those
 * below count as empty. The path's own node is then as in the whole tree; of other paths nothing is known. The specification's
 * semantics applies each entry to all that lies below it: there every layer is read.
 * @throws ImageError as `list`
 */
export async function treeAround<Known extends KnownLayer>(
  typed: string,
  { keepLink = false, below = false }: { readonly keepLink?: boolean; readonly below?: boolean },
  lister: LayerLister<Known>,
): Promise<Merged<Known>> {
  const { image, semantics, signal, list } = lister
  const left = image.layers.map(({ position }) => position)
  if (semantics === 'spec') return mergedOf(semantics, await list(left), signal)
  const known: (Known | undefined)[] = image.layers.map(() => undefined)
  const topDown = new TopDown()
  // A trailing slash asks for the directory behind a link, as everywhere.
  const keepLast = keepLink && !typed.endsWith('/')
  for (let found = decided(topDown, typed, keepLast); left.length > 0; found = decided(topDown, typed, keepLast)) {
    if (found !== 'undecided' && !(found === 'directory' && below)) break
    const isWholeTree = found === 'directory' || known.length - left.length >= MOST_LOOKED_AT
    const size = isWholeTree ? left.length : await batchSize(lister, left)
    const batch = left.splice(-size).reverse()
    for (const [index, reading] of (await list(batch)).entries()) {
      known[batch[index] ?? 0] = reading
      if (left.length > 0) topDown.add(reading.changeset)
    }
  }
  return mergedOf(semantics, known, signal)
}

/** How many of the layers that are left are read next. */
async function batchSize({ image, isLocal }: LayerLister<KnownLayer>, left: readonly number[]): Promise<number> {
  const next = left.slice(-LOCAL_BATCH).map(position => image.layers[position]?.blob)
  const local = await Promise.all(next.map(async blob => blob !== undefined && (await isLocal(blob))))
  return local.every(Boolean) ? LOCAL_BATCH : 1
}

/** The node at the path, in the first of its readings that names something. */
function decided(topDown: TopDown, typed: string, keepLast: boolean) {
  for (const path of typedReadings(typed)) {
    const sight = topDown.resolve(path, { keepLast })
    if (sight.kind === 'undecided') return 'undecided'
    if (sight.kind === 'there') return sight.type
  }
  return 'nothing'
}
