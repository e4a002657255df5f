import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arMembers, arWithoutTimes } from '../../src/compare/content/ar-members.ts'

const member = (name: string, content: string, date = '0') =>
  `${name.padEnd(16)}${date.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n${content}${content.length % 2 ? '\n' : ''}`
const archive = (...members: readonly string[]) => Buffer.from(`!<arch>\n${members.join('')}`, 'latin1')

test('names of an ar archive: short, the symbol table, and long ones by their offset', () => {
  const names = 'a-name-longer-than-16.o/\nanother-long-name.o/\n'
  const found = arMembers(
    archive(member('/', 'symbols'), member('//', names), member('a.o/', 'abc'), member('/0', 'x'), member('/25', 'yy')),
  )
  assert.deepEqual(
    found?.map(({ name, size }) => [name, size]),
    [
      ['/', 7],
      ['/', names.length],
      ['a.o', 3],
      ['a-name-longer-than-16.o', 1],
      ['another-long-name.o', 2],
    ],
  )
})

test('the bytes of members begin where their headers end; times do not count', () => {
  const bytes = archive(member('a.o/', 'abc', '1'), member('b.o/', 'de', '2'))
  assert.deepEqual(
    arMembers(bytes)?.map(({ content, size }) => bytes.toString('latin1', content, content + size)),
    ['abc', 'de'],
  )
  assert.deepEqual(arWithoutTimes(bytes), arWithoutTimes(archive(member('a.o/', 'abc', '77'), member('b.o/', 'de', '88'))))
  assert.notDeepEqual(arWithoutTimes(bytes), arWithoutTimes(archive(member('a.o/', 'abd', '1'), member('b.o/', 'de', '2'))))
})

test('what is no archive or is cut off is undefined', () => {
  for (const bytes of [
    Buffer.of(),
    Buffer.from('!<arch>'),
    archive(member('a.o/', 'abc')).subarray(0, -3),
    archive(member('a/', 'b').replace('`', 'x')),
  ])
    assert.equal(arMembers(bytes)?.length ?? 0, 0)
})
