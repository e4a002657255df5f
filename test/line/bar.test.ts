import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bar } from '../../src/line/text.ts'
import { fc } from '../kit/seeded-check.ts'

describe('a bar', () => {
  const cases: readonly (readonly [share: number, cells: number, bar: string, ascii: string])[] = [
    [0, 4, '    ', '    '],
    [-1, 4, '    ', '    '],
    [0.001, 4, '▏   ', '#   '],
    [0.25, 4, '█   ', '#   '],
    [0.375, 4, '█▌  ', '#   '],
    [1, 4, '████', '####'],
    [7, 4, '████', '####'],
    [0, 1, ' ', ' '],
    [0.01, 1, '▁', '.'],
    [0.5, 1, '▅', '|'],
    [1, 1, '█', '#'],
  ]
  for (const [share, cells, blocks, ascii] of cases)
    test(`of ${share} in ${cells} cells`, () =>
      assert.deepEqual([bar(share, cells, false), bar(share, cells, true)], [blocks, ascii]))

  test('is as wide as it was asked to be, and empty only for nothing', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        (share, cells, ascii) => {
          const drawn = bar(share, cells, ascii)
          assert.equal([...drawn].length, cells)
          assert.equal(drawn.trim() === '', share <= 0)
        },
      ),
    )
  })
})
