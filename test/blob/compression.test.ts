import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { createInflater, sniffCompression } from '../../src/blob/compression.ts'
import { OUTPUT_SIZE } from '../../src/blob/compression-output.ts'
import type { Packing } from '../../src/blob/media-type.ts'
import type { Diagnostic } from '../../src/error.ts'
import { corpusPath, corpusTest } from '../kit/corpus.ts'
import { fc } from '../kit/seeded-check.ts'

function inflate(compression: Packing, bytes: Buffer, step = bytes.length) {
  const chunks: Buffer[] = []
  const diagnostics: Diagnostic[] = []
  using inflater = createInflater(compression, {
    output: chunk => void chunks.push(Buffer.from(chunk)),
    diagnostic: each => void diagnostics.push(each),
  })
  for (let at = 0; at < bytes.length; at += Math.max(1, step)) inflater.push(bytes.subarray(at, at + Math.max(1, step)))
  inflater.finish()
  const points = inflater.accessPoints
  return { plain: Buffer.concat(chunks), codes: diagnostics.map(({ code }) => code), chunks, points }
}

const skippable = (size: number) => {
  const frame = Buffer.alloc(8 + size, 7)
  frame.writeUInt32LE(0x184d2a53, 0)
  frame.writeUInt32LE(size, 4)
  return frame
}
/** Compresses to some degree, never to nothing. */
const sample = (size: number) => {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at + 32 <= size; at += 64) createHash('sha256').update(String(at)).digest().copy(bytes, at)
  return bytes
}
const pieces = fc.array(fc.nat(5000).map(sample), { minLength: 1, maxLength: 5 })

describe('inflaters', () => {
  test('gzip: any number of members, in pieces of any size', () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 4000 }), (parts, step) => {
        const { plain, codes } = inflate('gzip', Buffer.concat(parts.map(part => gzipSync(part))), step)
        assert.deepEqual([plain.equals(Buffer.concat(parts)), codes], [true, []])
      }),
      { numRuns: 60 },
    )
  })

  test('zstd: any number of frames, skippable ones anywhere, in pieces of any size', () => {
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.nat(40), { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 1, max: 4000 }),
        (parts, skips, step) => {
          const frames = parts.flatMap((part, index) => [skippable(skips[index] ?? 0), zstdCompressSync(part)])
          const { plain, codes } = inflate('zstd', Buffer.concat([...frames, skippable(skips[5] ?? 0)]), step)
          assert.deepEqual([plain.equals(Buffer.concat(parts)), codes], [true, []])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('chunks are bounded however well the input was compressed', () => {
    const zeros = Buffer.alloc(20 * OUTPUT_SIZE + 1)
    for (const [compression, bytes] of [
      ['gzip', gzipSync(zeros)],
      ['zstd', zstdCompressSync(zeros)],
    ] as const) {
      const { plain, chunks } = inflate(compression, bytes)
      assert.equal(plain.length, zeros.length)
      assert.ok(chunks.every(({ length }) => length <= OUTPUT_SIZE))
    }
  })

  test('every member or frame far enough from the last is an access point', () => {
    const part = sample(2 * OUTPUT_SIZE)
    for (const compress of [gzipSync, zstdCompressSync] as const) {
      const compressed = compress(part)
      const bytes = Buffer.concat([compressed, compressed, compress(sample(10)), compressed])
      const { points } = inflate(sniffCompression(bytes), bytes, 10_000)
      assert.deepEqual(points, [
        { compressed: compressed.length, uncompressed: part.length },
        { compressed: 2 * compressed.length, uncompressed: 2 * part.length },
      ])
    }
  })

  test('what follows the last member is ignored with a diagnostic', () => {
    const bytes = gzipSync('hello')
    const cases = [
      ['GZIP_TRAILING_ZEROS', Buffer.alloc(1024)],
      ['GZIP_TRAILING_GARBAGE', Buffer.from('garbage')],
      // Not even the start of another member: gzip(1) would say so too.
      ['GZIP_TRAILING_GARBAGE', Buffer.from([0x1f])],
      ['GZIP_TRAILING_GARBAGE', Buffer.from([0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 0, 0])],
      ['GZIP_TRAILING_GARBAGE', Buffer.from([0x1f, 0x1f, 0x8b, 8])],
      ['COMPRESSION_DAMAGED', bytes.subarray(0, 4)],
    ] as const
    for (const [code, rest] of cases) {
      for (const step of [1, 3, 1000]) {
        const { plain, codes } = inflate('gzip', Buffer.concat([bytes, rest]), step)
        assert.deepEqual([plain.toString(), codes], ['hello', [code]])
      }
    }
    assert.deepEqual(inflate('zstd', Buffer.concat([zstdCompressSync('hello'), Buffer.from('garbage')])).codes, [
      'ZSTD_TRAILING_GARBAGE',
    ])
  })

  test('damage is told, and what came before it is handed on', () => {
    const whole = sample(400_000)
    const checked = (bytes: Buffer) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
    for (const compress of [gzipSync, checked] as const) {
      const bytes = compress(whole)
      const compression = sniffCompression(bytes)
      const cut = inflate(compression, bytes.subarray(0, bytes.length - 1000))
      assert.deepEqual(cut.codes, ['COMPRESSION_DAMAGED'])
      assert.ok(cut.plain.length > 100_000 && whole.subarray(0, cut.plain.length).equals(cut.plain))
      const flipped = Buffer.from(bytes)
      flipped.fill(0xff, 50_000, 50_100)
      assert.deepEqual(inflate(compression, flipped).codes, ['COMPRESSION_DAMAGED'])
    }
    const wrongSum = gzipSync('hello')
    wrongSum[wrongSum.length - 8] = (wrongSum.at(-8) ?? 0) ^ 1
    assert.deepEqual(inflate('gzip', wrongSum).codes, ['COMPRESSION_DAMAGED'])
  })

  test('gzip headers with every optional field', () => {
    const body = deflateRawSync('hello')
    const trailer = gzipSync('hello').subarray(-8)
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3]),
      Buffer.from('name\0comment\0xx'),
    ])
    for (const step of [1, 7, 1000]) {
      const { plain, codes } = inflate('gzip', Buffer.concat([header, body, trailer]), step)
      assert.deepEqual([plain.toString(), codes], ['hello', []])
    }
  })

  corpusTest('zstd with skippable frames first and last', () => {
    const layout = corpusPath('weird', 'enc-zstd-multiframe-skippable')
    const json = (digest: string) => JSON.parse(readFileSync(`${layout}/blobs/${digest.replace(':', '/')}`, 'utf8'))
    const index = JSON.parse(readFileSync(`${layout}/index.json`, 'utf8'))
    const manifest = json(index.manifests[0].digest)
    const bytes = readFileSync(`${layout}/blobs/${manifest.layers[0].digest.replace(':', '/')}`)
    assert.equal(sniffCompression(bytes), 'zstd')
    const { plain, codes } = inflate('zstd', bytes)
    const [diffID] = json(manifest.config.digest).rootfs.diff_ids
    assert.deepEqual([`sha256:${createHash('sha256').update(plain).digest('hex')}`, codes], [diffID, []])
  })
})
