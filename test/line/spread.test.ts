import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineWidth, plainText, type Span, span, spread } from '../../src/line/line.ts'
import { fc } from '../kit/seeded-check.ts'

describe('two ends of a row', () => {
  const left = [span(' '), span('rows ship, columns hide'), span(' · 4 of 8 layers', 'dim'), span('  ')]
  const drawn = (width: number) => plainText(spread(left, [span('2/4')], width))

  test('the left gives way from the middle of its widest part', () => {
    assert.equal(drawn(48), ' rows ship, columns hide · 4 of 8 layers     2/4')
    assert.equal(drawn(40), ' rows shi…ns hide · 4 of 8 layers    2/4')
  })

  test('its last part is left out, with what joins it, where next to nothing of the widest would stay', () => {
    assert.equal(drawn(29), ' rows ship, columns hide  2/4')
    assert.equal(drawn(20), ' rows sh…s hide  2/4')
    assert.equal(drawn(10), '       2/4')
  })

  test('the row is never wider than it may be, and the right is whole where it fits', () => {
    const text = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', '漢', ' ', '·') })
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), text, fc.integer({ min: 0, max: 60 }), (parts, right, width) => {
        const row = spread(
          parts.map((each): Span => span(each)),
          [span(right)],
          width,
        )
        assert.ok(lineWidth(row) <= width || width === 0)
        if (lineWidth([span(right)]) <= width) assert.ok(plainText(row).endsWith(right))
      }),
    )
  })
})
