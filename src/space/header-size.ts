import { at, type Changeset, entryPath } from '../layer/changeset.ts'

/** The size that the tar header of an entry claims, which dive counts: more than the content where a link or directory has one. */
export function headerSize({ sizes, claimedSizes }: Changeset, index: number): number {
  return claimedSizes.get(index) ?? at(sizes, index)
}

/** The sum of a layer's headers as dive makes it: marks and repeated paths included, the root itself left out. */
export function headerBytes(changeset: Changeset): number {
  let total = 0
  for (let index = 0; index < changeset.length; index++) total += at(changeset.sizes, index)
  for (const [index, size] of changeset.claimedSizes) if (entryPath(changeset, index) !== '') total += size
  return total
}
