import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexLine } from '../../src/format/hex-line.ts'

test('bytes in hexadecimal, then as ASCII in one column, however many there are of what fits', () => {
  assert.equal(hexLine(Buffer.from('Aa \x7e\x7f\x1f\x00\xff', 'latin1'), 8), '41 61 20 7e 7f 1f 00 ff  Aa ~....')
  assert.equal(hexLine(Buffer.from('A'), 3), '41        A')
  assert.equal(hexLine(Buffer.from('ABC'), 3), '41 42 43  ABC')
  assert.equal(hexLine(new Uint8Array(), 3), '(the end)')
})
