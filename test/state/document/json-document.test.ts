import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { enclosingObject, jsonLine, layOutJson, lineAtCharacter, unfoldedLines } from '../../../src/list/json-document.ts'
import { fc } from '../../kit/seeded-check.ts'

describe('JSON laid out', () => {
  test('keeps every token as it is written', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
        const source = indent === undefined ? json : JSON.stringify(JSON.parse(json), undefined, indent)
        const document = layOutJson(source)
        assert.ok(document !== undefined)
        const pieces = [...document.from].map((from, line) => source.slice(from, document.to[line]))
        assert.deepEqual(JSON.parse(pieces.join('')), JSON.parse(source))
        assert.equal(pieces.join('').replace(/\s/g, ''), source.replace(/\s/g, ''))
      }),
      { numRuns: 500 },
    )
  })

  const SOURCE = '{"a":[1,{"b":"x\\u001b\u001b"}],"c":{},"n":1.50e3,"n":true}'.replace('\u001b', '\\n')

  test('one thing a line, indented, repeated names and odd numbers kept', () => {
    const document = layOutJson(SOURCE)
    assert.ok(document !== undefined)
    const lines = Array.from({ length: document.count }, (_, line) => plainText(jsonLine(document, line, false)).trimEnd())
    assert.deepEqual(lines, [
      ' {',
      '   "a": [',
      '     1,',
      '     {',
      '       "b": "x\\u001b\\n"',
      '     }',
      '   ],',
      '   "c": {},',
      '   "n": 1.50e3,',
      '   "n": true',
      ' }',
    ])
    assert.equal(plainText(jsonLine(document, 1, true)), '   "a": […],')
    assert.deepEqual([...unfoldedLines(document, new Set([1]))], [0, 1, 7, 8, 9, 10])
    assert.equal(lineAtCharacter(document, SOURCE.indexOf('"b"')), 4)
    assert.deepEqual(enclosingObject(document, 4), { b: 'x\u001b\n' })
  })

  test('what is not JSON is not laid out; depth and size do no harm', () => {
    assert.equal(layOutJson('{'), undefined)
    assert.equal(layOutJson('hello'), undefined)
    const deep = layOutJson(`${'['.repeat(3000)}1${']'.repeat(3000)}`)
    assert.equal(deep?.count, 6001)
  })
})
