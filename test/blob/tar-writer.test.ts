import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { asByteText } from '../../src/blob/byte-text.ts'
import type { TarMember } from '../../src/blob/tar-member.ts'
import { TAR_END, tarHeader, tarPaddingBytes } from '../../src/blob/tar-writer.ts'
import { peerTest, run } from '../kit/peer.ts'
import { fc } from '../kit/seeded-check.ts'
import { listTar } from '../kit/tar/tar-listing.ts'

const byteString = (min: number, max: number) =>
  fc.uint8Array({ min: 1, max: 255, minLength: min, maxLength: max }).map(bytes => Buffer.from(bytes).toString('latin1'))
const component = fc.oneof({ weight: 8, arbitrary: byteString(1, 20) }, { weight: 2, arbitrary: byteString(90, 270) })
const name = fc.array(component, { minLength: 1, maxLength: 8 }).map(parts => parts.join('/'))
const id = fc.oneof(fc.nat(70000), fc.constantFrom(8 ** 7 - 1, 8 ** 7, 2 ** 32 - 2, 2 ** 53 - 1))
const time = fc
  .record({
    seconds: fc.oneof(fc.nat(2 ** 31 - 1), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
    nanoseconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
  })
  .map(({ seconds, nanoseconds }) => ({ seconds, nanoseconds }))
const xattrs = fc
  .uniqueArray(
    fc.tuple(
      byteString(1, 12).map(each => asByteText(`user.${each}`)),
      fc.uint8Array({ maxLength: 40 }),
    ),
    { selector: ([key]) => key, maxLength: 3 },
  )
  .map(list => list.sort(([a], [b]) => (a < b ? -1 : 1)))

type Written = TarMember & { readonly content: Buffer }

const member: fc.Arbitrary<Written> = fc
  .record({
    name,
    typeflag: fc.constantFrom('0', '1', '2', '3', '4', '5', '6'),
    linkName: fc.oneof(fc.constant(''), name),
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    userName: byteString(0, 40),
    groupName: byteString(0, 40),
    mtime: time,
    devMajor: fc.nat(2 ** 32 - 1),
    devMinor: fc.nat(2 ** 32 - 1),
    xattrs,
    content: fc.uint8Array({ maxLength: 1200 }).map(bytes => Buffer.from(bytes)),
  })
  .map(each => ({ ...each, content: each.typeflag === '0' ? each.content : Buffer.alloc(0) }))
  .map(each => ({ ...each, size: each.content.length }))

function archive(members: readonly Written[]): Buffer {
  const parts = members.flatMap(each => [tarHeader(each), each.content, tarPaddingBytes(each.size)])
  return Buffer.concat([...parts, TAR_END])
}

const shown = (each: Written) => ({
  ...Object.fromEntries(KEYS.map(key => [key, each[key]])),
  xattrs: each.xattrs.map(([key, value]) => [key, Buffer.from(value)]),
})
const KEYS = [
  'name',
  'typeflag',
  'linkName',
  'mode',
  'uid',
  'gid',
  'userName',
  'groupName',
  'mtime',
  'devMajor',
  'devMinor',
  'size',
  'content',
] as const

describe('tarHeader', () => {
  test('what is written is what is read, in pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), fc.integer({ min: 1, max: 3000 }), (members, step) => {
        const { entries, diagnostics } = listTar(archive(members), step, { keepRaw: true })
        assert.deepEqual(diagnostics, [])
        assert.deepEqual(entries.map(shown), members.map(shown))
      }),
      { numRuns: 300 },
    )
  })

  test('the raw bytes and offsets of every member put the archive together again', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), members => {
        const bytes = archive(members)
        const { entries } = listTar(bytes, 700, { keepRaw: true })
        const parts = entries.flatMap(({ raw, content, storedSize }) => [raw ?? TAR_END, content, tarPaddingBytes(storedSize)])
        assert.ok(Buffer.concat([...parts, TAR_END]).equals(bytes))
        for (const { raw, headerOffset, dataOffset } of entries) assert.ok(raw?.equals(bytes.subarray(headerOffset, dataOffset)))
      }),
      { numRuns: 100 },
    )
  })

  test('PAX only where ustar has no room', () => {
    const plain = { name: 'a', typeflag: '0', mode: 0o644 }
    assert.equal(tarHeader(plain).length, 512)
    assert.equal(tarHeader({ ...plain, name: `${'d'.repeat(150)}/${'f'.repeat(100)}` }).length, 512)
    assert.equal(
      tarHeader({ ...plain, name: '\xe9t\xe9', uid: 8 ** 7 - 1, mtime: { seconds: 8 ** 11 - 1, nanoseconds: 0 } }).length,
      512,
    )
    assert.equal(tarHeader({ ...plain, name: 'f'.repeat(101) }).length, 3 * 512)
    assert.equal(tarHeader({ ...plain, uid: 8 ** 7 }).length, 3 * 512)
    assert.equal(tarHeader({ ...plain, mtime: { seconds: 1, nanoseconds: 1 } }).length, 3 * 512)
  })

  const FILES = (
    [
      { ...base('plain.txt'), content: Buffer.from('hello') },
      { ...base(`${'long-'.repeat(60)}name`), uid: 2 ** 31, gid: 2 ** 21, mtime: { seconds: -1, nanoseconds: 500_000_000 } },
      { ...base('caf\xe9'), xattrs: [[asByteText('user.bin'), Buffer.from([0, 255, 61, 10])]] },
      { ...base('link'), typeflag: '2', linkName: 'plain.txt' },
    ] satisfies Written[]
  ).map((each): Written => ({ ...each, size: each.content.length }))

  for (const [program, args] of [
    ['tar', ['-tvf', '-', '--numeric-owner', '--full-time', '--quoting-style=escape', '--utc']],
    ['bsdtar', ['-tvf', '-']],
  ] as const) {
    peerTest(`${program} reads what is written`, [program], () => {
      const lines = run(program, args, { input: archive(FILES), env: { ...process.env, LC_ALL: 'C' } })
        .toString('latin1')
        .trimEnd()
        .split('\n')
      assert.equal(lines.length, FILES.length)
      assert.match(lines[1] ?? '', /2147483648.2097152|2147483648 +2097152/)
      assert.match(lines[2] ?? '', /caf(\\351|\xe9)/)
    })
  }
})

function base(path: string): Written {
  const [devMajor, devMinor, uid, gid, size] = [0, 0, 0, 0, 0]
  const mtime = { seconds: 1_700_000_000, nanoseconds: 123_456_789 }
  const owner = { uid, gid, userName: '', groupName: '' }
  return {
    name: path,
    typeflag: '0',
    linkName: '',
    mode: 0o644,
    ...owner,
    size,
    mtime,
    devMajor,
    devMinor,
    xattrs: [],
    content: Buffer.alloc(0),
  }
}
