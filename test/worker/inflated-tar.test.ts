import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { digestOf } from '../../src/blob/digest.ts'
import { ImageError } from '../../src/error.ts'
import type { LayerReading } from '../../src/layer/reading.ts'
import { InflatedTar } from '../../src/worker/inflated-tar.ts'
import { scratch } from '../kit/image/local-image.ts'

const tar = Buffer.concat(Array.from({ length: 60_000 }, (_, index) => createHash('sha256').update(`${index}`).digest()))

function compressed(context: TestContext, compression: 'gzip' | 'zstd') {
  const bytes = compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar)
  const before = 77
  const file = join(scratch(context), 'blob')
  writeFileSync(file, Buffer.concat([Buffer.alloc(before), bytes, Buffer.from('after')]))
  const blob = { mediaType: `application/vnd.oci.image.layer.v1.tar+${compression}`, digest: digestOf(bytes), size: bytes.length }
  return { blob, local: { file, offset: before, size: bytes.length }, reading: { compression } as LayerReading }
}

function range(opened: InflatedTar, offset: number, length: number): Buffer {
  const into = Buffer.alloc(length + 10)
  opened.read(into, 5, offset, length)
  return into.subarray(5, 5 + length)
}

describe('a tar that is inflated as it is read', () => {
  for (const compression of ['gzip', 'zstd'] as const) {
    test(`${compression}: in order, with gaps, and again what was named`, context => {
      const { blob, local, reading } = compressed(context, compression)
      const again = [
        { offset: 100, length: 50 },
        { offset: 200_000, length: 300_000 },
      ]
      const opened = new InflatedTar(blob, local, reading, again)
      const reads = [
        [0, 512],
        [1000, 300_000],
        [900_001, 7],
        [200_000, 300_000],
        [250_000, 9],
        [900_008, 600_000],
        [100, 50],
        [tar.length - 1, 1],
      ] as const
      for (const [offset, length] of reads) {
        assert.ok(range(opened, offset, length).equals(tar.subarray(offset, offset + length)), `${offset}`)
      }
      opened.finish()
      opened.close()
    })
  }

  test('a blob that changed since it was read is told by its digest', context => {
    const { blob, local, reading } = compressed(context, 'gzip')
    const bytes = readFileSync(local.file)
    bytes[local.offset + 500_000] = (bytes[local.offset + 500_000] ?? 0) ^ 1
    writeFileSync(local.file, bytes)
    const opened = new InflatedTar(blob, local, reading, [])
    const wrong = (thrown: unknown) => thrown instanceof ImageError && thrown.code === 'BLOB_DIGEST_MISMATCH'
    range(opened, 0, 100)
    assert.throws(() => opened.finish(), wrong)
    opened.close()
  })

  test('what ends too early is no loop and no wrong bytes', context => {
    const { blob, local, reading } = compressed(context, 'gzip')
    const opened = new InflatedTar(blob, local, reading, [])
    assert.throws(
      () => range(opened, tar.length - 10, 20),
      (thrown: unknown) => thrown instanceof ImageError && thrown.code === 'LAYER_CHANGED',
    )
    opened.close()
  })
})
