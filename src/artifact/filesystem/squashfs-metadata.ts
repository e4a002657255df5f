import { inflateBlock } from '../../blob/inflate-block.ts'
import { unpackLz4 } from '../../blob/stream/lz4-block.ts'
import type { RangeReader } from '../range-reader.ts'
import { damagedFilesystem, type ListingBudget, unsupported } from './filesystem.ts'

/** Bytes of a metadata block, unpacked (kernel, fs/squashfs/squashfs_fs.h). */
const BLOCK = 8192
const PLAIN = 0x8000

export type SquashfsSuper = {
  readonly compressor: number
  readonly blockSize: number
  readonly ids: number
  readonly idTable: number
  readonly inodeTable: number
  readonly directoryTable: number
  readonly fragments: number
  readonly fragmentTable: number
  /** Where the root inode lies in the inode table: block and offset in it. */
  readonly root: readonly [block: number, offset: number]
  readonly unpackXz: UnpackXz
}

const COMPRESSORS: Readonly<Record<number, string>> = { 1: 'zlib', 2: 'lzma', 3: 'lzo', 4: 'xz', 5: 'lz4', 6: 'zstd' }

/** @throws ImageError `FILESYSTEM_DAMAGED`, `FILESYSTEM_UNSUPPORTED` */
export async function readSquashfsSuper(reader: RangeReader, unpackXz: UnpackXz): Promise<SquashfsSuper> {
  const block = await reader.read(0, 96)
  if (block.length < 96 || block.toString('latin1', 0, 4) !== 'hsqs') throw damagedFilesystem('squashfs', 'it has no superblock')
  const version = block.readUInt16LE(28)
  if (version !== 4) throw unsupported('squashfs', `version ${version} of the format`)
  const blockSize = block.readUInt32LE(12)
  if (blockSize < 4096 || blockSize > 1024 * 1024) throw damagedFilesystem('squashfs', `its blocks have ${blockSize} bytes`)
  const offset = (at: number) => Number(block.readBigUInt64LE(at))
  const root = block.readBigUInt64LE(32)
  return {
    compressor: block.readUInt16LE(20),
    blockSize,
    ids: block.readUInt16LE(26),
    idTable: offset(48),
    inodeTable: offset(64),
    directoryTable: offset(72),
    fragments: block.readUInt32LE(16),
    fragmentTable: offset(80),
    root: [Number(root >> 16n), Number(root & 0xffffn)],
    unpackXz,
  }
}

/** Unpacks a block that is a whole xz stream of at most `limit` bytes; undefined where it is damaged or holds more. */
export type UnpackXz = (packed: Buffer, limit: number) => Promise<Buffer | undefined>

/** Unpacks a block of the image, or names the compression that is missing. @throws ImageError */
export async function unpacked({ compressor, unpackXz }: SquashfsSuper, packed: Buffer, limit: number): Promise<Buffer> {
  const name = COMPRESSORS[compressor] ?? `compression ${compressor}`
  if (name === 'lzma' || name === 'lzo' || COMPRESSORS[compressor] === undefined)
    throw unsupported('squashfs', `${name} compression`)
  const bytes =
    name === 'xz'
      ? await unpackXz(packed, limit)
      : name === 'lz4'
        ? unpackLz4(packed, limit)
        : inflateBlock(name === 'zlib' ? 'zlib' : 'zstd', packed, limit)
  if (bytes === undefined) throw damagedFilesystem('squashfs', 'a block cannot be unpacked')
  return bytes
}

/** Blocks that are kept: directories and inodes that follow each other lie in few. */
const KEPT = 64

/** Reads a table of metadata blocks from anywhere in it, as a stream. */
export class MetadataTable {
  readonly #reader: RangeReader
  readonly #image: SquashfsSuper
  readonly #start: number
  readonly #budget: ListingBudget | undefined
  readonly #blocks = new Map<number, { readonly bytes: Buffer; readonly next: number }>()

  /** `budget`: for tables that are read as long as the image says. */
  constructor(reader: RangeReader, image: SquashfsSuper, start: number, budget?: ListingBudget) {
    this.#reader = reader
    this.#image = image
    this.#start = start
    this.#budget = budget
  }

  at(block: number, offset: number): MetadataCursor {
    return new MetadataCursor(at => this.#block(at), this.#start + block, offset, this.#budget)
  }

  async #block(at: number): Promise<{ readonly bytes: Buffer; readonly next: number }> {
    const known = this.#blocks.get(at)
    if (known !== undefined) return known
    const head = await this.#reader.read(at, 2)
    if (head.length < 2) throw damagedFilesystem('squashfs', 'a table lies beyond its end')
    const size = head.readUInt16LE(0) & ~PLAIN
    const packed = await this.#reader.read(at + 2, size)
    if (size > BLOCK || packed.length < size || size === 0) throw damagedFilesystem('squashfs', 'a block of a table is damaged')
    const bytes = (head.readUInt16LE(0) & PLAIN) === 0 ? await unpacked(this.#image, packed, BLOCK) : Buffer.from(packed)
    if (this.#blocks.size >= KEPT) this.#blocks.clear()
    const block = { bytes, next: at + 2 + size }
    this.#blocks.set(at, block)
    return block
  }
}

/** A place in a table, read onwards over the borders of its blocks. */
export class MetadataCursor {
  readonly #load: (at: number) => Promise<{ readonly bytes: Buffer; readonly next: number }>
  readonly #budget: ListingBudget | undefined
  #at: number
  #offset: number

  constructor(
    load: (at: number) => Promise<{ readonly bytes: Buffer; readonly next: number }>,
    at: number,
    offset: number,
    budget?: ListingBudget,
  ) {
    this.#load = load
    this.#at = at
    this.#offset = offset
    this.#budget = budget
  }

  /** The next `length` bytes. @throws ImageError `FILESYSTEM_DAMAGED` */
  async read(length: number): Promise<Buffer> {
    this.#budget?.takeBytes(length)
    const parts: Buffer[] = []
    for (let left = length; left > 0; ) {
      const { bytes, next } = await this.#load(this.#at)
      if (this.#offset > bytes.length) throw damagedFilesystem('squashfs', 'a place in a table is none')
      const part = bytes.subarray(this.#offset, this.#offset + left)
      parts.push(part)
      left -= part.length
      this.#offset += part.length
      if (left === 0) break
      this.#at = next
      this.#offset = 0
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
  }
}
