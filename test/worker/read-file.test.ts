import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { type Compression, layerMediaType } from '../../src/blob/media-type.ts'
import type { BlobSource, Range } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { entryPath } from '../../src/layer/changeset.ts'
import { checkpointPlace, createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { CHECKED_WHOLE, type ContentOptions, readContent } from '../../src/worker/read-file.ts'
import { SPOOLED_FROM } from '../../src/worker/spool/inflated-spool.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-content-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const noise = (size: number) =>
  Buffer.from(
    randomBytes(Math.ceil(size / 2))
      .toString('hex')
      .slice(0, size),
  )
const FILES = { first: Buffer.from('first'), empty: Buffer.alloc(0), middle: noise(9_500_000), last: noise(70_000) }
const sparse = {
  'GNU.sparse.major': '0',
  'GNU.sparse.minor': '1',
  'GNU.sparse.size': '1000000',
  'GNU.sparse.map': '5,2,999998,2',
}
const tar = tarFixture([
  ...Object.entries(FILES).map(([name, content]) => ({ name, content })),
  { name: 'holes', content: 'abcd', pax: sparse },
  { name: 'dir/' },
])
/** A window of the frame's own size: too large for checkpoints. */
const LARGE_WINDOW = zstdCompressSync(tar, { params: { [constants.ZSTD_c_windowLog]: 24 } })
const HOLES = Buffer.alloc(1_000_000)
HOLES.write('ab', 5)
HOLES.write('cd', 999_998)
const CONTENT: Readonly<Record<string, Buffer>> = { ...FILES, holes: HOLES }

function layerOf(compression: Compression, blobBytes?: Buffer) {
  const image = imageFixture([layerFixture([], { tar, compression })])
  const bytes = blobBytes ?? image.blobs.get(image.layers[0]?.digest ?? '') ?? assert.fail()
  const blob: Descriptor = { mediaType: layerMediaType('oci', compression), digest: digestOf(bytes), size: bytes.length }
  const reading = readLayerBytes(bytes)
  const index = (name: string) =>
    Array.from({ length: reading.changeset.length }, (_, at) => entryPath(reading.changeset, at)).indexOf(name as never)
  const fetched: Range[] = []
  const memory = memorySource({ ...image, blobs: new Map([[blob.digest, bytes]]) }, 256 * 1024)
  const streamed: BlobSource = {
    ...memory,
    fetchUnverified(descriptor, range = {}, signal) {
      fetched.push(range)
      return memory.fetchUnverified(descriptor, range, signal)
    },
  }
  const file = join(directory, blob.digest.replace(':', '-'))
  writeFileSync(file, bytes)
  const local: BlobSource = {
    ...memory,
    locate: async () => ({ file, offset: 0, size: bytes.length }),
    fetchUnverified: () => assert.fail(),
  }
  const read = async (source: BlobSource, name: string, options: ContentOptions = {}) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of readContent(source, blob, reading, index(name), options)) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  }
  return { bytes, blob, reading, file, streamed, local, fetched, read }
}

const codeOf = (error: unknown) => (error instanceof ImageError ? error.code : String(error))

describe('content', () => {
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    test(`of every file, and of parts, from a layer compressed with ${compression}`, async () => {
      const { local, streamed, read } = layerOf(compression)
      for (const source of [local, streamed]) {
        for (const [name, content] of Object.entries(CONTENT)) {
          assert.ok((await read(source, name)).equals(content), name)
          const parts: readonly (readonly [number, number])[] = [
            [0, 3],
            [1, 1],
            [content.length - 2, 10],
            [content.length + 5, 5],
          ]
          for (const [offset, length] of parts) {
            if (offset < 0) continue
            assert.ok(
              (await read(source, name, { offset, length })).equals(content.subarray(offset, offset + length)),
              `${name} ${offset}`,
            )
          }
        }
      }
      await assert.rejects(read(local, 'dir'), error => codeOf(error) === 'CONTENT_NOT_A_FILE')
    })
  }

  test('a plain layer is read where the file lies, a gzip member where it starts', async () => {
    const plain = layerOf('none')
    await plain.read(plain.streamed, 'last')
    assert.deepEqual(plain.fetched, [{ offset: tar.indexOf(FILES.last), length: FILES.last.length }])
    const cut = tar.indexOf(FILES.last) - 512
    const members = Buffer.concat([gzipSync(tar.subarray(0, cut)), gzipSync(tar.subarray(cut))])
    const gzip = layerOf('gzip', members)
    assert.ok((await gzip.read(gzip.streamed, 'last')).equals(FILES.last))
    assert.deepEqual(gzip.fetched[0]?.offset, gzipSync(tar.subarray(0, cut)).length)
  })

  test('what one read passed the next one does not inflate again, nor does another process', async () => {
    const { blob, streamed, fetched, read } = layerOf('gzip')
    const cache = createChangesetCache({ directory: join(directory, 'passed') })
    assert.ok((await read(streamed, 'last', { cache })).equals(FILES.last))
    assert.deepEqual(
      fetched.map(({ offset }) => offset),
      [0],
    )
    assert.ok(
      (await read(streamed, 'holes', { cache: createChangesetCache({ directory: join(directory, 'passed') }) })).equals(HOLES),
    )
    assert.ok((fetched.at(-1)?.offset ?? 0) > blob.size / 2, `started at ${fetched.at(-1)?.offset} of ${blob.size}`)
  })

  test('reading a layer with a cache leaves access points, damaged ones do no harm', async () => {
    const { blob, local, streamed, fetched, read } = layerOf('gzip')
    const cache = createChangesetCache({ directory: join(directory, 'left') })
    const pool = createLayerPool({ size: 1, cache })
    await pool.readLayer(local, blob)
    await pool.close()
    assert.ok((await read(streamed, 'last', { cache })).equals(FILES.last))
    assert.ok((fetched.at(-1)?.offset ?? 0) > blob.size / 2)
    // No more is asked for than the next access point needs: the blob itself may be gone from the cache.
    assert.ok((await read(streamed, 'first', { cache })).equals(FILES.first))
    assert.deepEqual(fetched.at(-1)?.offset, 0)
    assert.ok((fetched.at(-1)?.length ?? 0) < blob.size * 0.95, `${fetched.at(-1)?.length} of ${blob.size}`)
    const points = checkpointPlace(cache.place(blob.digest) ?? assert.fail())
    assert.ok(existsSync(points))
    const bytes = readFileSync(points)
    for (const damage of [
      bytes.subarray(0, 20),
      bytes.subarray(0, 5000),
      Buffer.from(bytes).fill(7, 200),
      Buffer.from('no'),
      Buffer.from(bytes).fill(9, 4, 30),
    ]) {
      writeFileSync(points, damage)
      assert.ok((await read(streamed, 'last', { cache })).equals(FILES.last))
    }
  })

  test('a zstd frame of a large window is not inflated again, nor by another process; damage and limits do no harm', async () => {
    const { streamed, fetched, read } = layerOf('zstd', LARGE_WINDOW)
    const place = join(directory, 'spooled')
    const options = () => ({ cache: createChangesetCache({ directory: place }) })
    assert.ok((await read(streamed, 'last', options())).equals(FILES.last))
    assert.equal(fetched.length, 1)
    for (const name of ['holes', 'last'] as const)
      assert.ok((await read(streamed, name, options())).equals(CONTENT[name] ?? HOLES))
    assert.equal(fetched.length, 1)
    const blocks = readdirSync(place, { recursive: true, withFileTypes: true }).filter(({ name }) => name.endsWith('.block'))
    // The bytes before it are quickly inflated again.
    assert.equal(blocks.length, Math.ceil((tar.length - SPOOLED_FROM) / (4 * 1024 * 1024)))
    for (const damage of [(file: string) => truncateSync(file, 100), (file: string) => writeFileSync(file, 'no'), rmSync]) {
      const [last] = blocks
        .map(({ parentPath, name }) => join(parentPath, name))
        .sort()
        .slice(-1)
      damage(last ?? assert.fail())
      const before: number = fetched.length
      assert.ok((await read(streamed, 'last', options())).equals(FILES.last))
      assert.equal(fetched.length, before + 1)
      assert.ok((await read(streamed, 'last', options())).equals(FILES.last))
      assert.equal(fetched.length, before + 1)
    }
    // A cache that holds nothing: every read starts at the front, and is right.
    const small = { cache: createChangesetCache({ directory: join(directory, 'small'), limit: 0 }) }
    for (let count = 0; count < 2; count++) assert.ok((await read(streamed, 'last', small)).equals(FILES.last))
    assert.deepEqual(
      readdirSync(join(directory, 'small'), { recursive: true, withFileTypes: true }).filter(
        each => each.isFile() && each.name !== 'CACHEDIR.TAG',
      ),
      [],
    )
  })

  test('a zstd layer that is read for a file is inflated once (B11), and spools nothing that its digest does not name', async () => {
    const { bytes, file, blob, local, streamed, fetched, read } = layerOf('zstd', LARGE_WINDOW)
    const place = join(directory, 'first-reading')
    const cache = createChangesetCache({ directory: place })
    const blocks = () => readdirSync(place, { recursive: true, encoding: 'utf8' }).filter(name => /\.(?:block|tmp)$/.test(name))
    const pool = createLayerPool({ size: 1, cache })
    try {
      writeFileSync(file, Buffer.from(bytes).fill(7, bytes.length - 1))
      await assert.rejects(pool.readLayer(local, blob, { inflated: true }), error => codeOf(error) === 'BLOB_DIGEST_MISMATCH')
      assert.deepEqual(existsSync(place) ? blocks() : [], [])
      writeFileSync(file, bytes)
      await pool.readLayer(local, blob, { inflated: true })
    } finally {
      await pool.close()
    }
    assert.equal(blocks().length, 1)
    assert.ok((await read(streamed, 'last', { cache })).equals(FILES.last))
    assert.deepEqual(fetched, [])
    // A block that is whole and wrong is found out, and not met twice.
    writeFileSync(join(place, blocks()[0] ?? assert.fail()), zstdCompressSync(Buffer.alloc(4 * 1024 * 1024)))
    await assert.rejects(read(streamed, 'last', { cache }), error => codeOf(error) === 'CONTENT_CHANGED')
    assert.ok((await read(streamed, 'last', { cache })).equals(FILES.last))
  })

  test('content that has changed since is not handed on', async () => {
    for (const compression of ['none', 'gzip'] as const) {
      const { bytes, file, local, read } = layerOf(compression)
      const at = Math.floor(bytes.length / 2)
      writeFileSync(file, Buffer.from(bytes).fill(0x61, at, at + 100))
      await assert.rejects(read(local, 'middle'), error => codeOf(error) === 'CONTENT_CHANGED')
      await assert.rejects(read(local, 'middle', { offset: 10, length: 5 }), error => codeOf(error) === 'CONTENT_CHANGED')
      writeFileSync(file, bytes.subarray(0, at))
      await assert.rejects(read(local, 'last'), error => codeOf(error) === 'CONTENT_CHANGED')
      writeFileSync(file, bytes)
    }
    assert.ok(FILES.middle.length < CHECKED_WHOLE)
  })

  test('a part of a large file is proven too: by the whole the first time, by its pieces ever after', async () => {
    const large = Buffer.alloc(CHECKED_WHOLE + 3_000_000)
    for (let at = 0; at < large.length; at += 4096) large.writeUInt32LE(at, at)
    const bytes = tarFixture([{ name: 'large', content: large }])
    const reading = readLayerBytes(bytes)
    const blob: Descriptor = { mediaType: layerMediaType('oci', 'none'), digest: digestOf(bytes), size: bytes.length }
    const file = join(directory, 'large')
    const source: BlobSource = {
      ...memorySource(imageFixture([])),
      locate: async () => ({ file, offset: 0, size: bytes.length }),
    }
    const read = async (known: typeof reading, offset: number, length: number) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of readContent(source, blob, known, 0, { offset, length })) chunks.push(chunk)
      return Buffer.concat(chunks)
    }
    const changed = Buffer.from(bytes)
    changed[30_000_000] = 7
    writeFileSync(file, changed)
    await assert.rejects(read(reading, 10, 100), error => codeOf(error) === 'CONTENT_CHANGED')
    writeFileSync(file, bytes)
    for (const [offset, length] of [
      [0, 5],
      [1_048_570, 20],
      [5_000_000, 3_000_000],
      [large.length - 3, 100],
      [large.length, 1],
    ] as const)
      assert.ok((await read(reading, offset, length)).equals(large.subarray(offset, offset + length)), `${offset}`)
    writeFileSync(file, changed)
    assert.ok((await read(reading, 10, 100)).equals(large.subarray(10, 110)))
    await assert.rejects(read(reading, 29_999_000, 10), error => codeOf(error) === 'CONTENT_CHANGED')
  })
})
