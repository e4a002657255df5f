import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memberOf } from '../../src/artifact/filesystem/filesystem.ts'
import { budgeted, bufferReader, SUMMARY_BUDGET } from '../../src/artifact/range-reader.ts'

const KIB = 1024
const bytes = Buffer.from(Array.from({ length: 2000 * KIB }, (_, index) => (index * 7) % 251))

/** A reader with a budget, and the requests that it makes. */
function watched(left = SUMMARY_BUDGET) {
  const asked: (readonly [offset: number, length: number])[] = []
  const source = bufferReader(bytes)
  const counting = {
    ...source,
    read: (offset: number, length: number) => {
      asked.push([offset, length])
      return source.read(offset, length)
    },
  }
  const budget = { left }
  const reader = budgeted(counting, budget)
  const reads = async (offset: number, length: number) => {
    const read = await reader.read(offset, length)
    assert.ok(read.equals(bytes.subarray(offset, offset + length)), `${length} bytes at ${offset}`)
    return read.length
  }
  return { reads, asked, budget, reader }
}

test('windows grow while parts follow each other, and begin small again at another place', async () => {
  const { reads, asked, budget } = watched()
  await reads(0, 10)
  await reads(5, 64 * KIB - 5)
  await reads(64 * KIB, 1)
  await reads(1000 * KIB, 10)
  await reads(1000 * KIB + 10, 100)
  await reads(1000 * KIB - 1, 10)
  assert.deepEqual(asked, [
    [0, 64 * KIB],
    [64 * KIB, 128 * KIB],
    [1000 * KIB, 32 * KIB],
    [1000 * KIB - 1, 32 * KIB],
  ])
  assert.equal(budget.left, SUMMARY_BUDGET - (64 + 128 + 32 + 32) * KIB)
})

test('a large part is one request; the window is at most 512 KiB, and ends with the blob', async () => {
  const { reads, asked } = watched(10 * SUMMARY_BUDGET)
  await reads(0, 300 * KIB)
  for (let offset = 300 * KIB; offset < 1500 * KIB; offset += 100 * KIB) await reads(offset, 100 * KIB)
  assert.deepEqual(asked.slice(0, 2), [
    [0, 300 * KIB],
    [300 * KIB, 128 * KIB],
  ])
  assert.ok(asked.every(([, length]) => length <= 512 * KIB) && asked.some(([, length]) => length === 512 * KIB))
  assert.equal(await reads(1999 * KIB, 5 * KIB), KIB)
  assert.equal(await reads(2000 * KIB, 5), 0)
})

test('a budget is spent to its last byte, and not beyond', async () => {
  const { reads, budget, reader, asked } = watched(100)
  await reads(0, 60)
  assert.deepEqual([asked, budget.left], [[[0, 100]], 0])
  await reads(60, 40)
  await assert.rejects(reader.read(60, 41), /it would take more than 1800000 bytes/)
})

test('an inode becomes an entry as tar has it: only links have a target, only files a size', () => {
  const inode = { uid: 1, gid: 2, seconds: 3, nanoseconds: 4, size: 9, device: [5, 6] as const, xattrs: [] }
  const entry = (mode: number, link?: { readonly target: string; readonly hard: boolean }) => {
    const {
      name,
      typeflag,
      linkName,
      mode: bits,
      size,
      devMajor,
      devMinor,
      mtime,
      uid,
      gid,
    } = memberOf('p', { ...inode, mode }, link) ?? {}
    return [name, typeflag, linkName, bits, size, devMajor, devMinor, mtime?.seconds, mtime?.nanoseconds, uid, gid]
  }
  const rest = [5, 6, 3, 4, 1, 2]
  assert.deepEqual(entry(0o104755), ['p', '0', '', 0o4755, 9, ...rest])
  assert.deepEqual(entry(0o104755, { target: 'q', hard: true }), ['p', '1', 'q', 0o4755, 0, ...rest])
  assert.deepEqual(entry(0o120777, { target: 'q', hard: false }), ['p', '2', 'q', 0o777, 0, ...rest])
  assert.deepEqual(
    [0o010644, 0o020644, 0o040755, 0o060644].map(mode => entry(mode)[1]),
    ['6', '3', '5', '4'],
  )
  assert.equal(memberOf('p', { ...inode, mode: 0o140755 }, undefined), undefined)
})
