import { ChangesetBuilder } from '../../layer/changeset-builder.ts'
import type { RangeReader } from '../range-reader.ts'
import {
  damagedFilesystem,
  deviceOf,
  type Filesystem,
  type Inode,
  isDirectory,
  ListingBudget,
  memberOf,
  PATH_LIMIT,
} from './filesystem.ts'
import { MetadataTable, readSquashfsSuper, type SquashfsSuper, type UnpackXz, unpacked } from './squashfs-metadata.ts'

type SquashfsInode = Inode & {
  readonly number: number
  readonly links: number
  /** Of a directory: where its listing lies, and how long it is. */
  readonly listing: readonly [block: number, offset: number, size: number]
  readonly target: string | undefined
  /** Of a file: where its blocks begin, their stored sizes, its fragment and the offset in that. */
  readonly data: { readonly start: number; readonly sizes: Buffer; readonly fragment: number; readonly offset: number }
}

const NO_FRAGMENT = 0xffffffff
const [BLOCK_PLAIN, BLOCK_SIZE] = [0x1000000, 0xffffff]
/** Bytes of the list of one file's blocks: 4 GiB in the smallest blocks. */
const SIZES_LIMIT = 4 * 1024 * 1024
const NONE = { start: 0, sizes: Buffer.alloc(0), fragment: NO_FRAGMENT, offset: 0 }

/**
 * Lists a squashfs image of version 4 (kernel, fs/squashfs/squashfs_fs.h): with metadata and files that are not compressed, or
 * compressed with zlib, lz4, zstd or xz. Extended attributes are not read.
 * @throws ImageError `FILESYSTEM_DAMAGED`, `FILESYSTEM_UNSUPPORTED`, those of the reader
 */
export async function openSquashfs(reader: RangeReader, unpackXz: UnpackXz): Promise<Filesystem> {
  const image = await readSquashfsSuper(reader, unpackXz)
  const budget = new ListingBudget('squashfs', reader.size)
  const inodes = new MetadataTable(reader, image, image.inodeTable, budget)
  const listings = new MetadataTable(reader, image, image.directoryTable, budget)
  const ids = await readIds(reader, image)
  const builder = new ChangesetBuilder({ marks: false, blobBytes: reader.size })
  const files = new Map<number, SquashfsInode>()
  const first = new Map<number, string>()
  const open: { readonly path: string; readonly inode: SquashfsInode }[] = []
  const directories = new Set<number>()
  const shared: SharedBlock = { fragment: NO_FRAGMENT, bytes: Buffer.alloc(0) }
  const add = async (path: string, block: number, offset: number) => {
    budget.takeEntry()
    budget.takeBytes(path.length)
    const inode = await readInode(inodes, image, ids, block, offset)
    const known = isDirectory(inode.mode) || inode.links < 2 ? undefined : first.get(inode.number)
    const link =
      known !== undefined
        ? { target: known, hard: true }
        : inode.target === undefined
          ? undefined
          : { target: inode.target, hard: false }
    const member = memberOf(path, inode, link)
    if (member === undefined) return
    const before = builder.length
    builder.add(member)
    if (known === undefined && builder.length > before) {
      first.set(inode.number, path)
      if (member.typeflag === '0') files.set(builder.length - 1, inode)
    }
    if (!isDirectory(inode.mode)) return
    if (directories.has(inode.number)) throw damagedFilesystem('squashfs', 'a directory is in two places, or in itself')
    directories.add(inode.number)
    open.push({ path, inode })
  }
  await add('', ...image.root)
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    for await (const { name, block, offset } of namesIn(listings, directory.inode)) {
      const path = directory.path === '' ? name : `${directory.path}/${name}`
      if (path.length > PATH_LIMIT) throw damagedFilesystem('squashfs', 'a path is too long')
      await add(path, block, offset)
    }
  }
  return {
    kind: 'squashfs',
    changeset: builder.finish(),
    content(entry) {
      const inode = files.get(entry)
      if (inode === undefined) throw damagedFilesystem('squashfs', 'it is no regular file')
      return contentOf(reader, image, inode, shared)
    },
  }
}

/** Owners are numbers in a table of their own, blocks of 2,048 named by a list. */
async function readIds(reader: RangeReader, image: SquashfsSuper): Promise<readonly number[]> {
  const ids: number[] = []
  for (let from = 0; from < image.ids; from += 2048) {
    const pointer = await reader.read(image.idTable + (from / 2048) * 8, 8)
    if (pointer.length < 8) throw damagedFilesystem('squashfs', 'its table of owners lies beyond its end')
    const count = Math.min(2048, image.ids - from)
    const block = await new MetadataTable(reader, image, Number(pointer.readBigUInt64LE(0))).at(0, 0).read(count * 4)
    for (let index = 0; index < count; index++) ids.push(block.readUInt32LE(index * 4))
  }
  return ids
}

/** Type bits of `st_mode` by the inode's type; the extended ones follow seven later. */
const MODES = [0, 0o040000, 0o100000, 0o120000, 0o060000, 0o020000, 0o010000, 0o140000]

async function readInode(
  table: MetadataTable,
  image: SquashfsSuper,
  ids: readonly number[],
  block: number,
  offset: number,
): Promise<SquashfsInode> {
  const cursor = table.at(block, offset)
  const head = await cursor.read(16)
  const type = head.readUInt16LE(0)
  const basic = type > 7 ? type - 7 : type
  const bits = MODES[basic]
  if (bits === undefined || basic === 0 || type > 14) throw damagedFilesystem('squashfs', `an inode has the unknown type ${type}`)
  const common = {
    mode: bits | (head.readUInt16LE(2) & 0o7777),
    uid: ids[head.readUInt16LE(4)] ?? 0,
    gid: ids[head.readUInt16LE(6)] ?? 0,
    seconds: head.readUInt32LE(8),
    nanoseconds: 0,
    number: head.readUInt32LE(12),
    xattrs: [],
    device: [0, 0] as const,
    size: 0,
    listing: [0, 0, 0] as const,
    target: undefined,
    data: NONE,
  }
  if (type === 1) {
    const rest = await cursor.read(16)
    return {
      ...common,
      links: rest.readUInt32LE(4),
      listing: [rest.readUInt32LE(0), rest.readUInt16LE(10), rest.readUInt16LE(8)],
    }
  }
  if (type === 8) {
    const rest = await cursor.read(24)
    return {
      ...common,
      links: rest.readUInt32LE(0),
      listing: [rest.readUInt32LE(8), rest.readUInt16LE(18), rest.readUInt32LE(4)],
    }
  }
  if (basic === 2) return { ...common, ...(await readFile(cursor, image, type === 9)) }
  const rest = await cursor.read(basic === 3 || basic === 4 || basic === 5 ? 8 : 4)
  const links = rest.readUInt32LE(0)
  if (basic === 4 || basic === 5) return { ...common, links, device: deviceOf(rest.readUInt32LE(4)) }
  if (basic !== 3) return { ...common, links }
  const length = rest.readUInt32LE(4)
  if (length > 65_535) throw damagedFilesystem('squashfs', 'a symlink is too long')
  return { ...common, links, target: (await cursor.read(length)).toString('latin1') }
}

async function readFile(
  cursor: { read(length: number): Promise<Buffer> },
  { blockSize }: SquashfsSuper,
  extended: boolean,
): Promise<Pick<SquashfsInode, 'size' | 'links' | 'data'>> {
  const rest = await cursor.read(extended ? 40 : 16)
  const size = extended ? Number(rest.readBigUInt64LE(8)) : rest.readUInt32LE(12)
  const fragment = rest.readUInt32LE(extended ? 28 : 4)
  const blocks = fragment === NO_FRAGMENT ? Math.ceil(size / blockSize) : Math.floor(size / blockSize)
  if (!Number.isSafeInteger(size) || blocks * 4 > SIZES_LIMIT)
    throw damagedFilesystem('squashfs', 'a file has more blocks than files have')
  const start = extended ? Number(rest.readBigUInt64LE(0)) : rest.readUInt32LE(0)
  const sizes = Buffer.from(await cursor.read(blocks * 4))
  return {
    size,
    links: extended ? rest.readUInt32LE(24) : 1,
    data: { start, sizes, fragment, offset: rest.readUInt32LE(extended ? 32 : 8) },
  }
}

/** A listing has runs of names, each with the block that their inodes lie in. Its size counts three bytes that are not there. */
async function* namesIn(table: MetadataTable, { listing: [block, offset, size] }: SquashfsInode) {
  const cursor = table.at(block, offset)
  for (let left = size - 3; left > 0; ) {
    const head = await cursor.read(12)
    const count = head.readUInt32LE(0) + 1
    if (count > 256) throw damagedFilesystem('squashfs', 'a run of names is too long')
    left -= 12
    for (let index = 0; index < count; index++) {
      const entry = await cursor.read(8)
      const length = entry.readUInt16LE(6) + 1
      const name = (await cursor.read(length)).toString('latin1')
      if (length > 256 || name === '.' || name === '..' || /[/\0]/.test(name))
        throw damagedFilesystem('squashfs', 'a name is none')
      left -= 8 + length
      yield { name, block: head.readUInt32LE(4), offset: entry.readUInt16LE(0) }
    }
  }
}

/** The block of fragments that was unpacked last: small files that follow each other lie in one. */
type SharedBlock = { fragment: number; bytes: Buffer }

async function* contentOf(
  reader: RangeReader,
  image: SquashfsSuper,
  { size, data }: SquashfsInode,
  shared: SharedBlock,
): AsyncGenerator<Buffer> {
  let [at, left] = [data.start, size]
  for (let index = 0; index < data.sizes.length; index += 4) {
    const packed = data.sizes.readUInt32LE(index)
    const wanted = Math.min(image.blockSize, left)
    yield (await block(reader, image, at, packed, wanted)).subarray(0, wanted)
    at += packed & BLOCK_SIZE
    left -= wanted
  }
  if (left === 0) return
  const end = data.offset + left
  if (shared.fragment !== data.fragment || shared.bytes.length < end) {
    shared.bytes = await fragment(reader, image, data, end)
    shared.fragment = data.fragment
  }
  yield shared.bytes.subarray(data.offset, end)
}

/** One block: zeros where nothing is stored, as it is where the compression would have made it larger; `least` bytes of it or more. */
async function block(reader: RangeReader, image: SquashfsSuper, at: number, packed: number, least: number): Promise<Buffer> {
  const stored = packed & BLOCK_SIZE
  if (stored === 0) return Buffer.alloc(least)
  if (stored > image.blockSize) throw damagedFilesystem('squashfs', 'a block is larger than blocks are')
  const bytes = await reader.read(at, stored)
  const plain = (packed & BLOCK_PLAIN) === 0 ? await unpacked(image, bytes, image.blockSize) : Buffer.from(bytes)
  if (bytes.length < stored || plain.length < least) throw damagedFilesystem('squashfs', 'a block ends early')
  return plain
}

/** The block in which the end of a file lies with those of others, `least` bytes of it or more. */
async function fragment(reader: RangeReader, image: SquashfsSuper, data: SquashfsInode['data'], least: number): Promise<Buffer> {
  if (data.fragment >= image.fragments) throw damagedFilesystem('squashfs', 'a fragment is none')
  const pointer = await reader.read(image.fragmentTable + Math.floor(data.fragment / 512) * 8, 8)
  if (pointer.length < 8) throw damagedFilesystem('squashfs', 'its table of fragments lies beyond its end')
  const table = new MetadataTable(reader, image, Number(pointer.readBigUInt64LE(0)))
  const row = await table.at(0, (data.fragment % 512) * 16).read(16)
  const packed = row.readUInt32LE(8)
  // An absent block stores nothing: a fragment has bytes.
  if ((packed & BLOCK_SIZE) === 0) throw damagedFilesystem('squashfs', 'a fragment is none')
  return await block(reader, image, Number(row.readBigUInt64LE(0)), packed, least)
}
