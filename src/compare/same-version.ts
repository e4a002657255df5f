import { at, HASH_BYTES } from '../layer/changeset.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { NO_ENTRY, type VersionId } from '../overlay/version-table.ts'

/**
 * Whether two versions are the same for certain, by their columns alone and without an object for either: most paths of two builds
 * are. False where it takes a closer look (several names, attributes of links, xattrs of two layers, devices), or where they differ.
 */
export function isSameVersion(a: Snapshot, one: VersionId, b: Snapshot, other: VersionId): boolean {
  const [left, right] = [a.tree, b.tree]
  const inode = left.versions.inode(one)
  const fellow = right.versions.inode(other)
  if (!left.versions.hasOneName(inode) || !right.versions.hasOneName(fellow)) return false
  if (left.inodeChanges.has(inode) || right.inodeChanges.has(fellow)) return false
  const entry = left.versions.entry(inode)
  const twin = right.versions.entry(fellow)
  if (entry === NO_ENTRY || twin === NO_ENTRY) return entry === twin
  const mine = left.changeset(inode)
  const theirs = right.changeset(fellow)
  if (mine === theirs && entry === twin) return a.semantics === b.semantics
  const type = at(mine.types, entry) & TYPE_BITS
  if (type > LAST_PLAIN_TYPE || type !== (at(theirs.types, twin) & TYPE_BITS)) return false
  return (
    at(mine.modes, entry) === at(theirs.modes, twin) &&
    at(mine.uids, entry) === at(theirs.uids, twin) &&
    at(mine.gids, entry) === at(theirs.gids, twin) &&
    at(mine.mtimeSeconds, entry) === at(theirs.mtimeSeconds, twin) &&
    at(mine.mtimeNanoseconds, entry) === at(theirs.mtimeNanoseconds, twin) &&
    at(mine.sizes, entry) === at(theirs.sizes, twin) &&
    at(mine.xattrIndexes, entry) === 0 &&
    at(theirs.xattrIndexes, twin) === 0 &&
    hasSameHash(mine, entry, theirs, twin)
  )
}

const TYPE_BITS = 0x7f
/** File and directory: the first of `ENTRY_TYPES`; the others have more to them than the numbers. */
const LAST_PLAIN_TYPE = 1

type Hashed = Pick<Snapshot['tree']['changesets'][number], 'contentHashes' | 'hashRows'>

function hasSameHash(mine: Hashed, entry: number, theirs: Hashed, twin: number): boolean {
  const start = (mine.hashRows === undefined ? entry : at(mine.hashRows, entry)) * HASH_BYTES
  const from = (theirs.hashRows === undefined ? twin : at(theirs.hashRows, twin)) * HASH_BYTES
  for (let byte = 0; byte < HASH_BYTES; byte++)
    if (mine.contentHashes[start + byte] !== theirs.contentHashes[from + byte]) return false
  return true
}
