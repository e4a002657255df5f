import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { digestOf } from '../../src/blob/digest.ts'
import { storeLayer } from '../../src/worker/blob-store.ts'
import { createCompressPool } from '../../src/worker/compress-pool.ts'
import { decodeReading, encodeReading } from '../../src/worker/reading/reading-codec.ts'
import { TarProof } from '../../src/worker/tar-proof.ts'
import { collect, scratch } from '../kit/image/local-image.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const pool = createCompressPool({ size: 2 })
after(() => pool.close())

const tar = tarFixture([
  { name: 'etc/' },
  { name: 'etc/passwd', content: 'root', mode: 0o600, pax: { 'SCHILY.xattr.user.a': 'b' } },
  { name: 'link', flag: '2', link: 'etc/passwd' },
  { name: 'large', content: 'line\n'.repeat(1_000_000) },
])

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
}

const UNPACK = { gzip: gunzipSync, zstd: zstdDecompressSync, none: (bytes: Buffer) => bytes }

describe('storing a layer', () => {
  for (const compression of ['gzip', 'zstd', 'none'] as const) {
    test(`${compression}: the file is what its digest says, and the tar is read as any reader does`, async context => {
      const directory = scratch(context)
      const { blob, written } = await storeLayer(pool, cut(tar, 100_001), new TarProof(), { compression, directory })
      const bytes = readFileSync(blob.file ?? assert.fail())
      assert.deepEqual([digestOf(bytes), bytes.length], [blob.digest, blob.size])
      assert.ok((await collect(blob.bytes())).equals(bytes))
      assert.ok(UNPACK[compression](bytes).equals(tar))
      const { changeset, diffID } = decodeReading(encodeReading(readLayerBytes(tar)), 'trusted') ?? assert.fail()
      assert.deepEqual([written.diffID, written.tarSize], [diffID, tar.length])
      assert.deepEqual(written.changeset, changeset)
      await blob.remove()
      assert.deepEqual(readdirSync(directory), [])
    })
  }

  test('without a directory it is measured only, to the same figures', async context => {
    const stored = await storeLayer(pool, cut(tar, 50_000), new TarProof(), { compression: 'gzip', directory: scratch(context) })
    const counted = await storeLayer(pool, cut(tar, 70_000), new TarProof(), { compression: 'gzip', directory: undefined })
    assert.deepEqual([counted.blob.digest, counted.blob.size], [stored.blob.digest, stored.blob.size])
    assert.equal(counted.blob.file, undefined)
    await stored.blob.remove()
  })

  test('a thread that ended before it was asked is an error, not waited for', async () => {
    const proof = new TarProof()
    await proof.close()
    await assert.rejects(proof.finish(), { code: 'VERIFICATION_FAILED', message: /its thread ended/ })
  })

  test('what fails, or is cancelled, leaves nothing', async context => {
    const directory = scratch(context)
    async function* failing(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 3; count++) yield tar
      throw new Error('the disk is gone')
    }
    await assert.rejects(storeLayer(pool, failing(), new TarProof(), { compression: 'gzip', directory }), /the disk is gone/)
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let count = 0; ; count++) {
        if (count === 5) controller.abort()
        yield tar
      }
    }
    const cancelled = storeLayer(pool, endless(), new TarProof(), { compression: 'zstd', directory, signal: controller.signal })
    await assert.rejects(cancelled, { name: 'AbortError' })
    assert.deepEqual(readdirSync(directory), [])
  })
})
