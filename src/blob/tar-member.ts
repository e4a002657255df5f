import type { ByteText } from './byte-text.ts'
/** Seconds since the epoch, possibly negative, and the nanoseconds 0–999,999,999 after them. */
export type TarTime = { readonly seconds: number; readonly nanoseconds: number }

/** A stretch of a sparse file that holds data; the rest of the file reads as zeros. */
export type SparseRun = readonly [offset: number, length: number]

/** The fields of a tar header, in whichever dialect it is written. Names are one character per byte (Latin-1 of the raw bytes). */
export type TarMember = {
  readonly name: string
  /** The type flag: `0` file, `1` hard link, `2` symlink, `3` character and `4` block device, `5` directory, `6` fifo… */
  readonly typeflag: string
  readonly linkName: string
  /** As the header has it; old tars put type bits above 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly userName: string
  readonly groupName: string
  /** Bytes of the content; a sparse file's expanded size. The header's claim, also where nothing is stored. */
  readonly size: number
  readonly mtime: TarTime
  readonly devMajor: number
  readonly devMinor: number
  /** Ordered by name. */
  readonly xattrs: readonly (readonly [name: ByteText, value: Uint8Array])[]
}

/** A member to write; absent fields are empty or zero. */
export type TarMemberInput = Pick<TarMember, 'name' | 'typeflag' | 'mode'> & Partial<TarMember>

export type TarFormat = 'v7' | 'ustar' | 'gnu' | 'star' | 'pax'

/** A member found in an archive. Offsets are bytes of the uncompressed stream. */
export type TarEntry = TarMember & {
  readonly format: TarFormat
  /** Whether PAX headers say when it was read last or its inode changed. */
  readonly hasAccessTime?: boolean
  /** Where the member starts, its extension headers included. */
  readonly headerOffset: number
  /** Where its stored data starts, after headers and sparse maps. */
  readonly dataOffset: number
  /** Bytes stored in the archive, padding not counted. */
  readonly storedSize: number
  /** Data runs of a sparse file, stored back to back. */
  readonly sparse: readonly SparseRun[] | undefined
  /** Headers and sparse maps byte for byte (`headerOffset` to `dataOffset`), when the reader was asked to keep them. */
  readonly raw: Buffer | undefined
}

/** A member's fields besides its name, type and mode, where nothing is said of them. */
export const EMPTY_MEMBER: Omit<TarMember, 'name' | 'typeflag' | 'mode'> = {
  linkName: '',
  uid: 0,
  gid: 0,
  userName: '',
  groupName: '',
  size: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  devMajor: 0,
  devMinor: 0,
  xattrs: [],
}

/**
 * A member as if it had been read from a tar without headers, its content at `offset`: changesets that come from no tar (a table of
 * contents, a file system image, files to add) are built of such entries.
 */
export function detachedEntry(member: TarMemberInput, offset = 0): TarEntry {
  const unread = { format: 'pax', sparse: undefined, raw: undefined } as const
  return { ...EMPTY_MEMBER, ...unread, ...member, headerOffset: offset, dataOffset: offset, storedSize: member.size ?? 0 }
}

/** Tar's unit: headers take one block, contents are padded to whole ones. */
export const BLOCK = 512

/** Bytes of padding after `size` bytes of content. */
export function tarPadding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

/** The file that an eStargz layer's tar ends with: its table of contents. */
export const ESTARGZ_TOC = 'stargz.index.json'
