import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseJson, parseJsonObject } from '../../src/blob/json.ts'
import { DOCUMENT_LIMIT } from '../../src/blob/read.ts'
import { ImageError } from '../../src/error.ts'
import { processorMilliseconds } from '../kit/processor-time.ts'

function codes(text: string | Buffer): string[] {
  return parseJson(Buffer.from(text), 'it').diagnostics.map(({ code }) => code)
}

function refused(text: string | Buffer): string {
  try {
    parseJsonObject(Buffer.from(text), 'it')
    return 'nothing'
  } catch (thrown) {
    assert.ok(thrown instanceof ImageError)
    return thrown.code
  }
}

describe('JSON documents', () => {
  test('names that come twice in one object are told, elsewhere they are not', () => {
    assert.deepEqual(codes('{"a":1,"b":{"a":2},"c":["a","a",{"a":1}],"d":"a"}'), [])
    for (const text of ['{"a":1,"a":2}', '{"x":[{"a":1 ,"b":2,"a"  : 3}]}', '{"a\\"":1,"a\\"":2}', '{"\\\\":1,"\\\\":2}']) {
      assert.deepEqual(codes(text), ['JSON_DUPLICATE_NAME'], text)
    }
    assert.deepEqual(parseJson(Buffer.from('{"a":1,"a":2}'), 'it').value, { a: 2 })
    assert.match(
      parseJson(Buffer.from('{"\u001b[31m":1,"\u001b[31m":2}'.replaceAll('\u001b', '\\u001b')), 'it').diagnostics[0]?.message ??
        '',
      /u001b/,
    )
  })

  test('a byte order mark and bytes that are not UTF-8 are read and told', () => {
    assert.deepEqual(codes('\ufeff{}'), ['JSON_BYTE_ORDER_MARK'])
    assert.deepEqual(codes(Buffer.from([0x22, 0xff, 0x22])), ['JSON_NOT_UTF8'])
  })

  test('what cannot be a document', () => {
    assert.equal(refused(''), 'JSON_INVALID')
    assert.equal(refused('{"a":'), 'JSON_INVALID')
    assert.equal(refused('\u001b[31m'), 'JSON_INVALID')
    for (const text of ['null', '[]', '"x"', '1']) assert.equal(refused(text), 'DOCUMENT_INVALID')
    assert.equal(refused(Buffer.alloc(DOCUMENT_LIMIT + 1, 0x20)), 'DOCUMENT_TOO_LARGE')
    assert.equal(refused(`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`), 'JSON_TOO_DEEP')
    assert.equal(refused(`{"a":1,"a":${'['.repeat(300)}${']'.repeat(300)}}`), 'JSON_TOO_DEEP')
  })

  test('four megabytes of brackets, quotes, backslashes or names take no time to speak of', () => {
    const start = processorMilliseconds()
    const names = Array.from({ length: 300_000 }, (_, index) => `"${index}":0`).join(',')
    for (const text of [
      '['.repeat(DOCUMENT_LIMIT),
      `"${'\\\\'.repeat(DOCUMENT_LIMIT / 2 - 2)}"`,
      `"${'\\"'.repeat(DOCUMENT_LIMIT / 2 - 2)}"`,
      `{${names}}`,
    ]) {
      try {
        parseJson(Buffer.from(text), 'it')
      } catch (thrown) {
        assert.ok(thrown instanceof ImageError)
      }
    }
    assert.ok(processorMilliseconds() - start < 5000)
  })
})
