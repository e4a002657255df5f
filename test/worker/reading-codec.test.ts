import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Changeset, entriesOf, entryHash } from '../../src/layer/changeset.ts'
import { decodeReading, encodeReading, readingChecksum } from '../../src/worker/reading/reading-codec.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const SPARSE = { 'GNU.sparse.major': '0', 'GNU.sparse.minor': '1', 'GNU.sparse.size': '9', 'GNU.sparse.map': '1,2' }
const part = (name: string) =>
  tarFixture(
    [
      { name: `${name}-\xe9`, content: Buffer.alloc(400_000, name), uid: 2 ** 40, pax: { mtime: '1.000000001' } },
      { name: `${name}-null`, flag: '3', device: [1, 2 ** 31] },
      { name: `${name}-sparse`, content: 'ab', pax: SPARSE },
      { name: `${name}-cap`, pax: { 'SCHILY.xattr.user.a': Buffer.from([0, 255]), 'SCHILY.xattr.user.b': '' } },
      { name: `${name}-link`, flag: '2', link: 'target' },
      { name: 'odd/.wh.' },
    ],
    { end: name === 'b' },
  )

describe('an encoded reading', () => {
  test('decodes to itself', () => {
    const reading = readLayerBytes(Buffer.concat([gzipSync(part('a')), gzipSync(part('b'))]))
    const decoded = decodeReading(encodeReading(reading), 'trusted')
    assert.ok(decoded)
    assert.deepEqual([...entriesOf(decoded.changeset)].map(plain), [...entriesOf(reading.changeset)].map(plain))
    const { changeset, ...rest } = reading
    const { changeset: again, ...others } = decoded
    assert.deepEqual(others, rest)
    assert.equal(reading.accessPoints.length, 1)
    for (const key of ['headerOffsets', 'dataOffsets', 'storedSizes', 'pathEnds', 'types'] as const) {
      assert.deepEqual(Buffer.from(again[key]), Buffer.from(changeset[key]))
    }
    assert.deepEqual([again.sparse, again.diagnostics], [changeset.sparse, changeset.diagnostics])
  })

  test('has no column of stored sizes where they are the sizes, and has one where a file is sparse', () => {
    const files = [1, 2, 300].map(size => ({ name: `file-${size}`, content: Buffer.alloc(size) }))
    const reading = readLayerBytes(tarFixture(files))
    const encoded = encodeReading(reading)
    const { changeset } = decodeReading(encoded, 'trusted') ?? assert.fail()
    assert.deepEqual([...changeset.storedSizes], [...reading.changeset.sizes])
    const other = readLayerBytes(tarFixture([...files.slice(0, 2), { name: 'file-300', content: 'ab', pax: SPARSE }]))
    const sparse = decodeReading(encodeReading(other), 'trusted') ?? assert.fail()
    assert.deepEqual([...sparse.changeset.storedSizes], [1, 2, 2])
    assert.deepEqual([...sparse.changeset.sizes], [1, 2, 9])
    // One layer of one entry: a column of one number more would be taken for its stored size.
    const one =
      decodeReading(encodeReading(readLayerBytes(tarFixture([{ name: 'a', content: 'abc' }]))), 'trusted') ?? assert.fail()
    assert.deepEqual([...one.changeset.storedSizes], [3])
  })

  test('is checked in pieces of any size', () => {
    const encoded = encodeReading(readLayerBytes(part('b')))
    for (const size of [7, 16, 100, 4096]) {
      let checksum = 0
      for (let at = 0; at < encoded.length; at += size) checksum = readingChecksum(encoded.subarray(at, at + size), at, checksum)
      assert.ok(decodeReading(encoded, checksum), `pieces of ${size}`)
    }
  })

  test('damaged anywhere, cut anywhere or of another version is nothing', () => {
    const encoded = encodeReading(readLayerBytes(part('b')))
    for (let at = 0; at < encoded.length; at += 7) {
      const damaged = Uint8Array.from(encoded)
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      assert.equal(decodeReading(damaged, readingChecksum(damaged)), undefined, `byte ${at}`)
    }
    for (const length of [0, 3, 15, 16, 100, encoded.length - 1]) {
      const cut = encoded.slice(0, length)
      assert.equal(decodeReading(cut, readingChecksum(cut)), undefined)
    }
  })
})

function plain(entry: { xattrs: readonly (readonly [string, Uint8Array])[] }) {
  return { ...entry, xattrs: entry.xattrs.map(([name, value]) => [name, Buffer.from(value).toString('hex')]) }
}

test('a hash that most entries share is written once', () => {
  const entries = Array.from({ length: 300 }, (_, index) => [
    { name: `directory-${index}/` },
    { name: `directory-${index}/empty` },
    { name: `directory-${index}/file`, content: `${index % 3}` },
    { name: `directory-${index}/other`, content: `other ${index}` },
  ]).flat()
  const reading = readLayerBytes(tarFixture(entries))
  const decoded = decodeReading(encodeReading(reading), 'trusted')
  assert.ok(decoded)
  assert.equal(decoded.changeset.contentHashes.length, (2 + 600) * 32)
  const hashes = (changeset: Changeset) => entries.map((_, entry) => entryHash(changeset, entry))
  assert.deepEqual(hashes(decoded.changeset), hashes(reading.changeset))
  // And again, from what was read back.
  const again = decodeReading(encodeReading(decoded), 'trusted')
  assert.deepEqual(again && hashes(again.changeset), hashes(reading.changeset))
})

test('where every entry has a hash of its own, they stay as they are', () => {
  const reading = readLayerBytes(
    tarFixture(Array.from({ length: 50 }, (_, index) => ({ name: `${index}`, content: `${index}` }))),
  )
  const decoded = decodeReading(encodeReading(reading), 'trusted')
  assert.deepEqual(decoded && Buffer.from(decoded.changeset.contentHashes), Buffer.from(reading.changeset.contentHashes))
})
