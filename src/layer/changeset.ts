import type { ByteText } from '../blob/byte-text.ts'
import { asByteText } from '../blob/byte-text.ts'
import type { Diagnostic } from '../error.ts'
import { ENTRY_TYPES, type Entry, type EntryType, type Xattr } from './entry.ts'
import type { FilePath } from './file-path.ts'

/**
 * The changes of one layer (image-spec layer.md), in tar order, as columns: a million entries fit in memory, travel
 * between threads without copying, and lie on disk as they are. Element `i` of every column belongs to entry `i`.
 *
 * Made by `ChangesetBuilder` (changeset-builder.ts), read through `entryAt` and the accessors below.
 */
export type Changeset = {
  readonly length: number
  /** Cleaned paths of all entries, one after the other; entry `i` ends at `pathEnds[i]`. */
  readonly pathBytes: Uint8Array
  readonly pathEnds: Uint32Array
  /** Index into `ENTRY_TYPES`; bit 7 marks bookkeeping. */
  readonly types: Uint8Array
  readonly modes: Uint16Array
  /** Ids up to 2^53. */
  readonly uids: NumberColumn
  readonly gids: NumberColumn
  readonly mtimeSeconds: NumberColumn
  readonly mtimeNanoseconds: NumberColumn
  readonly sizes: NumberColumn
  /** Offset in the uncompressed tar of the entry's first block, its extension headers included. */
  readonly headerOffsets: NumberColumn
  /** Offset in the uncompressed tar of the entry's stored data (what follows its last header). */
  readonly dataOffsets: NumberColumn
  /** Bytes stored in the tar after the last header, padding not counted. Differs from `sizes` for sparse files. */
  readonly storedSizes: NumberColumn
  /** sha256 of contents, 32 bytes each; zeros stand for none. */
  readonly contentHashes: Uint8Array
  /** Which of the hashes is an entry's: directories, links and empty files share theirs. Undefined: entry `i` has hash `i`. */
  readonly hashRows: NumberColumn | undefined
  /** Link targets of symlinks and hard links, `MAJOR:MINOR` of devices, one after the other; entry `i` ends at `targetEnds[i]`. */
  readonly targetBytes: Uint8Array
  readonly targetEnds: NumberColumn
  /** Index into `xattrSets`; 0 is the empty set. */
  readonly xattrIndexes: NumberColumn
  readonly xattrSets: readonly (readonly Xattr[])[]
  /** Data runs of sparse files by entry index: offset in the file and length, stored back to back. */
  readonly sparse: ReadonlyMap<number, readonly (readonly [offset: number, length: number])[]>
  /** The sizes that headers of entries without content claim (hard links of old tars, directories), by entry index, where it is not 0. */
  readonly claimedSizes: ReadonlyMap<number, number>
  readonly diagnostics: readonly Diagnostic[]
}

/** Numbers up to 2^53, as narrow as the largest of them allows: most layers need a byte for an owner, four for a size. */
export type NumberColumn = Uint8Array | Uint16Array | Uint32Array | Float64Array

/** Bit of `types` that marks bookkeeping. */
export const BOOKKEEPING = 0x80

export function entryPath(changeset: Changeset, index: number): FilePath {
  return slice(changeset.pathBytes, changeset.pathEnds, index) as FilePath
}

export function entryType(changeset: Changeset, index: number): EntryType {
  const type = ENTRY_TYPES[at(changeset.types, index) & ~BOOKKEEPING]
  if (type === undefined) throw new RangeError(`entry ${index} has no type`)
  return type
}

export function entryTarget(changeset: Changeset, index: number): ByteText {
  return slice(changeset.targetBytes, changeset.targetEnds, index)
}

/** The numbers of a device; undefined for other entries. */
export function entryDevice(changeset: Changeset, index: number): readonly [major: number, minor: number] | undefined {
  const type = entryType(changeset, index)
  if (type !== 'character-device' && type !== 'block-device') return undefined
  const [major, minor] = entryTarget(changeset, index).split(':').map(Number)
  return [major || 0, minor || 0]
}

/** sha256 of the content in hex; undefined where every byte is zero, which no content has. */
export function entryHash(changeset: Changeset, index: number): string | undefined {
  const hex = hashBytes(changeset, index).toString('hex')
  return hex === NO_HASH ? undefined : hex
}

/** The 32 bytes of an entry's hash, zeros where there is none. */
export function hashBytes({ contentHashes: bytes, hashRows }: Changeset, index: number): Buffer {
  const row = hashRows === undefined ? index : at(hashRows, index)
  return Buffer.from(bytes.buffer, bytes.byteOffset + row * HASH_BYTES, HASH_BYTES)
}

/** Bytes of a sha256. */
export const HASH_BYTES = 32
const NO_HASH = '0'.repeat(64)

export function entryAt(changeset: Changeset, index: number): Entry {
  const type = entryType(changeset, index)
  const linked = type === 'symlink' || type === 'hardlink'
  return {
    index,
    type,
    path: entryPath(changeset, index),
    mode: at(changeset.modes, index),
    uid: at(changeset.uids, index),
    gid: at(changeset.gids, index),
    mtime: { seconds: at(changeset.mtimeSeconds, index), nanoseconds: at(changeset.mtimeNanoseconds, index) },
    size: at(changeset.sizes, index),
    sha256: type === 'file' ? entryHash(changeset, index) : undefined,
    target: linked ? entryTarget(changeset, index) : undefined,
    device: entryDevice(changeset, index),
    xattrs: changeset.xattrSets[at(changeset.xattrIndexes, index)] ?? [],
    bookkeeping: (at(changeset.types, index) & BOOKKEEPING) !== 0,
  }
}

export function* entriesOf(changeset: Changeset): Generator<Entry> {
  for (let index = 0; index < changeset.length; index++) yield entryAt(changeset, index)
}

/** `column[index]`, where the index is known to be inside: columns of one changeset have one length. */
export function at(column: ArrayLike<number>, index: number): number {
  const value = column[index]
  if (value === undefined) throw new RangeError(`entry ${index} is outside a changeset of ${column.length}`)
  return value
}

function slice(bytes: Uint8Array, ends: NumberColumn, index: number): ByteText {
  const start = index === 0 ? 0 : at(ends, index - 1)
  return asByteText(Buffer.from(bytes.buffer, bytes.byteOffset + start, at(ends, index) - start).toString('latin1'))
}
