import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type BlockFormat, blockFormat } from '../../src/blob/block-compression.ts'
import { type CompressPool, createCompressPool } from '../../src/worker/compress-pool.ts'
import { noise } from '../kit/noise.ts'
import { peerTest, run } from '../kit/peer.ts'

const pools = [1, 2, 3].map(size => createCompressPool({ size }))
after(() => Promise.all(pools.map(pool => pool.close())))
const [one, two] = pools

/** Text that compresses a little, the same on every run. */
function sample(bytes: number): Buffer {
  const parts: Buffer[] = []
  for (let total = 0, index = 0; total < bytes; index++) {
    const part = createHash('sha256')
      .update(String(index % 5000))
      .digest()
    parts.push(part, Buffer.from(`line ${index}\n`))
    total += part.length + 10
  }
  return Buffer.concat(parts).subarray(0, bytes)
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
}

async function compress(pool: CompressPool | undefined, bytes: Buffer, format: BlockFormat, size = 64 * 1024): Promise<Buffer> {
  assert.ok(pool)
  return collect(pool.compress(cut(bytes, size), format))
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(Buffer.from(chunk))
  return Buffer.concat(parts)
}

describe('compression in blocks', () => {
  for (const compression of ['gzip', 'zstd'] as const) {
    const format = blockFormat(compression)

    test(`${compression}: the same bytes with any number of threads and any chunks`, async () => {
      const bytes = sample(9 * 1024 * 1024 + 12_345)
      const results = await Promise.all(pools.map((pool, index) => compress(pool, bytes, format, 10_000 + index * 70_001)))
      assert.equal(new Set(results.map(result => createHash('sha256').update(result).digest('hex'))).size, 1)
    })

    for (const size of [0, 1, 1024 * 1024, 1024 * 1024 + 1, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1]) {
      peerTest(`${compression}: ${size} bytes come back from ${compression} itself`, [compression], async () => {
        const bytes = sample(size)
        const packed = await compress(one, bytes, format)
        assert.ok(run(compression, ['-dc'], { input: packed }).equals(bytes))
      })
    }
  }

  test('half of the threads work while it is sparing, all of them as soon as it is not; the bytes are the same', async () => {
    let [isSparing, started] = [true, 0]
    const count = () => started++
    process.on('worker', count)
    const pool = createCompressPool({ size: 4, isSparing: () => isSparing })
    const [bytes, half] = [sample(8 * 1024 * 1024), 4 * 1024 * 1024]
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield* cut(bytes.subarray(0, half), 64 * 1024)
      await new Promise(setImmediate)
      assert.equal(started, 2)
      isSparing = false
      yield* cut(bytes.subarray(half), 64 * 1024)
    }
    try {
      const packed = await collect(pool.compress(chunks(), blockFormat('gzip')))
      await new Promise(setImmediate)
      assert.equal(started, 4)
      assert.ok(packed.equals(await compress(one, bytes, blockFormat('gzip'))))
    } finally {
      process.off('worker', count)
      await pool.close()
    }
  })

  peerTest('gzip: what cannot become smaller is stored, what follows it still sees what precedes', ['gzip'], async () => {
    // In no order that a block could begin with, and a last block that ends in noise.
    const bytes = Buffer.concat([sample(200_000), noise(700_000), sample(900_000), noise(1_500_000)])
    const packed = await compress(two, bytes, blockFormat('gzip'))
    assert.ok(run('gzip', ['-dc'], { input: packed }).equals(bytes))
    const plain = await compress(two, Buffer.concat([sample(200_000), sample(900_000)]), blockFormat('gzip'))
    assert.ok(packed.length < plain.length + 2_200_000 * 1.01)
    // Stored means that the bytes themselves are there.
    assert.ok(packed.includes(bytes.subarray(bytes.length - 1000, bytes.length - 10)))
  })

  test('gzip: noise that repeats is deflated, and so is what only looks like noise', async () => {
    const repeated = Buffer.concat(Array.from({ length: 100 }, () => noise(20_000)))
    const ramp = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => index & 255))
    assert.ok((await compress(two, repeated, blockFormat('gzip'))).length < 40_000)
    assert.ok((await compress(two, ramp, blockFormat('gzip'))).length < 10_000)
  })

  test('gzip: one member without name or time that Node reads', async () => {
    const bytes = sample(3 * 1024 * 1024)
    const packed = await compress(two, bytes, blockFormat('gzip', 9))
    assert.deepEqual([...packed.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    assert.ok(gunzipSync(packed).equals(bytes))
  })

  test('zstd: an input of one block is one frame that names its size', async () => {
    const bytes = sample(1024 * 1024)
    const packed = await compress(two, bytes, blockFormat('zstd'))
    assert.ok(zstdDecompressSync(packed).equals(bytes))
  })

  test('blocks see what precedes them: as small as one pass within 1 %', async () => {
    const bytes = sample(4 * 1024 * 1024)
    const { gzipSync } = await import('node:zlib')
    const packed = await compress(two, bytes, blockFormat('gzip', 6))
    assert.ok(packed.length < gzipSync(bytes, { level: 6 }).length * 1.01)
  })

  test('a level that does not exist is refused by name', () => {
    assert.throws(() => blockFormat('gzip', 12), { code: 'COMPRESSION_LEVEL_INVALID' })
  })

  test('a failing input ends the stream with its error', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield sample(2 * 1024 * 1024)
      throw new Error('the disk is gone')
    }
    assert.ok(one)
    await assert.rejects(collect(one.compress(failing(), blockFormat('gzip'))), /the disk is gone/)
  })

  test('an abort stops the stream', async () => {
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<Uint8Array> {
      const chunk = sample(1024 * 1024)
      for (let count = 0; ; count++) {
        if (count === 8) controller.abort()
        yield chunk
      }
    }
    assert.ok(two)
    await assert.rejects(collect(two.compress(endless(), blockFormat('gzip'), { signal: controller.signal })), {
      name: 'AbortError',
    })
  })
})
