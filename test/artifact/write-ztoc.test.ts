import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FlatTable } from '../../src/artifact/soci/flat-table.ts'
import { fitsZtoc, ZtocWriter } from '../../src/artifact/soci/write-ztoc.ts'
import { detachedEntry, type TarEntry } from '../../src/blob/tar-member.ts'

const entry = (change: Partial<TarEntry> = {}): TarEntry => ({
  ...detachedEntry(
    {
      name: 'a\xff',
      typeflag: '0',
      linkName: '',
      mode: 0o4755,
      uid: 1,
      gid: 2,
      size: 9,
      mtime: { seconds: 0, nanoseconds: 0 },
    } as never,
    4096,
  ),
  ...change,
})

/** The only entry of a zTOC, by the numbers of the fields in ztoc.fbs. */
function written(change: Partial<TarEntry>): FlatTable {
  const writer = new ZtocWriter()
  writer.add(entry(change))
  const spans = { algorithm: 'none' as const, sha256: ['ab'], compressedSize: 5, uncompressedSize: 6, starts: [], spanSize: 7 }
  const contents = FlatTable.root(writer.finish(spans).bytes).table(4)
  const [first, ...others] = contents?.tables(0) ?? []
  assert.ok(first !== undefined && others.length === 0)
  return first
}

describe('an entry of a zTOC', () => {
  test('owners of 32 bits fit, larger ones, sparse files and other types do not', () => {
    assert.ok(fitsZtoc(entry({ uid: 2 ** 32 - 1, gid: 2 ** 32 - 1 })))
    for (const change of [{ uid: 2 ** 32 }, { gid: 2 ** 32 }, { typeflag: '7' }, { sparse: [] as never }])
      assert.equal(fitsZtoc(entry(change)), false, JSON.stringify(change))
    for (const typeflag of '0123456') assert.ok(fitsZtoc(entry({ typeflag })), typeflag)
  })

  test('types have the names of the format; only links have a target, only files a size', () => {
    const names = ['reg', 'hardlink', 'symlink', 'char', 'block', 'dir', 'fifo']
    for (const [typeflag, name] of names.entries()) {
      const table = written({ typeflag: `${typeflag}`, linkName: 'b' })
      const isLink = typeflag === 1 || typeflag === 2
      assert.deepEqual([table.text(1), table.text(4), table.number(3, 8)], [name, isLink ? 'b' : '', typeflag === 0 ? 9 : 0])
    }
  })

  test('numbers, names and attributes each in its field', () => {
    const table = written({
      devMajor: 3,
      devMinor: 4,
      userName: 'root',
      groupName: '',
      xattrs: [['user.x' as never, Buffer.from('v')]],
    })
    assert.deepEqual(
      [table.text(0), table.number(2, 8), table.number(5, 8), table.number(6, 4), table.number(7, 4)],
      ['a\xff', 4096, 0o4755, 1, 2],
    )
    assert.deepEqual([table.text(8), table.text(9), table.number(11, 8), table.number(12, 8)], ['root', '', 3, 4])
    assert.deepEqual(
      [...table.tables(13)].map(each => [each.text(0), each.text(1)]),
      [['SCHILY.xattr.user.x', 'v']],
    )
    assert.deepEqual([...written({}).tables(13)], [])
  })

  test('times are RFC 3339 in UTC with the digits that they have; years that it cannot hold are the epoch', () => {
    const timeOf = (seconds: number, nanoseconds = 0) => written({ mtime: { seconds, nanoseconds } }).text(10)
    assert.equal(timeOf(1_700_000_000, 120_000_000), '2023-11-14T22:13:20.12Z')
    assert.equal(timeOf(1_700_000_000, 1), '2023-11-14T22:13:20.000000001Z')
    assert.equal(timeOf(-62_167_219_200), '0000-01-01T00:00:00Z')
    assert.equal(timeOf(-62_167_219_201), '1970-01-01T00:00:00Z')
    assert.equal(timeOf(253_402_300_799), '9999-12-31T23:59:59Z')
    assert.equal(timeOf(253_402_300_800), '1970-01-01T00:00:00Z')
    assert.equal(timeOf(1e14), '1970-01-01T00:00:00Z')
  })
})
