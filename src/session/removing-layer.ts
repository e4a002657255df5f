import { entryPath, entryType } from '../layer/changeset.ts'
import { type FilePath, parentPath, ROOT } from '../layer/file-path.ts'
import type { KnownLayer } from '../layer/reading.ts'

/** The position of the topmost layer that removes the path, or a directory above it, by a whiteout; of those layers that were read. */
export function removingLayer(
  readings: readonly (Pick<KnownLayer, 'changeset'> | undefined)[],
  path: FilePath,
): number | undefined {
  const names = new Set<FilePath>()
  for (let each = path; each !== ROOT; each = parentPath(each)) names.add(each)
  const position = readings.findLastIndex(reading => {
    const { changeset } = reading ?? {}
    if (changeset === undefined) return false
    for (let index = 0; index < changeset.length; index++) {
      if (entryType(changeset, index) === 'whiteout' && names.has(entryPath(changeset, index))) return true
    }
    return false
  })
  return position === -1 ? undefined : position
}
