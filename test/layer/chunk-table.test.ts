import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChunkTableBuilder, type ClaimedChunk, chunksOf } from '../../src/layer/chunk-table.ts'

const chunk = (start: number, offset: number, more: Partial<ClaimedChunk> = {}): ClaimedChunk => ({
  start,
  offset,
  inner: 0,
  size: undefined,
  digest: undefined,
  ...more,
})

/** The chunks of one file of 10 bytes in a blob of 100: `OFFSET+INNER-END START SIZE`. */
function taken(...claimed: readonly ClaimedChunk[]): readonly string[] {
  const table = new ChunkTableBuilder()
  table.add(0, 10, claimed)
  return chunksOf(table.finish(1, 100), 0).map(
    ({ offset, inner, end, start, size }) => `${offset}+${inner}-${end} ${start} ${size}`,
  )
}

describe('chunks of a file', () => {
  test('cover it from its start to its end, each up to where the next one begins', () => {
    assert.deepEqual(taken(chunk(0, 20)), ['20+0-100 0 10'])
    assert.deepEqual(taken(chunk(0, 20), chunk(4, 30)), ['20+0-30 0 4', '30+0-100 4 6'])
    assert.deepEqual(taken(chunk(0, 20, { size: 4 }), chunk(4, 30, { size: 6 })), ['20+0-30 0 4', '30+0-100 4 6'])
  })

  test('may share a place where inflating starts, further in each time', () => {
    assert.deepEqual(taken(chunk(0, 20, { inner: 5 }), chunk(4, 20, { inner: 9 })), ['20+5-100 0 4', '20+9-100 4 6'])
    assert.deepEqual(taken(chunk(0, 20, { inner: 5 }), chunk(4, 20, { inner: 5 })), [])
    assert.deepEqual(taken(chunk(0, 20, { inner: 5 }), chunk(4, 20, { inner: 1 })), [])
  })

  test('that leave a gap, overlap, go back or say another size are none: its content is not read by them', () => {
    assert.deepEqual(taken(chunk(1, 20)), [])
    assert.deepEqual(taken(chunk(0, 20), chunk(0, 30)), [])
    assert.deepEqual(taken(chunk(0, 20), chunk(10, 30)), [])
    assert.deepEqual(taken(chunk(0, 20), chunk(4, 19)), [])
    assert.deepEqual(taken(chunk(0, 20, { size: 9 })), [])
    assert.deepEqual(taken(chunk(0, 20, { size: 4 }), chunk(5, 30)), [])
  })

  test('end before the next place in the blob, of whatever file; the last one at the end, and never before its own place', () => {
    const table = new ChunkTableBuilder()
    for (const [entry, offset] of [50, 20, 80, 50, 0].entries()) table.add(entry, 10, [chunk(0, offset)])
    const ends = (end: number) => [...table.finish(5, end).ends]
    assert.deepEqual(ends(100), [80, 50, 100, 80, 20])
    assert.deepEqual(ends(70), [80, 50, 80, 80, 20])
  })

  test('belong to their entry; entries between have none', () => {
    const table = new ChunkTableBuilder()
    const digest = Buffer.alloc(32, 7)
    table.add(1, 10, [chunk(0, 20, { digest })])
    table.add(3, 4, [chunk(0, 50)])
    const done = table.finish(5, 100)
    assert.deepEqual(
      [0, 1, 2, 3, 4].map(entry => chunksOf(done, entry).map(({ offset, end, sha256 }) => [offset, end, sha256])),
      [[], [[20, 50, digest.toString('hex')]], [], [[50, 100, undefined]], []],
    )
  })
})
