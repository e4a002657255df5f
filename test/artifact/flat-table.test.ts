import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Builder } from 'flatbuffers'
import { FlatTable } from '../../src/artifact/soci/flat-table.ts'

const refused = (run: () => unknown, why: RegExp) =>
  assert.throws(run, error => why.test(String(error)) && String(error).includes('SOCI'))

test('a table that lies half behind the end is refused, though its own table of fields is there', () => {
  // The root at 8, its fields at 4: 8 - 4, of which two bytes are there.
  const bytes = Buffer.from([8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0])
  FlatTable.root(bytes)
  for (const length of [11, 10, 9, 8, 4, 3, 0])
    refused(() => FlatTable.root(bytes.subarray(0, length)), /an offset leads out of it/)
})

test('fields are read by number and width; an absent one is what the caller says', () => {
  const builder = new Builder()
  const text = builder.createString('text')
  builder.startObject(5)
  builder.addFieldInt8(0, 7, 0)
  builder.addFieldInt32(1, 70_000, 0)
  builder.addFieldInt64(2, 5_000_000_000n, 0n)
  builder.addFieldOffset(3, text, 0)
  builder.finish(builder.endObject())
  const bytes = Buffer.from(builder.asUint8Array())
  const table = FlatTable.root(bytes)
  assert.deepEqual(
    [table.number(0, 1), table.number(1, 4), table.number(2, 8), table.number(4, 4), table.number(4, 4, 9)],
    [7, 70_000, 5e9, 0, 9],
  )
  assert.deepEqual(
    [table.text(3), table.text(4), table.table(4), table.texts(4), [...table.tables(4)]],
    ['text', '', undefined, [], []],
  )
  // The text is at the end, with a zero behind it: each byte that is cut makes it longer than what is there.
  const end = bytes.lastIndexOf('text') + 4
  assert.equal(FlatTable.root(bytes.subarray(0, end)).text(3), 'text')
  refused(() => FlatTable.root(bytes.subarray(0, end - 1)).text(3), /an offset leads out of it/)
})

test('a number that is negative, or larger than numbers are exact, is refused', () => {
  for (const value of [-1n, 2n ** 53n]) {
    const builder = new Builder()
    builder.startObject(1)
    builder.addFieldInt64(0, value, 0n)
    builder.finish(builder.endObject())
    refused(() => FlatTable.root(builder.asUint8Array()).number(0, 8), /a number is negative or beyond all files/)
  }
})
