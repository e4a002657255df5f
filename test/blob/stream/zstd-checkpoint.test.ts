import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { createInflater } from '../../../src/blob/compression.ts'
import { PREDEFINED } from '../../../src/blob/stream/zstd-block.ts'
import { type ZstdCheckpoint, ZstdRecorder } from '../../../src/blob/stream/zstd-checkpoint.ts'
import { readFseCounts } from '../../../src/blob/stream/zstd-fse.ts'
import { noise } from '../../kit/noise.ts'

const KIB = 1024
const { ZSTD_c_compressionLevel: LEVEL, ZSTD_c_windowLog: WINDOW_LOG, ZSTD_c_checksumFlag: CHECKSUM } = constants
const CLOSE = { windows: 2, bytes: 64 * KIB }

/** Words in an order that repeats near and far, as text does. */
function words(size: number, seed: number): Buffer {
  const parts: string[] = []
  for (let [index, length] = [0, 0]; length < size; index++) {
    const digest = createHash('sha256')
      .update(`${seed} ${index % 1500}`)
      .digest('hex')
    const word = index % 7 === 0 ? digest.slice(0, 12) : ['lib', 'usr', 'share', 'the', digest.slice(0, 3)][index % 5]
    parts.push(`${word}${index % 11 === 0 ? '\n' : ' '}`)
    length += parts.at(-1)?.length ?? 0
  }
  return Buffer.from(parts.join('')).subarray(0, size)
}

function mixed(size: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < size; at += 200 * KIB) {
    const kind = (at / (200 * KIB)) % 4
    pieces.push(kind === 0 ? noise(200 * KIB) : kind === 1 ? Buffer.alloc(200 * KIB, at & 0xff) : words(200 * KIB, kind))
  }
  return Buffer.concat(pieces).subarray(0, size)
}

/** Noise and lines by turns: the literals of every block are noise, so that no block has a Huffman table. */
function halfNoise(size: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < size; at += 2000) pieces.push(noise(1000, `${at}`), Buffer.alloc(1000, `line ${at} ${at} `))
  return Buffer.concat(pieces).subarray(0, size)
}

function inflate(blob: Buffer, from: ZstdCheckpoint | undefined, recorder?: ZstdRecorder, piece = 50_000) {
  const out: Buffer[] = []
  const said: string[] = []
  using inflater = createInflater('zstd', {
    output: bytes => void out.push(Buffer.from(bytes)),
    diagnostic: ({ code }) => void said.push(code),
    zstdRecorder: recorder,
    resume: from && { compressed: from.compressed, uncompressed: from.uncompressed, frame: from },
  })
  for (let at = from?.compressed ?? 0; at < blob.length; at += piece) inflater.push(blob.subarray(at, at + piece))
  inflater.finish()
  return { bytes: Buffer.concat(out), said, accessPoints: inflater.accessPoints }
}

const kept = (point: ZstdCheckpoint) => ({ ...point, dictionary: Buffer.from(point.dictionary) })

function recorded(blob: Buffer, piece?: number, known: readonly number[] = []) {
  const points: ZstdCheckpoint[] = []
  const recorder = new ZstdRecorder({ onPoint: point => void points.push(kept(point)), spacing: CLOSE, known })
  return { points, ...inflate(blob, undefined, recorder, piece) }
}

const SIZE = 3 * KIB * KIB + 12_345
const CONTENTS = {
  words: words(SIZE, 1),
  noise: noise(SIZE),
  zeros: Buffer.alloc(SIZE),
  mixed: mixed(SIZE),
  'half noise': halfNoise(SIZE),
  'a short pattern': Buffer.alloc(SIZE, 'abcabd'),
}

describe('checkpoints of a zstd frame', () => {
  for (const [name, content] of Object.entries(CONTENTS)) {
    for (const level of [-5, 1, 3, 9, 16]) {
      test(`inflate to the same bytes from every one: ${name}, level ${level}`, () => {
        const blob = zstdCompressSync(content, { params: { [LEVEL]: level, [WINDOW_LOG]: 17, [CHECKSUM]: level > 3 ? 1 : 0 } })
        const { points, bytes, said } = recorded(blob)
        assert.ok(bytes.equals(content))
        assert.deepEqual(said, [])
        // One each 256 KiB, but for the start and the end of the frame.
        assert.ok(points.length >= 8, `${points.length}`)
        for (const point of points) {
          const rest = inflate(blob, point)
          assert.ok(rest.bytes.equals(content.subarray(point.uncompressed)), `from ${point.uncompressed}`)
          assert.deepEqual(rest.said, [])
        }
      })
    }
  }

  for (const level of [-3, 1, 2, 3]) {
    test(`are found where few blocks bring a Huffman table, megabytes apart: level ${level}`, () => {
      const content = halfNoise(12 * KIB * KIB)
      const blob = zstdCompressSync(content, { params: { [WINDOW_LOG]: 20, [LEVEL]: level } })
      const points: ZstdCheckpoint[] = []
      const spacing = { windows: 2, bytes: 2 * KIB * KIB }
      inflate(blob, undefined, new ZstdRecorder({ onPoint: point => void points.push(kept(point)), spacing }))
      assert.ok(points.length > 0)
      for (const point of points) assert.ok(inflate(blob, point).bytes.equals(content.subarray(point.uncompressed)))
    })
  }

  test('lie in the same places whatever the pieces the blob comes in', () => {
    const blob = zstdCompressSync(CONTENTS.words, { params: { [WINDOW_LOG]: 17 } })
    const places = (points: readonly ZstdCheckpoint[]) => points.map(({ uncompressed, compressed }) => [uncompressed, compressed])
    const expected = places(recorded(blob).points)
    assert.ok(expected.length > 8)
    for (const piece of [1000, 16 * KIB, 256 * KIB, blob.length]) {
      const { points } = recorded(blob, piece)
      assert.deepEqual(places(points), expected)
      const last = points.at(-1) ?? assert.fail()
      assert.ok(inflate(blob, last, undefined, piece).bytes.equals(CONTENTS.words.subarray(last.uncompressed)))
    }
  })

  test('frames behind are inflated as ever, and say where they begin; a frame of its own window has none', () => {
    const params = { [WINDOW_LOG]: 17, [CHECKSUM]: 1 }
    const frames = [CONTENTS.words, CONTENTS.mixed, CONTENTS['a short pattern']]
    const blob = Buffer.concat([
      ...frames.map(content => zstdCompressSync(content, { params })),
      Buffer.from('502a4d1803000000010203', 'hex'),
      zstdCompressSync(CONTENTS.words.subarray(0, 500_000), { params: { [WINDOW_LOG]: 20 } }),
    ])
    const whole = Buffer.concat([...frames, CONTENTS.words.subarray(0, 500_000)])
    const { points, bytes } = recorded(blob)
    assert.ok(bytes.equals(whole))
    for (const frame of frames.keys())
      assert.ok(
        points.some(({ uncompressed }) => Math.floor(uncompressed / SIZE) === frame),
        `frame ${frame}`,
      )
    assert.ok(points.every(({ uncompressed }) => uncompressed < 3 * SIZE))
    for (const point of points.filter((_, index) => index % 3 === 0)) {
      const rest = inflate(blob, point)
      assert.ok(rest.bytes.equals(whole.subarray(point.uncompressed)), `from ${point.uncompressed}`)
      assert.deepEqual(rest.said, [])
      assert.equal(rest.accessPoints.at(-1)?.uncompressed, 3 * SIZE)
    }
  })

  test('are found again where inflating began at one, and not where they are known', () => {
    const blob = zstdCompressSync(CONTENTS.words, { params: { [WINDOW_LOG]: 17 } })
    const { points } = recorded(blob)
    const [, second] = points
    const again: ZstdCheckpoint[] = []
    const recorder = new ZstdRecorder({ onPoint: point => void again.push(kept(point)), spacing: CLOSE })
    inflate(blob, second, recorder)
    assert.deepEqual(
      again.map(({ uncompressed }) => uncompressed),
      points.slice(2).map(({ uncompressed }) => uncompressed),
    )
    for (const [index, { dictionary, compressed }] of again.entries()) {
      const { compressed: first, dictionary: other } = points[index + 2] ?? assert.fail()
      assert.equal(compressed, first)
      // The windows are the same; tables that the next block brings anyway may differ.
      assert.ok(dictionary.subarray(-128 * KIB).equals(other.subarray(-128 * KIB)))
      assert.ok(inflate(blob, again[index]).bytes.equals(CONTENTS.words.subarray(again[index]?.uncompressed)))
    }
    const known = points.filter((_, index) => index % 2 === 0).map(({ uncompressed }) => uncompressed)
    const others = recorded(blob, undefined, known).points.map(({ uncompressed }) => uncompressed)
    assert.deepEqual(
      others,
      points.filter((_, index) => index % 2 === 1).map(({ uncompressed }) => uncompressed),
    )
  })

  test('damage behind one is told, damage in a block that is looked at does not stop the inflating before it', () => {
    const blob = zstdCompressSync(CONTENTS.words, { params: { [WINDOW_LOG]: 17 } })
    const { points } = recorded(blob)
    const [first, , third] = points
    if (first === undefined || third === undefined) assert.fail()
    for (let at = third.compressed; at < third.compressed + 3000; at += 401) {
      const damaged = Buffer.from(blob)
      damaged.fill(damaged[at] === 0xff ? 0 : 0xff, at, at + 5)
      const { bytes } = recorded(damaged)
      assert.ok(bytes.subarray(0, first.uncompressed).equals(CONTENTS.words.subarray(0, first.uncompressed)))
    }
  })
})

test('the standard tables are those of RFC 8878, 3.1.1.3.2.2', () => {
  const [literals, offsets, matches] = PREDEFINED.map(bytes => readFseCounts(bytes, 0))
  assert.deepEqual(literals?.counts, [
    ...[4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1],
    ...[-1, -1, -1, -1],
  ])
  assert.deepEqual(matches?.counts, [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array(37).fill(1), ...Array(7).fill(-1)])
  assert.deepEqual(offsets?.counts, [1, 1, 1, 1, 1, 1, 2, 2, 2, ...Array(15).fill(1), -1, -1, -1, -1, -1])
  assert.deepEqual([literals?.log, offsets?.log, matches?.log], [6, 5, 6])
})
