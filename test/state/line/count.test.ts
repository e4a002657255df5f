import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCount } from '../../../src/format/count.ts'

test('thousands are set apart', () => {
  for (const count of [0, 7, 999, 1000, 12_345, 100_000, 1_234_567, 2 ** 53 - 1])
    assert.equal(formatCount(count), count.toLocaleString('en'))
})
