import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import type { BlobSource, Range } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { entryPath } from '../../src/layer/changeset.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { readContent } from '../../src/worker/read-file.ts'
import { imageFixture, memorySource } from '../kit/image/image-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { noise } from '../kit/noise.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-zstd-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const MIB = 1024 * 1024
/** Of 10 MiB: the same stretch again and again, each time a little different. */
const long = (name: string) => {
  const stretch = noise(MIB, name)
  const pieces = Array.from({ length: 10 }, (_, at) => [Buffer.from(`${name} ${at} `.repeat(300)), stretch])
  return Buffer.concat(pieces.flat()).subarray(0, 10 * MIB)
}
const FILES: Readonly<Record<string, Buffer>> = {
  first: Buffer.from('first'),
  ...Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => [name, long(name)])),
  last: Buffer.concat([noise(MIB, 'g'), Buffer.from('last')]),
}
const tar = tarFixture(Object.entries(FILES).map(([name, content]) => ({ name, content })))
/** One frame, the window that level 3 has for streams. */
const bytes = zstdCompressSync(tar, { params: { [constants.ZSTD_c_windowLog]: 21 } })
const blob: Descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd', digest: digestOf(bytes), size: bytes.length }
const reading = readLayerBytes(bytes)
const file = join(directory, 'blob')
writeFileSync(file, bytes)

const fetched: Range[] = []
const memory = memorySource({ ...imageFixture([]), blobs: new Map([[blob.digest, bytes]]) }, 256 * 1024)
const streamed: BlobSource = {
  ...memory,
  fetchUnverified(descriptor, range = {}, signal) {
    fetched.push(range)
    return memory.fetchUnverified(descriptor, range, signal)
  },
}
const local: BlobSource = {
  ...memory,
  locate: async () => ({ file, offset: 0, size: bytes.length }),
  fetchUnverified: () => assert.fail(),
}

/** A cache in a directory, as another process would open it each time. */
function cacheAt(name: string, limit?: number) {
  const place = join(directory, name)
  const open = () => createChangesetCache({ directory: place, ...(limit !== undefined && { limit }) })
  const files = (kind: string) =>
    readdirSync(place, { recursive: true, withFileTypes: true })
      .filter(entry => entry.name.endsWith(kind))
      .map(entry => join(entry.parentPath, entry.name))
      .sort((a, b) => uncompressedOf(a) - uncompressedOf(b))
  const read = async (path: string) => {
    const index = Array.from({ length: reading.changeset.length }, (_, at) => entryPath(reading.changeset, at)).indexOf(
      path as never,
    )
    const chunks: Uint8Array[] = []
    for await (const chunk of readContent(streamed, blob, reading, index, { cache: open() })) chunks.push(Buffer.from(chunk))
    assert.ok(Buffer.concat(chunks).equals(FILES[path] ?? assert.fail()), path)
    return fetched.at(-1) ?? assert.fail()
  }
  const layer = async (source: BlobSource, inflated: boolean) => {
    const pool = createLayerPool({ size: 1, cache: open() })
    await pool.readLayer(source, blob, { inflated }).finally(() => pool.close())
  }
  return { files, read, layer }
}

const uncompressedOf = (point: string) => Number(point.split('.').at(-3))
const codeOf = (error: unknown) => (error instanceof ImageError ? error.code : String(error))

describe('a file of a long zstd frame (B11)', () => {
  test('costs what lies between it and the last checkpoint, once the layer was listed', async () => {
    for (const source of [local, streamed]) {
      const { files, read, layer } = cacheAt(source === local ? 'listed' : 'listed-streamed')
      await layer(source, false)
      const points = files('.point')
      assert.deepEqual(
        points.map(point => Math.floor(uncompressedOf(point) / (32 * MIB))),
        [1, 2],
      )
      assert.deepEqual(files('.block'), [])
      const kept = points.reduce((sum, point) => sum + readFileSync(point).length, 0)
      assert.ok(kept < tar.length / 8, `${kept} of ${tar.length}`)
      const { offset = 0, length = 0 } = await read('last')
      assert.ok(offset > bytes.length * 0.85, `${offset} of ${bytes.length}`)
      assert.equal(offset + length, bytes.length)
      // In the middle: no more is asked for than up to the next checkpoint.
      const middle = await read('e')
      const [first, second] = points.map(point => Number(point.split('.').at(-2)))
      assert.deepEqual([middle.offset, (middle.offset ?? 0) + (middle.length ?? 0)], [first, second])
    }
  })

  test('leaves checkpoints on its way, closer ones, and each is written once', async () => {
    const { files, read, layer } = cacheAt('on-its-way')
    await layer(local, false)
    assert.equal(files('.point').length, 2)
    await read('e')
    const sixteenths = () => files('.point').map(point => Math.floor(uncompressedOf(point) / (16 * MIB)))
    assert.deepEqual(sixteenths(), [2, 3, 4])
    await read('b')
    assert.deepEqual(sixteenths(), [1, 2, 3, 4])
    assert.ok(((await read('c')).offset ?? 0) > 0)
    assert.deepEqual(sixteenths(), [1, 2, 3, 4])
  })

  test('without a reading in the cache a pass over the frame leaves them too, and the next file starts there', async () => {
    const { files, read } = cacheAt('passed')
    assert.equal((await read('last')).offset, 0)
    assert.equal(files('.point').length, 4)
    assert.ok(((await read('g')).offset ?? 0) > bytes.length / 2)
    assert.equal((await read('first')).offset, 0)
  })

  test('a checkpoint that is cut, gone or wrong costs a pass, never a wrong byte', async () => {
    const { files, read, layer } = cacheAt('damaged')
    await layer(local, true)
    const last = () => files('.point').at(-1) ?? assert.fail()
    const end = (await read('last')).offset
    for (const damage of [(point: string) => truncateSync(point, 1000), (point: string) => writeFileSync(point, 'no'), rmSync]) {
      damage(last())
      const again = (await read('last')).offset ?? 0
      assert.ok(again < (end ?? 0))
      // It was found again on the way.
      assert.equal((await read('last')).offset, end)
    }
    // Whole, with another window than the one that the file refers to.
    const right = zstdDecompressSync(readFileSync(last()))
    writeFileSync(last(), zstdCompressSync(Buffer.from(right).fill(7, right.length - 2 * MIB)))
    await assert.rejects(read('last'), error => codeOf(error) === 'CONTENT_CHANGED')
    assert.deepEqual(files('.point'), [])
    assert.equal((await read('last')).offset, 0)
    assert.equal((await read('last')).offset, end)
  })

  test('nothing is kept of a blob that is not what its digest names, nor where the cache has no room', async () => {
    const { files, layer } = cacheAt('wrong')
    writeFileSync(file, Buffer.from(bytes).fill(7, bytes.length - 1))
    await assert.rejects(layer(local, true), error => codeOf(error) === 'BLOB_DIGEST_MISMATCH')
    writeFileSync(file, bytes)
    assert.deepEqual([...files('.point'), ...files('.tmp')], [])
    const small = cacheAt('small', 0)
    for (let count = 0; count < 2; count++) assert.equal((await small.read('last')).offset, 0)
    assert.deepEqual([...small.files('.point'), ...small.files('.tmp')], [])
  })
})
