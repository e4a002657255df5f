import { inflateBlock } from '../../blob/inflate-block.ts'
import { unpackLz4 } from '../../blob/stream/lz4-block.ts'
import type { RangeReader } from '../range-reader.ts'
import { CLUSTER, type ClusterIndex, compactCluster, fullCluster, packedSize } from './erofs-clusters.ts'
import type { ErofsInode, ErofsSuper } from './erofs-inode.ts'
import { damagedFilesystem, unsupported } from './filesystem.ts'

/** How a file is compressed (kernel, fs/erofs/erofs_fs.h, "z_erofs_map_header"). */
type Compressed = {
  readonly index: ClusterIndex
  readonly algorithms: readonly [head1: string, head2: string]
  readonly interlaced: boolean
  /** The last extent's bytes where they lie behind the index. */
  readonly inline: Stretch | undefined
}

type Stretch = { readonly offset: number; readonly length: number }

/** A stretch of the file that was compressed alone. */
type Extent = { readonly start: number; readonly type: number; readonly stored: Stretch }

const [TWO_BYTES, LARGE_1, LARGE_2, INLINE, INTERLACED, FRAGMENT] = [0x1, 0x2, 0x4, 0x8, 0x10, 0x20]
const WHOLE_FRAGMENT = 0x80
const ALGORITHMS = ['lz4', 'lzma', 'deflate', 'zstd']
/** Bytes of one file's index: 64 GiB of file in clusters of 4 KiB. */
const INDEX_LIMIT = 128 * 1024 * 1024
/** Bytes of one extent, unpacked and stored; mkfs.erofs makes none larger than 1 MiB. */
const [EXTENT_LIMIT, STORED_LIMIT] = [64 * 1024 * 1024, 1024 * 1024]

/** The content of a compressed file, extent by extent. @throws ImageError `FILESYSTEM_DAMAGED`, `FILESYSTEM_UNSUPPORTED`, those of the reader */
export async function* compressedContent(reader: RangeReader, image: ErofsSuper, inode: ErofsInode): AsyncGenerator<Buffer> {
  if (inode.size === 0) return
  const file = await readHeader(reader, image, inode)
  let before: Extent | undefined
  for (const extent of extentsOf(file, image, inode)) {
    if (before !== undefined) yield await unpackedExtent(reader, image, file, before, extent.start)
    before = extent
  }
  if (before !== undefined) yield await unpackedExtent(reader, image, file, before, inode.size)
}

async function readHeader(reader: RangeReader, { blockBits }: ErofsSuper, inode: ErofsInode): Promise<Compressed> {
  const at = Math.ceil(inode.end / 8) * 8
  const head = await reader.read(at, 8)
  if (head.length < 8) throw damagedFilesystem('EROFS', 'a compressed file has no header')
  const [advise, names, bits] = [head.readUInt16LE(4), head.readUInt8(6), head.readUInt8(7)]
  if ((bits & WHOLE_FRAGMENT) !== 0 || (advise & FRAGMENT) !== 0) throw unsupported('EROFS', 'files in fragments')
  const clusterBits = blockBits + (bits & 0xf)
  if (clusterBits > 14) throw unsupported('EROFS', 'clusters of more than 16 KiB')
  const compact = inode.layout === 'compacted'
  const shape = {
    start: at + (compact ? 8 : 16),
    count: Math.ceil(inode.size / 2 ** clusterBits),
    clusterBits,
    twoBytes: (advise & TWO_BYTES) !== 0,
    large: (advise & (LARGE_1 | LARGE_2)) !== 0,
  }
  if (shape.count * 8 > INDEX_LIMIT) throw damagedFilesystem('EROFS', 'a file has more clusters than files have')
  const size = compact ? packedSize(shape) : shape.count * 8
  const bytes = await reader.read(shape.start, size)
  if (bytes.length < size) throw damagedFilesystem('EROFS', 'the index of a file lies beyond its end')
  const inline = (advise & INLINE) === 0 ? undefined : { offset: shape.start + size, length: head.readUInt16LE(2) }
  const name = (number: number) => ALGORITHMS[number] ?? `compression ${number}`
  return {
    index: { ...shape, bytes },
    algorithms: [name(names & 0xf), name(names >> 4)],
    interlaced: (advise & INTERLACED) !== 0,
    inline: inline?.length === 0 ? undefined : inline,
  }
}

function* extentsOf({ index, inline }: Compressed, { blockBits }: ErofsSuper, inode: ErofsInode): Generator<Extent> {
  const clusterSize = 2 ** index.clusterBits
  const clusterAt = inode.layout === 'compacted' ? compactCluster : fullCluster
  let head: { readonly start: number; readonly type: number; readonly block: number } | undefined
  let blocks = clusterSize >> blockBits
  const done = (last: boolean): Extent[] => {
    if (head === undefined) return []
    const stored = last && inline !== undefined ? inline : { offset: head.block * 2 ** blockBits, length: blocks << blockBits }
    return [{ start: head.start, type: head.type, stored }]
  }
  for (let number = 0; number < index.count; number++) {
    const cluster = clusterAt(index, number)
    if (cluster.type === CLUSTER.inside) {
      if (head === undefined) throw damagedFilesystem('EROFS', 'a file begins inside of an extent')
      blocks = cluster.blocks ?? blocks
      continue
    }
    const start = number * clusterSize + cluster.offset
    // The file's end is written as one more beginning.
    if (head !== undefined && start === inode.size) break
    if (cluster.offset >= clusterSize || start > inode.size || (head === undefined && start !== 0))
      throw damagedFilesystem('EROFS', 'an extent begins where none can')
    yield* done(false)
    head = { start, type: cluster.type, block: cluster.block }
    blocks = clusterSize >> blockBits
  }
  yield* done(true)
}

async function unpackedExtent(
  reader: RangeReader,
  { blockBits }: ErofsSuper,
  { algorithms, interlaced }: Compressed,
  { start, type, stored }: Extent,
  end: number,
): Promise<Buffer> {
  const length = end - start
  if (length > EXTENT_LIMIT || stored.length > STORED_LIMIT)
    throw damagedFilesystem('EROFS', 'an extent is larger than extents are')
  const bytes = await reader.read(stored.offset, stored.length)
  const plain =
    type === CLUSTER.plain
      ? plainExtent(bytes, length, interlaced ? start % 2 ** blockBits : 0)
      : unpack(algorithms[type === CLUSTER.head2 ? 1 : 0] ?? '', withoutZeros(bytes), length)
  if (plain === undefined || plain.length < length) throw damagedFilesystem('EROFS', 'an extent cannot be unpacked')
  return plain.subarray(0, length)
}

/** Where extents are interlaced, a byte lies in its block where it lies in the file's. */
function plainExtent(bytes: Buffer, length: number, shift: number): Buffer {
  const right = bytes.subarray(shift, shift + length)
  return shift === 0 ? Buffer.from(right) : Buffer.concat([right, bytes.subarray(0, length - right.length)])
}

/** Compressed bytes end with their blocks: zeros fill the beginning. */
function withoutZeros(bytes: Buffer): Buffer {
  const start = bytes.findIndex(byte => byte !== 0)
  return start === -1 ? bytes : bytes.subarray(start)
}

function unpack(algorithm: string, packed: Buffer, length: number): Buffer | undefined {
  if (algorithm === 'lz4') return unpackLz4(packed, length, { cut: true })
  if (algorithm === 'deflate') return inflateBlock('deflate', packed, length)
  if (algorithm === 'zstd') return inflateBlock('zstd', packed, length)
  throw unsupported('EROFS', `${algorithm} compression`)
}
