import { difference } from '../overlay/difference.ts'
import type { Snapshot } from '../overlay/tree.ts'

/** How many names were added, written again and removed, and how many files that were added the image had already. */
export type BuildChanges = {
  readonly added: number
  readonly modified: number
  readonly removed: number
  readonly unchanged: number
}

/** Counts in what one tree differs from another; the root itself is no name. */
export function countChanges(lower: Snapshot, upper: Snapshot, unchanged = 0): BuildChanges {
  const count = { added: 0, modified: 0, removed: 0 }
  for (const { change, path } of difference(lower, upper)) if (path !== '') count[change]++
  return { ...count, unchanged }
}
