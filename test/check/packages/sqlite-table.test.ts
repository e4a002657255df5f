import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { sqliteBlobs } from '../../../src/check/packages/sqlite-table.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-sqlite-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let made = 0

/** The bytes of a database that SQLite wrote. */
function written(pageSize: number, fill: (database: DatabaseSync) => void): Buffer {
  const file = join(directory, `${made++}.db`)
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA page_size=${pageSize}; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN`)
  fill(database)
  database.exec('COMMIT')
  database.close()
  return readFileSync(file)
}

const texts = (database: Uint8Array, table = 't') =>
  [...sqliteBlobs(database, table)].map(each => Buffer.from(each).toString('latin1'))

test('the second column behind every kind of value in the first', () => {
  const first = [null, 0, 1, -1, 127, 128, 40_000, 10_000_000, 3e9, 2 ** 47, 2n ** 62n, 1.5, 'text', '', Buffer.from('blob')]
  const database = written(4096, each => {
    each.exec('CREATE TABLE other (a, b); CREATE TABLE t (a, b)')
    const insert = each.prepare('INSERT INTO t VALUES (?, ?)')
    for (const [index, value] of first.entries()) insert.run(value, Buffer.from(`blob ${index}`))
    each.exec("INSERT INTO t VALUES (1, 'text'), (2, NULL), (3, 7)")
    each.exec("INSERT INTO other VALUES (1, x'00')")
  })
  assert.deepEqual(texts(database), [...first.keys().map(index => `blob ${index}`), 'text'])
  assert.deepEqual(texts(database, 'none'), [])
})

test('rows of every length around what a page holds, in small and large pages, and over many pages', () => {
  for (const pageSize of [512, 65_536]) {
    const lengths = [0, 1, pageSize - 40, pageSize - 39, pageSize - 38, pageSize - 37, pageSize - 36, pageSize, 3 * pageSize + 7]
    const contents = [...lengths, ...Array.from({ length: 200 }, () => 30)].map((length, index) =>
      String.fromCharCode(97 + (index % 26)).repeat(length),
    )
    const database = written(pageSize, each => {
      each.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)')
      const insert = each.prepare('INSERT INTO t VALUES (?, ?)')
      for (const [index, content] of contents.entries()) insert.run(index, Buffer.from(content))
    })
    assert.deepEqual(texts(database), contents)
  }
})

test('what is no database, or ends early, has fewer rows', () => {
  const database = written(512, each => {
    each.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, x'61')")
  })
  assert.deepEqual(texts(database), ['a'])
  for (const end of [0, 511, 512, database.length - 1]) assert.deepEqual(texts(database.subarray(0, end)), [], `${end} bytes`)
  const other = Buffer.from(database)
  other[15] = 1
  assert.deepEqual(texts(other), [])
  for (const size of [0, 256, 513, 511]) {
    const odd = Buffer.from(database)
    odd.writeUInt16BE(size, 16)
    assert.deepEqual(texts(odd), [], `pages of ${size}`)
  }
})
