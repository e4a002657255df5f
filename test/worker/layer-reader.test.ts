import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { digestOf } from '../../src/blob/digest.ts'
import { ImageError } from '../../src/error.ts'
import { entriesOf } from '../../src/layer/changeset.ts'
import { LayerReader } from '../../src/worker/layer-reader.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const codes = (tar: Buffer) => readLayerBytes(tar).changeset.diagnostics.map(({ code }) => code)

const FILES: readonly TarFixture[] = [
  { name: './', mode: 0o700 },
  { name: './etc/', mode: 0o755 },
  { name: '/etc/passwd', content: 'root', uid: 2 ** 32 - 2, gid: 7, mode: 0o100644 },
  { name: 'etc/empty' },
  { name: 'etc/link', flag: '2', link: '../../x/./y' },
  { name: 'etc/hard', flag: '1', link: './etc/passwd' },
  { name: 'dev/null', flag: '3', device: [1, 3], mode: 0o666 },
  { name: 'run/pipe', flag: '6' },
  { name: 'etc/.wh.shadow' },
  { name: 'var/.wh..wh..opq', content: 'x' },
  { name: 'cap', pax: { 'SCHILY.xattr.security.capability': Buffer.from([1, 0, 255]), mtime: '-1.5' } },
  { name: 'x'.repeat(300_000), flag: '2', link: 'y' },
]

describe('reading a layer', () => {
  test('every kind of entry, whatever the compression and the pieces it comes in', () => {
    const tar = tarFixture(FILES.slice(0, -1))
    for (const [compression, bytes] of [
      ['none', tar],
      ['gzip', gzipSync(tar)],
      ['zstd', zstdCompressSync(tar)],
    ] as const) {
      for (const step of [1, 513, bytes.length]) {
        const reading = readLayerBytes(bytes, step)
        assert.deepEqual([reading.compression, reading.digest, reading.diffID], [compression, digestOf(bytes), digestOf(tar)])
        assert.deepEqual([reading.size, reading.tarSize], [bytes.length, tar.length])
        const entries = [...entriesOf(reading.changeset)]
        assert.deepEqual(
          entries.map(({ type, path }) => [type, path]),
          [
            ['directory', ''],
            ['directory', 'etc'],
            ['file', 'etc/passwd'],
            ['file', 'etc/empty'],
            ['symlink', 'etc/link'],
            ['hardlink', 'etc/hard'],
            ['character-device', 'dev/null'],
            ['fifo', 'run/pipe'],
            ['whiteout', 'etc/shadow'],
            ['opaque', 'var'],
            ['file', 'cap'],
          ],
        )
        const [, , passwd, empty, link, hard, device, , , opaque, cap] = entries
        assert.deepEqual([passwd?.uid, passwd?.gid, passwd?.mode, passwd?.size], [2 ** 32 - 2, 7, 0o644, 4])
        assert.deepEqual([passwd?.sha256, empty?.sha256, hard?.sha256], [sha256('root'), sha256(''), undefined])
        assert.deepEqual([link?.target, hard?.target, device?.device, opaque?.size], ['../../x/./y', 'etc/passwd', [1, 3], 0])
        assert.deepEqual(cap?.xattrs, [['security.capability', Uint8Array.from([1, 0, 255])]])
        assert.deepEqual(cap?.mtime, { seconds: -2, nanoseconds: 500_000_000 })
      }
    }
  })

  test('contents that come in many pieces, and where they lie in the tar', () => {
    const content = Buffer.alloc(3_000_001, 'abcdefg')
    const tar = tarFixture([
      { name: 'big', content },
      { name: 'small', content: 'x' },
    ])
    const { changeset } = readLayerBytes(gzipSync(tar), 10_000)
    const [big] = entriesOf(changeset)
    assert.equal(big?.sha256, sha256(content))
    const [at = 0, stored = 0] = [changeset.dataOffsets[0], changeset.storedSizes[0]]
    assert.ok(tar.subarray(at, at + stored).equals(content))
    assert.equal(changeset.headerOffsets[1], 512 + Math.ceil(content.length / 512) * 512)
  })

  test('sparse files hash as they read, holes too large to hash are left out', () => {
    const pax = (size: number, map: string) => ({
      'GNU.sparse.major': '0',
      'GNU.sparse.minor': '1',
      'GNU.sparse.size': String(size),
      'GNU.sparse.map': map,
    })
    const tar = tarFixture([
      { name: 'holes', content: 'abcd', pax: pax(1_000_000, '10,2,999998,2') },
      { name: 'huge', content: '', pax: pax(2 ** 50, '') },
      { name: 'again', content: 'ab', pax: pax(4, '1,2') },
    ])
    const { changeset } = readLayerBytes(tar, 100)
    const expanded = Buffer.alloc(1_000_000)
    expanded.write('ab', 10)
    expanded.write('cd', 999_998)
    const [holes, huge, again] = entriesOf(changeset)
    assert.deepEqual([holes?.sha256, holes?.size], [sha256(expanded), 1_000_000])
    assert.deepEqual([huge?.sha256, huge?.size], [undefined, 2 ** 50])
    assert.equal(again?.sha256, sha256('\0ab\0'))
    assert.deepEqual(
      changeset.diagnostics.map(({ code }) => code),
      ['SPARSE_FILE_HUGE'],
    )
  })

  test('odd entries are left out with a diagnostic', () => {
    assert.deepEqual(codes(tarFixture(FILES)), ['ENTRY_NAME_INVALID', 'ENTRY_REFUSED', 'ENTRY_REFUSED'])
    assert.deepEqual(codes(tarFixture([{ name: 'a', flag: 'V' }, { name: '..', flag: '0' }, { name: 'd/.wh.' }])), [
      'ENTRY_TYPE_UNKNOWN',
      'ENTRY_NAME_INVALID',
      'WHITEOUT_INVALID',
      'ENTRY_REFUSED',
    ])
    const many = codes(tarFixture(Array.from({ length: 1000 }, (_, index) => ({ name: `${index}/.wh.` }))))
    assert.deepEqual([many.length, many.at(-1)], [201, 'MORE_FINDINGS'])
  })

  test('what could be read of a damaged archive', () => {
    const good = { name: 'good', content: 'good' }
    const names = (tar: Buffer) => [...entriesOf(readLayerBytes(tar).changeset)].map(({ path }) => path)
    const cases: readonly (readonly [string, Buffer])[] = [
      ['TAR_HEADER_DAMAGED', tarFixture([good, { name: 'bad', checksum: 1 }, { name: 'after' }])],
      ['TAR_TRUNCATED', tarFixture([good, { name: 'cut', content: Buffer.alloc(3000) }]).subarray(0, 2000)],
      ['TAR_TRUNCATED', tarFixture([good, { name: 'cut' }]).subarray(0, 1200)],
      ['TAR_NO_END', tarFixture([good], { end: false })],
      ['TAR_TRAILING_DATA', tarFixture([good], { trailer: tarFixture([{ name: 'second' }]) })],
      ['TAR_LONE_ZERO_BLOCK', Buffer.concat([tarFixture([good]).subarray(0, 1536), tarFixture([{ name: 'after' }])])],
    ]
    for (const [code, tar] of cases) {
      assert.deepEqual(codes(tar), [code])
      assert.deepEqual(names(tar), ['good'])
      assert.equal(readLayerBytes(gzipSync(tar)).diffID, digestOf(tar))
    }
  })

  test('an eStargz table of contents after the end of the tar is not strange', () => {
    const table = tarFixture([{ name: 'a', content: 'a' }], {
      trailer: tarFixture([{ name: 'stargz.index.json', content: '{}' }]),
    })
    const other = tarFixture([{ name: 'a', content: 'a' }], { trailer: tarFixture([{ name: 'stargz.index.json2' }]) })
    const severities = [table, other].map(tar =>
      readLayerBytes(gzipSync(tar)).changeset.diagnostics.map(({ severity }) => severity),
    )
    assert.deepEqual(severities, [['info'], ['warning']])
  })

  test('eStargz bookkeeping is marked where a table of contents ends the layer, and only there', () => {
    const landmark = { name: '.prefetch.landmark', content: '\xf0' }
    const marked = (entries: TarFixture[]) =>
      [...entriesOf(readLayerBytes(tarFixture(entries)).changeset)].map(each => each.bookkeeping)
    assert.deepEqual(marked([landmark, { name: 'a' }, { name: 'stargz.index.json', content: '{}' }]), [true, false, true])
    assert.deepEqual(marked([landmark, { name: 'stargz.index.json' }, { name: 'a' }]), [false, false, false])
    assert.deepEqual(marked([{ name: '.wh..wh.plnk/1.2' }, { name: 'a' }]), [true, false])
  })

  test('what is no layer is an error', () => {
    const code = (bytes: Buffer, size = bytes.length, digest = digestOf(bytes)) => {
      const reader = new LayerReader({ mediaType: 'x', digest, size })
      try {
        reader.push(bytes)
        reader.finish()
        return 'none'
      } catch (error) {
        return error instanceof ImageError ? error.code : error
      }
    }
    assert.equal(code(Buffer.from('no tar at all')), 'LAYER_NOT_TAR')
    assert.equal(code(Buffer.alloc(2000, 'x')), 'LAYER_NOT_TAR')
    assert.equal(code(gzipSync(Buffer.alloc(100_000, 'no tar')).subarray(0, 30)), 'LAYER_DAMAGED')
    assert.equal(code(tarFixture([]), 1), 'BLOB_SIZE_MISMATCH')
    assert.equal(code(tarFixture([]), 10_000), 'BLOB_SIZE_MISMATCH')
    assert.equal(code(tarFixture([]), 1024, digestOf(Buffer.from('other'))), 'BLOB_DIGEST_MISMATCH')
  })

  test('an empty blob and an empty archive are empty layers', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(1024), gzipSync('')]) {
      const { changeset } = readLayerBytes(bytes)
      assert.deepEqual([changeset.length, changeset.diagnostics], [0, []])
    }
  })
})
