import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PrintableText } from '../../src/cli/run/printable-text.ts'
import { fc } from '../kit/seeded-check.ts'

const isText = (...pieces: readonly Uint8Array[]) => {
  const text = new PrintableText()
  return pieces.every(piece => text.takes(piece))
}

describe('text for a terminal', () => {
  test('is UTF-8 without what a terminal acts on', () => {
    for (const text of ['', 'a\tb\r\n', 'ü漢😀 ‮ right to left is no control', '\u00a0'])
      assert.ok(isText(Buffer.from(text)), JSON.stringify(text))
    for (let code = 0; code < 0xa0; code++) {
      const isControl = (code < 0x20 && ![9, 10, 13].includes(code)) || code >= 0x7f
      assert.equal(isText(Buffer.from(`a${String.fromCharCode(code)}b`)), !isControl, `U+${code.toString(16)}`)
    }
    for (const bytes of [[0x9b, 0x33, 0x31, 0x6d], [0xff], [0xc3, 0x28], [0x7f, 0x45, 0x4c, 0x46]])
      assert.ok(!isText(Uint8Array.from(bytes)), String(bytes))
  })

  test('is told alike in pieces of any size', () => {
    const part = fc.constantFrom('a', 'ü', '漢', '😀', '\n', '\u009b', '\u001b', '\u0000')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (parts, size) => {
        const bytes = Buffer.from(parts.join(''))
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        )
        assert.equal(isText(...pieces), isText(bytes))
      }),
      { numRuns: 100 },
    )
  })
})
