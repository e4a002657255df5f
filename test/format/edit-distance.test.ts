import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editDistance } from '../../src/format/edit-distance.ts'
import { fc } from '../kit/seeded-check.ts'

/** Optimal string alignment by its definition. */
function naive(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [x, y] = [a.slice(0, -1), b.slice(0, -1)]
  const swapped = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)
  return Math.min(
    naive(x, b) + 1,
    naive(a, y) + 1,
    naive(x, y) + (a.at(-1) === b.at(-1) ? 0 : 1),
    swapped ? naive(a.slice(0, -2), b.slice(0, -2)) + 1 : Number.POSITIVE_INFINITY,
  )
}

test('insertions, deletions, replacements and swaps of neighbours each count one', () => {
  const cases = [
    ['', 'ab', 2],
    ['ab', 'ba', 1],
    ['sqaush', 'squash', 1],
    ['squsah', 'squash', 1],
    ['diff', 'dif', 1],
    ['ls', 'ps', 1],
    ['ca', 'abc', 3],
  ] as const
  for (const [one, other, distance] of cases) {
    assert.equal(editDistance(one, other, 5), distance, `${one} ${other}`)
    assert.equal(editDistance(other, one, 5), distance, `${other} ${one}`)
  }
  const word = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }).map(letters => letters.join(''))
  fc.assert(
    fc.property(word, word, (one, other) => assert.equal(editDistance(one, other, 9), naive(one, other))),
    { numRuns: 300 },
  )
})

test('words whose lengths differ by more than is asked for are not compared', () => {
  assert.deepEqual([editDistance('abc', '', 2), editDistance('', 'abc', 2), editDistance('abc', '', 3)], [3, 3, 3])
  assert.equal(editDistance('abcdef', 'a', 2), 3)
})
