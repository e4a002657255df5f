import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { OUTPUT_SIZE } from '../../src/blob/compression-output.ts'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { type Digest, digestOf } from '../../src/blob/digest.ts'
import { ImageError } from '../../src/error.ts'
import { type Changeset, entryHash } from '../../src/layer/changeset.ts'
import { RECORDS } from '../../src/worker/hash-ring.ts'
import { LayerThread } from '../../src/worker/layer-thread.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-sums-'))
const [reading, hashing] = [new LayerThread(), new LayerThread()]
after(async () => {
  await Promise.all([reading.close(), hashing.close()])
  rmSync(directory, { recursive: true, force: true })
})

/** Bytes that differ everywhere and can be compressed a little. */
const noise = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * at * 7 + (at >> 8)) & 0xff))

const sparse: TarFixture = {
  name: 'sparse',
  content: 'abcd',
  pax: {
    'GNU.sparse.major': '0',
    'GNU.sparse.minor': '1',
    'GNU.sparse.size': '100000',
    'GNU.sparse.map': '10,2,70000,2',
  },
}

const LAYERS: Readonly<Record<string, Buffer>> = {
  'more files than there are records': tarFixture(
    Array.from({ length: 3 * RECORDS }, (_, index) => ({ name: `f${index}`, content: String(index) })),
  ),
  'files larger than all buffers, empty ones, sparse ones': tarFixture([
    { name: 'empty' },
    { name: 'large', content: noise(12 * OUTPUT_SIZE + 1) },
    sparse,
    { name: 'link', flag: '2', link: 'large' },
    { name: '.wh.gone' },
    { name: 'last', content: 'x' },
  ]),
  'an archive that ends inside a file': tarFixture([
    { name: 'whole', content: 'x' },
    { name: 'cut', content: noise(9000) },
  ]).subarray(0, 5000),
  'an empty archive': tarFixture([]),
  'an empty blob': Buffer.alloc(0),
}

async function readShared(bytes: Buffer, digest: Digest, signal?: AbortSignal) {
  const file = join(directory, 'blob')
  writeFileSync(file, bytes)
  const blob: Descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: bytes.length }
  const local = { file, offset: 0, size: bytes.length }
  const task = { blob, local, bytes: undefined, store: undefined, hasher: hashing, ...(signal && { signal }) }
  return (await reading.read(task)).reading
}

describe('hashing in another thread', () => {
  for (const [name, tar] of Object.entries(LAYERS)) {
    test(`${name}: the reading is what one thread makes of it`, async () => {
      for (const bytes of [tar, gzipSync(tar), zstdCompressSync(tar)]) {
        const { changeset, ...rest } = await readShared(bytes, digestOf(bytes))
        const { changeset: alone, ...restAlone } = readLayerBytes(bytes)
        assert.deepEqual(rest, restAlone)
        assert.equal(changeset.length, alone.length)
        const hashes = (of: Changeset) => Array.from({ length: of.length }, (_, entry) => entryHash(of, entry))
        assert.deepEqual(hashes(changeset), hashes(alone))
        assert.deepEqual(changeset.diagnostics, alone.diagnostics)
      }
    })
  }

  test('digests of other algorithms', async () => {
    const bytes = gzipSync(tarFixture([{ name: 'a', content: 'b' }]))
    const long = await readShared(bytes, digestOf(bytes, 'sha512'))
    assert.equal(long.digest, digestOf(bytes, 'sha512'))
    const unknown = await readShared(bytes, `blake3:${'0'.repeat(64)}` as Digest)
    assert.deepEqual(
      unknown.changeset.diagnostics.map(({ code }) => code),
      ['DIGEST_UNVERIFIABLE'],
    )
    assert.equal(unknown.diffID, long.diffID)
  })

  test('a wrong digest is refused, and both threads read on', async () => {
    const bytes = gzipSync(tarFixture([{ name: 'a', content: 'b' }]))
    const wrong = readShared(bytes, digestOf(Buffer.from('other')))
    await assert.rejects(wrong, error => error instanceof ImageError && error.code === 'BLOB_DIGEST_MISMATCH')
    assert.equal((await readShared(bytes, digestOf(bytes))).changeset.length, 1)
  })

  test('cancelling ends both threads in the middle', async () => {
    const bytes = gzipSync(tarFixture([{ name: 'zeros', content: Buffer.alloc(200_000_000) }]), { level: 1 })
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await assert.rejects(readShared(bytes, digestOf(bytes), stop.signal), /enough/)
    assert.deepEqual([reading.started, hashing.started], [false, false])
  })

  test('a hashing thread that ends takes the reading with it, instead of letting it wait for ever', async () => {
    const bytes = gzipSync(tarFixture([{ name: 'zeros', content: Buffer.alloc(200_000_000) }]), { level: 1 })
    setTimeout(() => void hashing.close(), 50)
    const error = await readShared(bytes, digestOf(bytes)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof ImageError && error.code === 'LAYER_READ_FAILED', String(error))
  })
})
