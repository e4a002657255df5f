import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineWidth, plainText } from '../../../src/line/line.ts'
import { jsonLine, layOutJson } from '../../../src/list/json-document.ts'
import { jsonRowLines, jsonRows, rowOfLine } from '../../../src/list/json-rows.ts'
import { fc } from '../../kit/seeded-check.ts'

const same = <T>(value: T): T => value

describe('rows of a JSON document', () => {
  test('wrapped, no row is wider than the pane and nothing of a line is lost', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme', maxDepth: 3 }), fc.integer({ min: 37, max: 90 }), (source, width) => {
        const document = layOutJson(source)
        assert.ok(document !== undefined)
        const folded = new Set<number>()
        const rows = jsonRows(document, folded, width)
        const lines = jsonRowLines(document, folded, width, [0, rows.count], same)
        assert.equal(lines.length, rows.count)
        for (const spans of lines) assert.ok(lineWidth(spans) <= width)
        for (let line = 0; line < document.count; line++) {
          const first = rowOfLine(rows, line)
          assert.equal(rows.lines[first], line)
          assert.equal(rows.pieces[first], 0)
          const own = lines.filter((_, row) => rows.lines[row] === line).map(plainText)
          const joined = own.map((text, piece) => (piece === 0 ? text : text.trimStart())).join('')
          assert.equal(joined.replace(/\s/g, ''), plainText(jsonLine(document, line, false)).replace(/\s/g, ''))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a folded line shows what it hides in no row; what is folded away has the row of what hides it', () => {
    const document = layOutJson('{"a":{"b":1,"c":2},"d":3}')
    assert.ok(document !== undefined)
    const rows = jsonRows(document, new Set([1]), 60)
    assert.deepEqual([...rows.lines], [0, 1, 5, 6])
    assert.equal(rowOfLine(rows, 3), 1)
  })

  test('a string of megabytes has a bounded number of rows and says what is not shown', () => {
    const document = layOutJson(JSON.stringify({ payload: 'x'.repeat(3_000_000) }))
    assert.ok(document !== undefined)
    const rows = jsonRows(document, new Set(), 80)
    assert.ok(rows.count < 400, `${rows.count} rows`)
    const shown = jsonRowLines(document, new Set(), 80, [rows.count - 3, rows.count - 1], same)
    assert.match(shown.map(plainText).join(''), /… {2}2,98\d,\d{3} more characters/)
  })
})
