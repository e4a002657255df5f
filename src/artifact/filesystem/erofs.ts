import { ChangesetBuilder } from '../../layer/changeset-builder.ts'
import type { RangeReader } from '../range-reader.ts'
import { compressedContent } from './erofs-compressed.ts'
import { type ErofsInode, type ErofsSuper, readErofsInode, readErofsSuper } from './erofs-inode.ts'
import {
  damagedFilesystem,
  type Filesystem,
  isDirectory,
  isRegular,
  isSymlink,
  ListingBudget,
  memberOf,
  PATH_LIMIT,
  unsupported,
} from './filesystem.ts'

/** Bytes read at once for a content. */
const PIECE = 256 * 1024
const SYMLINK_LIMIT = 4096

/**
 * Lists an EROFS image (kernel, Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h): directories are not compressed, so any
 * image can be listed; files that are compressed with lz4, deflate or zstd are read, others say what they need.
 * @throws ImageError `FILESYSTEM_DAMAGED`, `FILESYSTEM_UNSUPPORTED`, those of the reader
 */
export async function openErofs(reader: RangeReader): Promise<Filesystem> {
  const image = await readErofsSuper(reader)
  const budget = new ListingBudget('EROFS', reader.size)
  const builder = new ChangesetBuilder({ marks: false, blobBytes: reader.size })
  const files = new Map<number, ErofsInode>()
  const first = new Map<number, string>()
  const directories = new Set<number>()
  /** A stack of our own: directories nest deeper than calls may. */
  const open: { readonly path: string; readonly inode: ErofsInode }[] = []
  const add = async (path: string, nid: number) => {
    budget.takeEntry()
    budget.takeBytes(path.length)
    const inode = await readErofsInode(reader, image, nid, budget)
    const known = isDirectory(inode.mode) || inode.links < 2 ? undefined : first.get(nid)
    const target = isSymlink(inode.mode) ? await linkTarget(reader, image, inode, budget) : undefined
    const link = known !== undefined ? { target: known, hard: true } : target === undefined ? undefined : { target, hard: false }
    const member = memberOf(path, inode, link)
    if (member === undefined) return
    const before = builder.length
    builder.add(member)
    if (known === undefined && builder.length > before) {
      first.set(nid, path)
      if (isRegular(inode.mode)) files.set(builder.length - 1, inode)
    }
    if (!isDirectory(inode.mode)) return
    if (directories.has(nid)) throw damagedFilesystem('EROFS', 'a directory is in two places, or in itself')
    directories.add(nid)
    open.push({ path, inode })
  }
  await add('', image.root)
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    for await (const { name, nid } of namesIn(reader, image, directory.inode, budget)) {
      const path = directory.path === '' ? name : `${directory.path}/${name}`
      if (path.length > PATH_LIMIT) throw damagedFilesystem('EROFS', 'a path is too long')
      await add(path, nid)
    }
  }
  return {
    kind: 'EROFS',
    changeset: builder.finish(),
    content(entry) {
      const inode = files.get(entry)
      if (inode === undefined) throw damagedFilesystem('EROFS', 'it is no regular file')
      return contentOf(reader, image, inode)
    },
  }
}

async function linkTarget(reader: RangeReader, image: ErofsSuper, inode: ErofsInode, budget: ListingBudget): Promise<string> {
  if (inode.size > SYMLINK_LIMIT) throw damagedFilesystem('EROFS', 'a symlink is too long')
  budget.takeBytes(inode.size)
  const chunks: Buffer[] = []
  for await (const chunk of contentOf(reader, image, inode)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

/** The names of a directory, block by block; `.` and `..` left out. */
async function* namesIn(
  reader: RangeReader,
  image: ErofsSuper,
  inode: ErofsInode,
  budget: ListingBudget,
): AsyncGenerator<{ name: string; nid: number }> {
  // A block of it could only be had by unpacking all before it.
  if (isCompressed(inode)) throw unsupported('EROFS', 'compressed directories')
  const blockSize = 2 ** image.blockBits
  for (let at = 0; at < inode.size; at += blockSize) {
    budget.takeEntry()
    const chunks: Buffer[] = []
    for await (const chunk of contentOf(reader, image, inode, at, Math.min(inode.size, at + blockSize))) chunks.push(chunk)
    yield* namesInBlock(Buffer.concat(chunks))
  }
}

/** Twelve bytes a name, then the names: the first says by its offset how many there are. */
function* namesInBlock(block: Buffer): Generator<{ name: string; nid: number }> {
  if (block.length < DIRENT) return
  const count = Math.floor(block.readUInt16LE(8) / DIRENT)
  if (count < 1 || count * DIRENT > block.length) throw damagedFilesystem('EROFS', 'a directory block has no names')
  for (let index = 0; index < count; index++) {
    const at = index * DIRENT
    const start = block.readUInt16LE(at + 8)
    const end = index + 1 < count ? block.readUInt16LE(at + DIRENT + 8) : block.length
    if (start < count * DIRENT || end < start || end > block.length)
      throw damagedFilesystem('EROFS', 'a name lies outside of its block')
    const [name = ''] = block.toString('latin1', start, end).split('\0')
    if (name === '.' || name === '..') continue
    if (name === '' || name.includes('/')) throw damagedFilesystem('EROFS', 'a name is none')
    yield { name, nid: Number(block.readBigUInt64LE(at)) }
  }
}

const DIRENT = 12

/** Bytes `start` to `end` of an inode's data. */
async function* contentOf(
  reader: RangeReader,
  image: ErofsSuper,
  inode: ErofsInode,
  start = 0,
  end = inode.size,
): AsyncGenerator<Buffer> {
  if (isCompressed(inode)) {
    yield* compressedContent(reader, image, inode)
    return
  }
  if (inode.layout === 'chunks') {
    yield* chunksOf(reader, image, inode, start, end)
    return
  }
  const blockSize = 2 ** image.blockBits
  // The last block of an inline inode lies behind the inode itself.
  const inline = inode.layout === 'inline' ? Math.max(0, Math.ceil(inode.size / blockSize) - 1) * blockSize : inode.size
  yield* stretch(reader, inode.union * blockSize + start, Math.max(0, Math.min(end, inline) - start))
  if (end > inline) yield* stretch(reader, inode.end + Math.max(0, start - inline), end - Math.max(start, inline))
}

const isCompressed = ({ layout }: ErofsInode) => layout === 'compressed' || layout === 'compacted'

async function* stretch(reader: RangeReader, offset: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; ) {
    const bytes = await reader.read(offset + done, Math.min(PIECE, length - done))
    if (bytes.length === 0) throw damagedFilesystem('EROFS', 'a file lies beyond its end')
    done += bytes.length
    yield bytes
  }
}

const [INDEXES, HOLE] = [0x20, 0xffffffff]

/** Chunks of one size, each anywhere in the image or nowhere, where it is zeros. */
async function* chunksOf(
  reader: RangeReader,
  image: ErofsSuper,
  inode: ErofsInode,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  const chunkSize = 2 ** (image.blockBits + (inode.union & 0x1f))
  const width = (inode.union & INDEXES) === 0 ? 4 : 8
  const table = Math.ceil(inode.end / width) * width
  for (let at = start; at < end; ) {
    const index = Math.floor(at / chunkSize)
    const stop = Math.min(end, (index + 1) * chunkSize)
    const row = await reader.read(table + index * width, width)
    if (row.length < width) throw damagedFilesystem('EROFS', 'the list of a file’s chunks lies beyond its end')
    if (width === 8 && row.readUInt16LE(2) !== 0) throw unsupported('EROFS', 'further devices')
    const block = row.readUInt32LE(width - 4)
    if (block === HOLE) yield* zeros(stop - at)
    else yield* stretch(reader, block * 2 ** image.blockBits + (at % chunkSize), stop - at)
    at = stop
  }
}

function* zeros(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left)
}

const ZEROS = Buffer.alloc(PIECE)
