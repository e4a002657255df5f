import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { createInflater, sniffCompression } from '../../src/blob/compression.ts'
import type { Diagnostic } from '../../src/error.ts'
import { peerTest, run } from '../kit/peer.ts'
import { fc } from '../kit/seeded-check.ts'

function inflate(bytes: Buffer, step = 1000) {
  const hash = createHash('sha256')
  const chunks: Buffer[] = []
  const diagnostics: Diagnostic[] = []
  let length = 0
  using inflater = createInflater('bzip2', {
    output: chunk => {
      hash.update(chunk)
      length += chunk.length
      if (length < 2_000_000) chunks.push(Buffer.from(chunk))
    },
    diagnostic: each => void diagnostics.push(each),
  })
  for (let at = 0; at < bytes.length; at += step) inflater.push(bytes.subarray(at, at + step))
  inflater.finish()
  return {
    plain: Buffer.concat(chunks),
    length,
    sha256: hash.digest('hex'),
    diagnostics,
    codes: diagnostics.map(({ code }) => code),
  }
}

/** `printf hello | bzip2`. */
const HELLO = Buffer.from('QlpoOTFBWSZTWRkxZT0AAACBAAJEoAAhmmgzTQczi7kinChIDJiynoA=', 'base64')
/** `bzip2 </dev/null`. */
const EMPTY = Buffer.from('425a683917724538509000000000', 'hex')

describe('bzip2', () => {
  test('streams one after the other, empty ones too, in pieces of any size', () => {
    for (const step of [1, 7, 1000]) {
      const { plain, codes } = inflate(Buffer.concat([HELLO, EMPTY, HELLO]), step)
      assert.deepEqual([plain.toString(), codes], ['hellohello', []])
    }
    assert.equal(sniffCompression(HELLO), 'bzip2')
    assert.equal(sniffCompression(EMPTY), 'bzip2')
    // The name of a file in a tar, not a stream.
    assert.equal(sniffCompression(Buffer.from('BZh9.txt\0\0\0\0')), 'none')
  })

  test('what is cut, damaged or follows the last stream is told', () => {
    const kinds = [
      ['COMPRESSION_DAMAGED', HELLO.subarray(0, -3), /cut short/],
      ['COMPRESSION_DAMAGED', HELLO.subarray(0, 12), /cut short/],
      ['BZIP2_TRAILING_GARBAGE', Buffer.concat([HELLO, Buffer.from('x')]), /at byte 41/],
      ['BZIP2_TRAILING_GARBAGE', Buffer.concat([HELLO, Buffer.alloc(512)]), /at byte 41/],
    ] as const
    for (const [code, bytes, message] of kinds) {
      const { codes, diagnostics } = inflate(bytes, 5)
      assert.deepEqual(codes, [code])
      assert.match(diagnostics[0]?.message ?? '', message)
    }
  })

  test('every flipped bit of a stream is found by its checksums, and none of them throws', () => {
    for (let bit = 0; bit < HELLO.length * 8; bit++) {
      const bytes = Buffer.from(HELLO)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7))
      const { plain, codes } = inflate(bytes)
      // Some bits say nothing: the level, lengths of codes that are not used, the last byte's rest.
      assert.ok(codes.length === 1 || plain.toString() === 'hello', String(bit))
    }
  })

  peerTest('what bzip2 packs comes back, at any level and in pieces of any size', ['bzip2'], () => {
    const runs = fc
      .array(fc.tuple(fc.nat(255), fc.constantFrom(1, 3, 4, 5, 255, 258, 259, 260, 600, 5000)), { maxLength: 60 })
      .map(pairs => Buffer.concat(pairs.map(([byte, count]) => Buffer.alloc(count, byte))))
    const noise = fc.nat(300_000).map(size => {
      const bytes = Buffer.alloc(size)
      for (let at = 0; at < size; at += 32) createHash('sha256').update(String(at)).digest().copy(bytes, at)
      return bytes
    })
    fc.assert(
      fc.property(
        fc.oneof(runs, noise, fc.uint8Array({ maxLength: 3000 }).map(Buffer.from)),
        fc.constantFrom(1, 9),
        fc.nat(70_000),
        (bytes, level, step) => {
          const { plain, codes } = inflate(run('bzip2', [`-${level}`, '-c'], { input: bytes }), step + 1)
          assert.deepEqual(codes, [])
          assert.ok(plain.equals(bytes))
        },
      ),
      { numRuns: 15 },
    )
  })

  peerTest('a stream that grows to thousands of times its size ends early, with a word', ['bzip2'], () => {
    const packed = run('bzip2', ['-c'], { input: Buffer.alloc(100_000_000) })
    const { codes, length, diagnostics } = inflate(packed)
    assert.deepEqual(codes, ['COMPRESSION_DAMAGED'])
    assert.match(diagnostics[0]?.message ?? '', /2000 times its size/)
    assert.ok(length < 70_000_000)
  })
})

/** `head -c 300 /dev/zero | tr '\0' '\1' | bzip2`, and of `\1\1\1\2`. */
const ONES = Buffer.from('QlpoOTFBWSZTWV7kF74AAADQAKAAACAACCAAISZBmKgOLuSKcKEgvcgvfA==', 'base64')
const THREE_ONES = Buffer.from('QlpoOTFBWSZTWT7V7gYAAABAADAAIAAhAIKcXckU4UJA+1e4GA==', 'base64')

test('a run at the start of a bzip2 block, of the byte 1', () => {
  assert.deepEqual(inflate(ONES).plain, Buffer.alloc(300, 1))
  assert.deepEqual(inflate(THREE_ONES).plain, Buffer.from([1, 1, 1, 2]))
})
