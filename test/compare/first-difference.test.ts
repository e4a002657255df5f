import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { differenceOf, EXCERPT, firstDifference } from '../../src/compare/content/first-difference.ts'
import { fc } from '../kit/seeded-check.ts'

/** A content and the places where its pieces end. */
const cuts = fc.array(fc.nat(60), { maxLength: 6 })

async function* pieces(bytes: Buffer, ends: readonly number[], taken: { count: number }): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const end of [...ends.toSorted((a, b) => a - b), bytes.length]) {
    taken.count++
    yield bytes.subarray(start, Math.max(start, Math.min(end, bytes.length)))
    start = Math.max(start, Math.min(end, bytes.length))
  }
}

describe('where two contents first differ', () => {
  test('is found however they come in pieces, with the bytes there', async () => {
    const content = fc.array(fc.nat(1), { maxLength: 50 }).map(bytes => Buffer.from(bytes))
    await fc.assert(
      fc.asyncProperty(content, content, cuts, cuts, fc.nat(50), async (one, other, left, right, alike) => {
        const second = Buffer.concat([one.subarray(0, alike), other.subarray(0, Math.max(0, 20 - alike))])
        const found = await firstDifference(pieces(one, left, { count: 0 }), pieces(second, right, { count: 0 }))
        const at = differenceOf(one, second)
        assert.equal(found.at, at)
        if (at === undefined) return
        assert.deepEqual(Buffer.from(found.excerpt.before), one.subarray(at, at + EXCERPT))
        assert.deepEqual(Buffer.from(found.excerpt.after), second.subarray(at, at + EXCERPT))
      }),
      { numRuns: 300 },
    )
  })

  test('is not where one content merely comes in a smaller piece', async () => {
    const bytes = Buffer.alloc(100, 'x')
    const changed = Buffer.from(bytes).fill('y', 90)
    const foundIn = async (other: Buffer, left: readonly number[], right: readonly number[]) =>
      (await firstDifference(pieces(bytes, left, { count: 0 }), pieces(other, right, { count: 0 }))).at
    for (const [left, right] of [
      [[20, 45], []],
      [[], [30]],
      [
        [20, 60],
        [40, 80],
      ],
    ] as const) {
      assert.equal(await foundIn(bytes, left, right), undefined)
      assert.equal(await foundIn(changed, left, right), 90)
      assert.equal(await foundIn(bytes.subarray(0, 70), left, right), 70)
    }
  })

  test('nothing is read beyond it', async () => {
    const taken = { count: 0 }
    const ends = Array.from({ length: 40 }, (_, index) => index * 100)
    const bytes = Buffer.alloc(4000)
    const other = Buffer.from(bytes).fill(1, 250)
    const found = await firstDifference(pieces(bytes, ends, taken), pieces(other, ends, { count: 0 }))
    assert.equal(found.at, 250)
    assert.ok(taken.count < 8, `${taken.count} pieces were taken`)
  })
})
