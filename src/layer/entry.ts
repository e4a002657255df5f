import type { ByteText } from '../blob/byte-text.ts'
import type { FilePath } from './file-path.ts'

/**
 * The kinds of a tar entry in a layer. `whiteout` and `opaque` are the layer format's marks (image-spec layer.md):
 * a whiteout's path is the path it removes, an opaque's the directory it empties.
 */
export const ENTRY_TYPES = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'character-device',
  'block-device',
  'fifo',
  'whiteout',
  'opaque',
] as const
export type EntryType = (typeof ENTRY_TYPES)[number]

/** One extended attribute: name with one character per byte, as paths are, value as bytes. */
export type Xattr = readonly [name: ByteText, value: Uint8Array]

/** Seconds since the epoch (may be negative or beyond 32 bits) and nanoseconds 0–999,999,999 after them. */
export type Timestamp = { readonly seconds: number; readonly nanoseconds: number }

/** One entry of a layer, as values; made on demand from a changeset's columns. */
export type Entry = {
  /** Position in the changeset, in tar order, base 0. */
  readonly index: number
  readonly type: EntryType
  readonly path: FilePath
  /** Permission, set-id and sticky bits, 0–0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: Timestamp
  /** Content bytes of a regular file (a sparse file's expanded size); 0 for everything else. */
  readonly size: number
  /** sha256 of a regular file's content, 64 hex digits; undefined for everything else. */
  readonly sha256: string | undefined
  /** Raw target of a symlink, one character per byte, never cleaned; cleaned path of a hard link's target. */
  readonly target: ByteText | undefined
  readonly device: readonly [major: number, minor: number] | undefined
  readonly xattrs: readonly Xattr[]
  /** Bookkeeping of a builder or of lazy pulling (aufs, eStargz): kept for the tar, hidden from trees. */
  readonly bookkeeping: boolean
}

/** Types a file of the merged tree can have: hard links have become inodes, whiteouts have acted. */
export type NodeType = Exclude<EntryType, 'hardlink' | 'whiteout' | 'opaque'>
