import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatSize } from '../../../src/format/size.ts'

test('sizes are SI with three significant digits', () => {
  const cases: readonly [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9_994, '9.99 kB'],
    [9_995, '10.0 kB'],
    [12_345_678, '12.3 MB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [421_000_000, '421 MB'],
    [1_010_000_000, '1.01 GB'],
    [-1500, '-1.50 kB'],
  ]
  for (const [bytes, text] of cases) assert.equal(formatSize(bytes), text)
})
