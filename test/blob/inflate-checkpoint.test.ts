import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { constants, gzipSync } from 'node:zlib'
import { createInflater } from '../../src/blob/compression.ts'
import {
  alignmentPrefix,
  CHECK_LENGTH,
  CheckpointRecorder,
  PROOF,
  type Resume,
  resumeAt,
} from '../../src/blob/inflate-checkpoint.ts'
import { noise } from '../kit/noise.ts'

/** Text-like bytes, then noise, a run of zeros, and text: every kind of block, the same for the same seed. */
function sample(seed = 0): Buffer {
  const words = Array.from({ length: 500 }, (_, word) => noise(3 + (word % 9), `${seed} word ${word}`).toString('base64'))
  const text = (part: string) => Buffer.from(Array.from(noise(40_000, `${seed} ${part}`), byte => words[byte]).join(' '))
  return Buffer.concat([text('first'), noise(200_000, `${seed} noise`), Buffer.alloc(100_000), text('last')])
}

function inflate(bytes: Buffer, recorder?: CheckpointRecorder, resume?: Resume): Buffer {
  const chunks: Buffer[] = []
  const output = (chunk: Buffer) => void chunks.push(Buffer.from(chunk))
  using inflater = createInflater('gzip', { output, diagnostic: ({ message }) => assert.fail(message), recorder, resume })
  for (let at = resume?.compressed ?? 0; at < bytes.length; at += 10_000) inflater.push(bytes.subarray(at, at + 10_000))
  inflater.finish()
  return Buffer.concat(chunks)
}

const resumed = (bytes: Buffer, point: Parameters<typeof resumeAt>[0]) =>
  resumeAt(point, bytes[point.compressed - 1] ?? 0, bytes.subarray(point.compressed, point.compressed + PROOF))

describe('checkpoints', () => {
  test('inflating takes up at every border of blocks, whatever bit it falls on', () => {
    const plain = sample(1)
    const alignments = new Set<number>()
    for (const [level, strategy] of [
      [1, 0],
      [6, 0],
      [9, 0],
      [6, constants.Z_FIXED],
      [0, 0],
    ] as const) {
      const bytes = Buffer.concat([gzipSync(plain, { level, strategy }), gzipSync('and another member')])
      const whole = Buffer.concat([plain, Buffer.from('and another member')])
      const recorder = new CheckpointRecorder([], 1)
      assert.ok(inflate(bytes, recorder).equals(whole))
      assert.ok(recorder.points.length > 5, `level ${level}: ${recorder.points.length}`)
      for (const point of recorder.points) {
        const resume = resumed(bytes, point)
        // In a run of zeros it may not be possible to tell how: then it is not taken up.
        const run = plain.subarray(point.uncompressed, point.uncompressed + CHECK_LENGTH).every(byte => byte === 0)
        assert.ok(resume ?? run, `level ${level}, byte ${point.compressed}`)
        if (resume === undefined) continue
        alignments.add(resume.inside?.prefix.length ?? 0)
        assert.ok(inflate(bytes, undefined, resume).equals(whole.subarray(point.uncompressed)))
      }
    }
    assert.ok(alignments.size > 3)
  })

  test('where several alignments inflate to the same bytes at first, it is taken up right or not at all', () => {
    // A run in fixed codes, and a last block that is stored: the first alignment that fits the check is mostly the wrong one.
    let taken = 0
    for (let seed = 0; seed < 8; seed++) {
      const plain = Buffer.concat([noise(100 + seed, `${seed} before`), Buffer.alloc(6_000_000), noise(20_000, `${seed} after`)])
      const bytes = gzipSync(plain, { strategy: constants.Z_FIXED })
      const recorder = new CheckpointRecorder([], 1)
      inflate(bytes, recorder)
      for (const point of recorder.points) {
        const resume = resumed(bytes, point)
        if (resume === undefined) continue
        taken++
        assert.ok(inflate(bytes, undefined, resume).equals(plain.subarray(point.uncompressed)), `seed ${seed}`)
      }
    }
    assert.ok(taken > 8, `${taken} taken up`)
  })

  test('a checkpoint of another stream, or a damaged one, is found out', () => {
    const bytes = gzipSync(sample())
    const recorder = new CheckpointRecorder([], 1)
    inflate(bytes, recorder)
    const point = recorder.points[3] ?? assert.fail()
    assert.equal(resumed(gzipSync(sample(1)), point), undefined)
    assert.equal(resumed(bytes, { ...point, check: point.check ^ 1 }), undefined)
  })

  test('the number of checkpoints is bounded, and recording goes on where it stopped', () => {
    const recorder = new CheckpointRecorder([], 1)
    const plain = Buffer.concat(Array.from({ length: 12 }, sample))
    const bytes = gzipSync(plain, { level: 1, memLevel: 1 })
    inflate(bytes, recorder)
    assert.ok(recorder.points.length > 50 && recorder.points.length <= 256, `${recorder.points.length}`)
    const part = recorder.points.slice(0, 10)
    const again = new CheckpointRecorder(part, 1)
    const last = part.at(-1) ?? assert.fail()
    inflate(bytes, again, resumed(bytes, last))
    assert.deepEqual(again.points.slice(0, 10), part)
    assert.ok(
      again.points.length > 10 &&
        again.points.every((point, index) => index === 0 || point.uncompressed > (again.points[index - 1]?.uncompressed ?? 0)),
    )
  })

  test("the prefix is whole bytes whose last bits are the stream's", () => {
    for (let unused = 0; unused < 8; unused++) {
      const prefix = alignmentPrefix(unused, 0xff)
      if (unused > 0) assert.equal((prefix.at(-1) ?? 0) >> (8 - unused), (1 << unused) - 1)
    }
    assert.ok(CHECK_LENGTH <= 32 * 1024)
  })
})
