import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanPath, displayPath, type FilePath, parentPath, pathBytes, pathText, typedPath } from '../../src/layer/file-path.ts'
import { fc } from '../kit/seeded-check.ts'

const clean = (text: string) => cleanPath(Buffer.from(text, 'latin1'))

describe('file paths', () => {
  test('are cleaned lexically and clamped at the root', () => {
    const rows = {
      '': '',
      '.': '',
      './': '',
      '/': '',
      './a': 'a',
      'a/': 'a',
      '/a//b/./c': 'a/b/c',
      '../../a': 'a',
      'a/../../b': 'b',
      'a/b/..': 'a',
      '..a/b..': '..a/b..',
    }
    for (const [raw, path] of Object.entries(rows)) assert.equal(clean(raw), path, raw)
  })

  test('cleaning is what splitting and walking gives, and cleaning twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', '.', '..', '', '\xff')), parts => {
        const walked: string[] = []
        for (const part of parts) {
          if (part === '..') walked.pop()
          else if (part !== '' && part !== '.') walked.push(part)
        }
        const path = clean(parts.join('/'))
        assert.equal(path, walked.join('/'))
        assert.equal(clean(path), path)
      }),
    )
  })

  test('any bytes survive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ min: 0x30 }), raw => {
        assert.deepEqual(pathBytes(cleanPath(raw)), Buffer.from(raw))
      }),
    )
  })

  test('show UTF-8 as text, stray bytes and control characters as escapes', () => {
    assert.equal(displayPath(typedPath('naïve/日本語')), 'naïve/日本語')
    assert.equal(displayPath(clean('latin1-\xe9/ok')), 'latin1-\\xe9/ok')
    assert.equal(displayPath(clean('a\x1b[31m\xff')), 'a\\e[31m\\xff')
    assert.equal(displayPath(clean('\xed\xa0\x80')), '\\xed\\xa0\\x80')
    assert.equal(pathText(clean('\xe9')), undefined)
  })

  test('parent of a path', () => {
    assert.equal(parentPath('a/b/c' as FilePath), 'a/b')
    assert.equal(parentPath('a' as FilePath), '')
  })
})
