import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import stringWidth from 'string-width'
import { cutPath, prefix, suffix, widthOf } from '../../../src/line/text.ts'

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
