import assert from 'node:assert/strict'
import { test } from 'node:test'
import { widthOf } from '../../src/line/text.ts'
import { asciiText } from '../../src/tui/ascii-text.ts'
import { fc } from '../kit/seeded-check.ts'

test('letters lose their accents, signs have one of their own, and the rest is a question mark', () => {
  for (const [text, shown] of [
    ['München', 'Munchen'],
    ['Mu\u0308nchen', 'Munchen'],
    ['Ångström → ça…', 'Angstrom > ca~'],
    ['漢字', '????'],
    ['Привет', '??????'],
    ['ß', '?'],
  ] as const)
    assert.equal(asciiText(text), shown)
})

test('what is shown is ASCII and as wide as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const printable = [...text].filter(each => widthOf(each) > 0).join('')
      const shown = asciiText(printable)
      assert.match(shown, /^[ -~]*$/)
      assert.equal(
        shown.length,
        [...printable].reduce((sum, each) => sum + widthOf(each), 0),
      )
    }),
  )
})
