import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import stringWidth from 'string-width'
import { cut, cutMiddle, cutPath, padEnd, padStart, prefix, suffix, widthOf, wrap } from '../../../src/line/text.ts'

describe('measuring', () => {
  test('what is not taken apart is as wide as taken apart: every character, beside others that may join it', () => {
    for (let code = 0x20; code < 0x10000; code++) {
      const character = String.fromCharCode(code)
      for (const text of [character, `…${character}`, `${character}\u0301`, `é${character}\ufe0f▸`]) {
        assert.equal(widthOf(text), stringWidth(text), `U+${code.toString(16)} in ${JSON.stringify(text)}`)
      }
    }
  })

  test('a start and an end of as many cells', () => {
    assert.equal(prefix('▸ façade → 数据', 10), '▸ façade →')
    assert.equal(suffix('▸ façade → 数据', 7), ' → 数据')
    assert.equal(suffix('▸ façade', 6), 'façade')
  })
})

describe('cutting and filling', () => {
  test('what fits exactly is whole; one cell less costs its end, or its middle', () => {
    assert.deepEqual(
      [cut('abcdef', 6), cut('abcdef', 5), cut('数据', 4), cut('数据', 3), cut('a', 0)],
      ['abcdef', 'abcd…', '数据', '数…', ''],
    )
    const middles = [6, 5, 4, 3, 1].map(width => cutMiddle('abcdef', width))
    assert.deepEqual(middles, ['abcdef', 'ab…ef', 'ab…f', 'ab…', '…'])
    assert.deepEqual([cutMiddle('数据', 4), cutPath('/a/b/c/d', 8), cutPath('/a/b/c/d', 7)], ['数据', '/a/b/c/d', '/a/…c/d'])
  })

  test('a text is filled to its cells on either side, and cut where it has more', () => {
    assert.deepEqual([padEnd('数', 4), padStart('数', 4)], ['数  ', '  数'])
    assert.deepEqual([padEnd('abc', 3), padStart('abc', 3), padEnd('abc', 2), padStart('abc', 2)], ['abc', 'abc', 'a…', 'a…'])
  })

  test('wrapped pieces are broken at spaces where those are in their last third, and hold the text', () => {
    assert.deepEqual(wrap('one two three', 20), ['one two three'])
    assert.deepEqual(wrap('one two three', 13), ['one two three'])
    assert.deepEqual(wrap('one two three', 8), ['one two', 'three'])
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three'])
    assert.deepEqual(wrap('a bcdefghij', 6), ['a bcde', 'fghij'])
    assert.deepEqual([wrap('x', 0), wrap('', 5), wrap('数据', 3)], [[], [''], ['数', '据']])
  })
})

describe('cutting paths', () => {
  const long = '/app/node_modules/date-fns/locale/de/cdn.js'

  test('what fits is whole; else the first name and as much of the end as there is room for', () => {
    assert.equal(cutPath(long, 80), long)
    assert.equal(cutPath(long, 24), '/app/…s/locale/de/cdn.js')
    assert.equal(cutPath('usr/share/doc/changelog.gz', 20), 'usr/…oc/changelog.gz')
  })

  test('never wider than asked, whatever is in it', () => {
    for (const path of [long, '/one-very-long-name-without-an-end', '/数/据/文件/名字很长很长.txt', '']) {
      for (let width = 1; width < 50; width++) assert.ok(widthOf(cutPath(path, width)) <= width, `${path} in ${width}`)
    }
  })
})
