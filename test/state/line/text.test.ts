import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cutPath, widthOf } from '../../../src/state/line/text.ts'

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
