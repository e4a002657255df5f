import { detachedEntry, type TarEntry } from '../../blob/tar-member.ts'
import { ImageError } from '../../error.ts'
import type { Changeset } from '../../layer/changeset.ts'
import type { Xattr } from '../../layer/entry.ts'

/** A file system image, listed: its entries as a layer has them, and the bytes of its files. */
export type Filesystem = {
  readonly kind: 'EROFS' | 'squashfs'
  readonly changeset: Changeset
  /** The content of the regular file that is this entry. @throws ImageError `FILESYSTEM_UNSUPPORTED`, `FILESYSTEM_DAMAGED` */
  content(entry: number): AsyncGenerator<Buffer>
}

/** Entries of one image; an inode takes 32 bytes, and any number of names may lead to one. */
const ENTRIES_LIMIT = 2_000_000
const MEGABYTE = 1024 * 1024

/**
 * How much of an image is listed. Entries may share inodes, extended attributes and lists of blocks, and directories may share blocks,
 * so that a listing could take hours though the image is small. The limits lie far above what images have that hold files.
 */
export class ListingBudget {
  readonly #kind: Filesystem['kind']
  #entries = ENTRIES_LIMIT
  #bytes: number

  constructor(kind: Filesystem['kind'], imageBytes: number) {
    this.#kind = kind
    this.#bytes = Math.min(1024 * MEGABYTE, 128 * MEGABYTE + 32 * imageBytes)
  }

  /** Takes an entry of a directory, or a block of entries. @throws ImageError `FILESYSTEM_DAMAGED` */
  takeEntry(): void {
    if (--this.#entries < 0) throw damagedFilesystem(this.#kind, `it has more than ${ENTRIES_LIMIT} entries`)
  }

  /** Takes bytes of paths, targets, attributes or tables. @throws ImageError `FILESYSTEM_DAMAGED` */
  takeBytes(count: number): void {
    this.#bytes -= count
    if (this.#bytes < 0) throw damagedFilesystem(this.#kind, 'its listing is longer than that of an image of its size')
  }
}
/** Bytes of one path, as for layers. */
export const PATH_LIMIT = 16_384

/** The fields of an inode, however it is stored. */
export type Inode = {
  /** With the type bits of `st_mode`. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly seconds: number
  readonly nanoseconds: number
  readonly size: number
  readonly device: readonly [major: number, minor: number]
  readonly xattrs: readonly Xattr[]
}

const TYPEFLAGS: Readonly<Record<number, string>> = { 1: '6', 2: '3', 4: '5', 6: '4', 8: '0', 10: '2' }

/** The type bits of a mode, as tar has types; undefined for a socket and what is none. */
function typeflagOf(mode: number): string | undefined {
  return TYPEFLAGS[mode >> 12]
}

export const isDirectory = (mode: number) => mode >> 12 === 4
export const isSymlink = (mode: number) => mode >> 12 === 10
export const isRegular = (mode: number) => mode >> 12 === 8

/** An entry as `ChangesetBuilder` takes it; `link` names a symlink's target, or makes it a hard link to a path. */
export function memberOf(
  path: string,
  inode: Inode,
  link: { readonly target: string; readonly hard: boolean } | undefined,
): TarEntry | undefined {
  const typeflag = link?.hard === true ? '1' : typeflagOf(inode.mode)
  if (typeflag === undefined) return undefined
  const size = typeflag === '0' ? inode.size : 0
  return detachedEntry({
    name: path,
    typeflag,
    linkName: link?.target ?? '',
    mode: inode.mode & 0o7777,
    uid: inode.uid,
    gid: inode.gid,
    size,
    mtime: { seconds: inode.seconds, nanoseconds: inode.nanoseconds },
    devMajor: inode.device[0],
    devMinor: inode.device[1],
    xattrs: inode.xattrs,
  })
}

/** A device number as Linux packs it into 32 bits. */
export function deviceOf(packed: number): readonly [major: number, minor: number] {
  return [(packed >>> 8) & 0xfff, (packed & 0xff) | ((packed >>> 12) & 0xfff00)]
}

export function damagedFilesystem(kind: Filesystem['kind'], why: string): ImageError {
  return new ImageError('FILESYSTEM_DAMAGED', `Cannot list the ${kind} image: ${why}`)
}

/** Says which feature is missing here. */
export function unsupported(kind: Filesystem['kind'], feature: string): ImageError {
  return new ImageError(
    'FILESYSTEM_UNSUPPORTED',
    `Cannot read the ${kind} image: it needs ${feature}, which peel does not know`,
    {
      hint: 'Mount it, or convert the image to tar layers.',
    },
  )
}
