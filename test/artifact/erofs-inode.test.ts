import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ErofsSuper, readErofsInode, readErofsSuper } from '../../src/artifact/filesystem/erofs-inode.ts'
import { ListingBudget } from '../../src/artifact/filesystem/filesystem.ts'
import { bufferReader } from '../../src/artifact/range-reader.ts'

const IMAGE: ErofsSuper = { blockBits: 12, root: 0, meta: 0, sharedXattrs: 1024, buildTime: 1000, buildNanoseconds: 7 }

type XattrWritten = readonly [prefix: number, name: string, value: string]

/** An extended attribute as the kernel has it (fs/erofs/erofs_fs.h): length and number of the name, length of the value, both, up to four bytes. */
function xattr([prefix, name, value]: XattrWritten): Buffer {
  const head = Buffer.from([name.length, prefix, value.length & 0xff, value.length >> 8])
  const bytes = Buffer.concat([head, Buffer.from(name + value, 'latin1')])
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}

/** An inode of 32 bytes at offset 0, its attributes beside it and those that it shares at 1024. */
function compact(beside: readonly XattrWritten[], shared: readonly XattrWritten[] = []): Buffer {
  const bytes = Buffer.alloc(2048)
  const places: number[] = []
  let end = IMAGE.sharedXattrs
  for (const each of shared) {
    places.push((end - IMAGE.sharedXattrs) / 4)
    end += xattr(each).copy(bytes, end)
  }
  const head = Buffer.alloc(12 + shared.length * 4)
  head[4] = shared.length
  for (const [index, place] of places.entries()) head.writeUInt32LE(place, 12 + index * 4)
  const body = Buffer.concat([head, ...beside.map(xattr)])
  bytes.writeUInt16LE(2 << 1, 0)
  bytes.writeUInt16LE(beside.length + shared.length === 0 ? 0 : (body.length - 12) / 4 + 1, 2)
  bytes.writeUInt16LE(0o100640, 4)
  bytes.writeUInt16LE(3, 6)
  bytes.writeUInt32LE(70_000, 8)
  bytes.writeUInt32LE(25, 12)
  bytes.writeUInt32LE(9, 16)
  bytes.writeUInt16LE(11, 24)
  bytes.writeUInt16LE(12, 26)
  if (beside.length + shared.length > 0) body.copy(bytes, 32)
  return bytes
}

const inodeOf = (bytes: Buffer, nid = 0) =>
  readErofsInode(bufferReader(bytes), IMAGE, nid, new ListingBudget('EROFS', bytes.length))
const xattrsOf = async (bytes: Buffer) =>
  (await inodeOf(bytes)).xattrs.map(([name, value]) => [name, Buffer.from(value).toString('latin1')])

describe('inodes of EROFS', () => {
  test('a compact inode: every field where the format has it, times of the image added', async () => {
    assert.deepEqual(await inodeOf(compact([])), {
      ...{ nid: 0, layout: 'inline', union: 9, end: 32, links: 3, mode: 0o100640, uid: 11, gid: 12, size: 70_000 },
      ...{ seconds: 1025, nanoseconds: 7, device: [0, 9], xattrs: [] },
    })
  })

  test('an extended inode: 64 bytes, wide owners, sizes and times', async () => {
    const bytes = Buffer.alloc(256)
    bytes.writeUInt16LE((4 << 1) | 1, 64)
    bytes.writeUInt16LE(0o040755, 68)
    bytes.writeBigUInt64LE(5_000_000_000n, 72)
    bytes.writeUInt32LE(0x0803, 80)
    bytes.writeUInt32LE(70_001, 88)
    bytes.writeUInt32LE(70_002, 92)
    bytes.writeBigInt64LE(-5n, 96)
    bytes.writeUInt32LE(4_000_000_000, 104)
    bytes.writeUInt32LE(70_003, 108)
    assert.deepEqual(await inodeOf(bytes, 2), {
      ...{ nid: 2, layout: 'chunks', union: 0x0803, end: 128, links: 70_003, mode: 0o040755, uid: 70_001, gid: 70_002 },
      ...{ size: 5_000_000_000, seconds: -5, nanoseconds: 999_999_999, device: [8, 3], xattrs: [] },
    })
    bytes.writeBigUInt64LE(2n ** 53n, 72)
    await assert.rejects(inodeOf(bytes, 2), /a file is larger than files can be/)
    // The last that fits, and the first that does not.
    await assert.rejects(inodeOf(bytes.subarray(0, 127), 2), /an inode has an unknown form/)
    await assert.rejects(inodeOf(bytes.subarray(0, 95), 2), /an inode lies beyond its end/)
  })

  test('numbers of prefixes stand for the beginnings of names, an unknown one is passed over', async () => {
    const body = [1, 2, 3, 4, 5, 6, 7, 0].map(
      (prefix): XattrWritten => [prefix, prefix === 2 || prefix === 3 ? '' : 'n', `${prefix}`],
    )
    const wanted = [
      ['lustre.n', '5'],
      ['security.n', '6'],
      ['system.posix_acl_access', '2'],
      ['system.posix_acl_default', '3'],
      ['trusted.n', '4'],
      ['user.n', '1'],
    ]
    assert.deepEqual(await xattrsOf(compact(body)), wanted)
    assert.deepEqual(await xattrsOf(compact([], body)), wanted)
    assert.deepEqual(await xattrsOf(compact(body.slice(3), body.slice(0, 3))), wanted)
  })

  test('attributes that end behind the image are damage, those that end behind their inode are left out', async () => {
    const bytes = compact([[1, 'name', 'value']])
    const size = 32 + 12 + 16
    assert.equal((await inodeOf(bytes.subarray(0, size))).end, size)
    await assert.rejects(inodeOf(bytes.subarray(0, size - 1)), /extended attributes lie beyond its end/)
    // The value would end one byte behind the 16 of its entry.
    bytes.writeUInt16LE(9, 32 + 12 + 2)
    assert.deepEqual(await xattrsOf(bytes), [])
    bytes.writeUInt16LE(8, 32 + 12 + 2)
    assert.deepEqual(await xattrsOf(bytes), [['user.name', 'value\0\0\0']])
  })
})

describe('the superblock of EROFS', () => {
  const superblock = (change: (block: Buffer) => void = () => {}) => {
    const bytes = Buffer.alloc(1024 + 128)
    const block = bytes.subarray(1024)
    block.writeUInt32LE(0xe0f5e1e2, 0)
    block[12] = 12
    block.writeUInt16LE(36, 14)
    block.writeBigInt64LE(1_700_000_000n, 24)
    block.writeUInt32LE(5, 32)
    block.writeUInt32LE(2, 40)
    block.writeUInt32LE(3, 44)
    change(block)
    return readErofsSuper(bufferReader(bytes))
  }

  test('blocks count in bytes', async () => {
    assert.deepEqual(await superblock(), {
      ...{ blockBits: 12, root: 36, meta: 8192, sharedXattrs: 12_288, buildTime: 1_700_000_000, buildNanoseconds: 5 },
    })
  })

  test('sizes of blocks and features that are not known are refused', async () => {
    for (const bits of [9, 16]) assert.equal((await superblock(block => (block[12] = bits))).blockBits, bits)
    for (const bits of [8, 17])
      await assert.rejects(
        superblock(block => (block[12] = bits)),
        new RegExp(`2\\^${bits} bytes`),
      )
    await assert.rejects(
      superblock(block => (block[80] = 0x80)),
      /48-bit addresses/,
    )
    await assert.rejects(
      superblock(block => (block[81] = 0x01)),
      /a metadata box/,
    )
    await assert.rejects(
      superblock(block => (block[90] = 1)),
      /large directory blocks/,
    )
    await assert.rejects(
      superblock(block => (block[0] = 0)),
      /it has no superblock/,
    )
    await assert.rejects(readErofsSuper(bufferReader(Buffer.alloc(1024))), /it has no superblock/)
  })
})
