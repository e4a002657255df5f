import { type Changeset, entryPath, entryType } from '../../layer/changeset.ts'
import type { OpenImage } from '../open-image.ts'

export type ChangeCounts = { readonly added: number; readonly modified: number; readonly removed: number }

const counted = new WeakMap<Changeset, { readonly layers: number; readonly counts: ChangeCounts }>()

/** A layer beyond this is not compared name by name: all it writes counts as added until the file list says more. */
const LIMIT = 100_000

/** How many names a layer's entries add, write again and remove. Counted once for a layer. */
export function changeCounts({ analysis }: OpenImage, position: number, changeset: Changeset): ChangeCounts {
  const known = counted.get(changeset)
  const layers = Math.min(position, analysis?.layers ?? 0)
  if (known !== undefined && known.layers === layers) return known.counts
  const below = analysis === undefined || position === 0 || changeset.length > LIMIT ? undefined : analysis.stack.snapshot(layers)
  let [added, modified, removed] = [0, 0, 0]
  for (let index = 0; index < changeset.length; index++) {
    const type = entryType(changeset, index)
    if (type === 'whiteout' || type === 'opaque') removed++
    else if (below?.find(entryPath(changeset, index)) === undefined) added++
    else modified++
  }
  const counts = { added, modified, removed }
  counted.set(changeset, { layers, counts })
  return counts
}
