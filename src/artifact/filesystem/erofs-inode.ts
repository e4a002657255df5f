import { asByteText } from '../../blob/byte-text.ts'
import type { Xattr } from '../../layer/entry.ts'
import type { RangeReader } from '../range-reader.ts'
import { damagedFilesystem, deviceOf, type Inode, type ListingBudget, unsupported } from './filesystem.ts'

/** How an inode's data is stored (kernel, fs/erofs/erofs_fs.h, "EROFS_INODE_*"). */
type ErofsLayout = 'plain' | 'compressed' | 'inline' | 'compacted' | 'chunks'
const LAYOUTS: readonly (ErofsLayout | undefined)[] = ['plain', 'compressed', 'inline', 'compacted', 'chunks']

export type ErofsInode = Inode & {
  readonly nid: number
  readonly layout: ErofsLayout
  /** First block, device number or chunk format, by the layout. */
  readonly union: number
  /** Offset in the image of what follows the inode and its extended attributes. */
  readonly end: number
  readonly links: number
}

export type ErofsSuper = {
  readonly blockBits: number
  readonly root: number
  /** Offsets in the image. */
  readonly meta: number
  readonly sharedXattrs: number
  readonly buildTime: number
  readonly buildNanoseconds: number
}

const [SUPER, MAGIC] = [1024, 0xe0f5e1e2]
/** Features that change where things lie; those that only concern compressed contents are told when one is read. */
const INCOMPATIBLE: readonly (readonly [bit: number, feature: string])[] = [
  [0x80, '48-bit addresses'],
  [0x100, 'a metadata box'],
]

/** @throws ImageError `FILESYSTEM_DAMAGED`, `FILESYSTEM_UNSUPPORTED` */
export async function readErofsSuper(reader: RangeReader): Promise<ErofsSuper> {
  const block = await reader.read(SUPER, 128)
  if (block.length < 128 || block.readUInt32LE(0) !== MAGIC) throw damagedFilesystem('EROFS', 'it has no superblock')
  const incompatible = block.readUInt32LE(80)
  for (const [bit, feature] of INCOMPATIBLE) if ((incompatible & bit) !== 0) throw unsupported('EROFS', feature)
  const blockBits = block[12] ?? 0
  if (blockBits < 9 || blockBits > 16) throw damagedFilesystem('EROFS', `its blocks have 2^${blockBits} bytes`)
  if ((block[90] ?? 0) !== 0) throw unsupported('EROFS', 'large directory blocks')
  return {
    blockBits,
    root: block.readUInt16LE(14),
    meta: block.readUInt32LE(40) * 2 ** blockBits,
    sharedXattrs: block.readUInt32LE(44) * 2 ** blockBits,
    buildTime: Number(block.readBigInt64LE(24)),
    buildNanoseconds: block.readUInt32LE(32),
  }
}

/** Reads the inode with a number; compact ones have 32 bytes, extended ones 64. @throws ImageError `FILESYSTEM_DAMAGED` */
export async function readErofsInode(
  reader: RangeReader,
  image: ErofsSuper,
  nid: number,
  budget: ListingBudget,
): Promise<ErofsInode> {
  const at = image.meta + nid * 32
  if (!Number.isSafeInteger(at) || at + 32 > reader.size) throw damagedFilesystem('EROFS', 'an inode lies beyond its end')
  const head = await reader.read(at, 64)
  const format = head.readUInt16LE(0)
  const extended = (format & 1) === 1
  const layout = LAYOUTS[(format >> 1) & 7]
  if (layout === undefined || (extended && head.length < 64)) throw damagedFilesystem('EROFS', 'an inode has an unknown form')
  const count = head.readUInt16LE(2)
  const xattrSize = count === 0 ? 0 : 12 + (count - 1) * 4
  const start = at + (extended ? 64 : 32)
  const body = await attributesBeside(reader, start, xattrSize, budget)
  const union = head.readUInt32LE(16)
  return {
    nid,
    layout,
    union,
    end: start + xattrSize,
    links: extended ? head.readUInt32LE(44) : head.readUInt16LE(6),
    mode: head.readUInt16LE(4),
    uid: extended ? head.readUInt32LE(24) : head.readUInt16LE(24),
    gid: extended ? head.readUInt32LE(28) : head.readUInt16LE(26),
    size: extended ? sizeOf(head.readBigUInt64LE(8)) : head.readUInt32LE(8),
    seconds: extended ? Number(head.readBigInt64LE(32)) : image.buildTime + head.readUInt32LE(12),
    nanoseconds: Math.min(999_999_999, extended ? head.readUInt32LE(40) : image.buildNanoseconds),
    device: deviceOf(union),
    xattrs: body === undefined ? [] : await readXattrs(reader, image, body, budget),
  }
}

function sizeOf(size: bigint): number {
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw damagedFilesystem('EROFS', 'a file is larger than files can be')
  return Number(size)
}

/** By their index; names begin with these. */
const PREFIXES: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  5: 'lustre.',
  6: 'security.',
}

/** Those beside the inode, and those that inodes share. */
async function readXattrs(
  reader: RangeReader,
  image: ErofsSuper,
  body: Buffer,
  budget: ListingBudget,
): Promise<readonly Xattr[]> {
  const size = body.length
  const shared = body[4] ?? 0
  const xattrs: Xattr[] = []
  for (let index = 0; index < shared && 16 + index * 4 <= size; index++) {
    const at = image.sharedXattrs + body.readUInt32LE(12 + index * 4) * 4
    const entry = await reader.read(at, XATTR_LIMIT)
    const { xattrs: found, end } = xattrAt(entry, 0)
    budget.takeBytes(SHARED_COST + end)
    xattrs.push(...found)
  }
  for (let at = 12 + shared * 4; at + 4 <= size; ) {
    const { xattrs: found, end } = xattrAt(body, at)
    xattrs.push(...found)
    at = Math.ceil(end / 4) * 4
  }
  return xattrs.sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The part that lies behind an inode; undefined where it has none. */
async function attributesBeside(
  reader: RangeReader,
  start: number,
  size: number,
  budget: ListingBudget,
): Promise<Buffer | undefined> {
  if (size === 0) return undefined
  budget.takeBytes(size)
  const body = await reader.read(start, size)
  if (body.length < size) throw damagedFilesystem('EROFS', 'extended attributes lie beyond its end')
  return body
}

/** Looking one up costs as much as so many bytes. */
const SHARED_COST = 256
/** A value is at most a block long. */
const XATTR_LIMIT = 4 + 255 + 65_535

/** One entry; a long prefix is named by its number, since its text lies elsewhere. */
function xattrAt(bytes: Buffer, at: number): { readonly xattrs: readonly Xattr[]; readonly end: number } {
  if (at + 4 > bytes.length) return { xattrs: [], end: bytes.length }
  const [length, index] = [bytes[at] ?? 0, bytes[at + 1] ?? 0]
  const end = at + 4 + length + bytes.readUInt16LE(at + 2)
  const prefix = PREFIXES[index]
  if (end > bytes.length || prefix === undefined) return { xattrs: [], end: Math.min(end, bytes.length) }
  const name = asByteText(`${prefix}${bytes.toString('latin1', at + 4, at + 4 + length)}`)
  return { xattrs: [[name, Uint8Array.from(bytes.subarray(at + 4 + length, end))]], end }
}
