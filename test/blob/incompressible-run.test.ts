import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { stretchesOf, writeStored } from '../../src/blob/block-compression.ts'
import { noise } from '../kit/noise.ts'

const PIECE = 64 * 1024

function stretches(bytes: Buffer, start = 0): readonly string[] {
  return [...stretchesOf(bytes, start)].map(({ from, to, stored }) => `${stored ? 'stored' : 'deflated'} ${from}-${to}`)
}

/** Noise in which half of the values are two to three times as frequent as the others. */
const uneven = noise(PIECE, 'uneven').map((byte, index) => (index % 5 < 2 ? byte & 0x7f : byte))

describe('stretches of a block', () => {
  test('noise is stored, text is deflated, and the cuts are where one becomes the other', () => {
    const text = Buffer.alloc(2 * PIECE, 'all work and no play ')
    assert.deepEqual(stretches(noise(3 * PIECE)), [`stored 0-${3 * PIECE}`])
    assert.deepEqual(stretches(text), [`deflated 0-${2 * PIECE}`])
    assert.deepEqual(stretches(Buffer.concat([text, noise(2 * PIECE), text])), [
      `deflated 0-${2 * PIECE}`,
      `stored ${2 * PIECE}-${4 * PIECE}`,
      `deflated ${4 * PIECE}-${6 * PIECE}`,
    ])
  })

  test('a part of a piece is deflated whatever it holds, and nothing before the start is looked at', () => {
    assert.deepEqual(stretches(noise(PIECE + 100)), [`stored 0-${PIECE}`, `deflated ${PIECE}-${PIECE + 100}`])
    assert.deepEqual(stretches(Buffer.concat([Buffer.alloc(100), noise(PIECE)]), 100), [`stored 100-${PIECE + 100}`])
    assert.deepEqual(stretches(noise(PIECE - 1)), [`deflated 0-${PIECE - 1}`])
    assert.deepEqual(stretches(Buffer.alloc(0)), ['deflated 0-0'])
  })

  test('values that are not equally frequent, and noise that repeats, are deflated', () => {
    assert.deepEqual(stretches(Buffer.from(uneven)), [`deflated 0-${PIECE}`])
    const repeated = Buffer.concat(Array.from({ length: 16 }, () => noise(PIECE / 16)))
    assert.deepEqual(stretches(repeated), [`deflated 0-${PIECE}`])
  })
})

test('stored blocks inflate to the bytes, however many they are, and the last one ends the stream', () => {
  for (const length of [1, 65_535, 65_536, 140_000]) {
    const bytes = noise(length)
    const output = Buffer.alloc(length + 100)
    const end = writeStored(bytes, output, 7, true)
    assert.equal(end, 7 + length + 5 * Math.ceil(length / 65_535))
    assert.ok(inflateRawSync(output.subarray(7, end)).equals(bytes))
    assert.throws(
      () => inflateRawSync(output.subarray(7, 7 + writeStored(bytes, output.subarray(7), 0, false))),
      /unexpected end/,
    )
  }
})
