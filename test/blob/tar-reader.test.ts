import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'
import { listTar } from '../kit/tar/tar-listing.ts'

const AFTER: TarFixture = { name: 'after' }

/** The entries that are read, and whether the archive counts as damaged there. */
function read(...entries: readonly TarFixture[]) {
  const { entries: found, codes } = listTar(tarFixture([...entries, AFTER]), 700)
  return { names: found.map(({ name }) => name), found, codes }
}

const damaged = (...entries: readonly TarFixture[]) => assert.deepEqual(read(...entries).codes, ['TAR_HEADER_DAMAGED'])

/** Rules of Go's archive/tar, which runtimes read layers with, that its own test archives do not show. */
describe('TarReader', () => {
  test('GNU long names: the last counts, an empty one not at all, over PAX as well', () => {
    const long = (content: string, flag = 'L') => ({ name: '././@LongLink', flag, content, magic: 'gnu' as const })
    assert.deepEqual(read(long('first\0'), long('second\0'), { name: 'short' }).names, ['second', 'after'])
    for (const empty of ['', '\0', '\0x']) assert.deepEqual(read(long(empty), { name: 'short' }).names, ['short', 'after'])
    assert.deepEqual(read(long('long\0'), { name: 'short', pax: { path: 'pax' } }).names, ['long', 'after'])
    const [link] = read(long('', 'K'), { name: 'l', flag: '2', link: 'target' }).found
    assert.equal(link?.linkName, 'target')
  })

  test('after one zero block the rest is told of once, as the end of the archive; zeros behind it are padding', () => {
    const [zero, after] = [Buffer.alloc(512), tarFixture([{ name: 'after', content: 'more' }])]
    const entry = tarFixture([{ name: 'x' }]).subarray(0, 512)
    const codes = (...blocks: readonly Buffer[]) => listTar(Buffer.concat(blocks), 700).codes
    assert.deepEqual(codes(entry, zero, after), ['TAR_LONE_ZERO_BLOCK'])
    assert.deepEqual(codes(entry, zero, zero, after), ['TAR_TRAILING_DATA'])
    assert.deepEqual(codes(entry, zero, zero, zero), [])
  })

  test('numbers and times beyond 64 bits, and times that are none, are damage', () => {
    for (const pax of [
      { uid: '99999999999999999999' },
      { mtime: '99999999999999999999.5' },
      { mtime: '1.2.3' },
      { atime: 'yesterday' },
      { ctime: '1e9' },
    ])
      damaged({ name: 'x', pax })
    assert.deepEqual(read({ name: 'x', pax: { uid: '9223372036854775807', atime: '-1.5', ctime: '' } }).names, ['x', 'after'])
  })

  test('a PAX record is `length key=value` and a line break, with a key', () => {
    const record = (text: string) => ({ name: 'x', flag: 'x', content: text })
    assert.deepEqual(read(record('6 a=b\n'), { name: 'y' }).names, ['y', 'after'])
    assert.deepEqual(read(record('5 a=\n'), { name: 'y' }).names, ['y', 'after'])
    for (const text of ['5 =b\n', '5 ab\n', '6 a=bc', '7 a=b\n', '5 ab\n=x', 'a=b\n', '6 a\0=\n', '9 path=\0\n'])
      damaged(record(text), { name: 'y' })
  })

  test('PAX sparse files: name, size and number of runs', () => {
    const map = { 'GNU.sparse.major': '0', 'GNU.sparse.minor': '1', 'GNU.sparse.map': '0,1,3,1' }
    const [sized] = read({ name: 'x', content: 'ab', pax: { ...map, 'GNU.sparse.size': '4', 'GNU.sparse.name': 'real' } }).found
    assert.deepEqual([sized?.name, sized?.size], ['real', 4])
    const [header] = read({ name: 'x', content: 'abcd', pax: { ...map, 'GNU.sparse.numblocks': '2' } }).found
    assert.deepEqual(
      [header?.size, header?.sparse],
      [
        4,
        [
          [0, 1],
          [3, 1],
        ],
      ],
    )
    damaged({ name: 'x', content: 'abcd', pax: { ...map, 'GNU.sparse.numblocks': '3' } })
    damaged({ name: 'x', pax: { 'GNU.sparse.major': '0', 'GNU.sparse.minor': '0' } })
    const [unknown] = read({ name: 'x', content: 'ab', pax: { ...map, 'GNU.sparse.major': '2' } }).found
    assert.deepEqual([unknown?.size, unknown?.sparse], [2, undefined])
  })

  test('the sparse flag in anything but a GNU header is damage', () => {
    damaged({ name: 'x', flag: 'S', content: 'ab' })
    damaged({ name: 'x', flag: 'S', content: 'ab', magic: 'v7' })
  })
})
