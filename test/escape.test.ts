import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { escapeJson, escapeText } from '../src/escape.ts'
import { fc } from './kit/seeded-check.ts'

describe('escapeText', () => {
  test('makes control, bidirectional and zero-width characters visible', () => {
    assert.equal(escapeText('a\u001b]52;c;x\u0007b'), 'a\\e]52;c;x\\x07b')
    assert.equal(escapeText('one\ntwo\tthree\r'), 'one\\ntwo\\tthree\\r')
    assert.equal(escapeText('\u202eexe.txt'), '\\u{202e}exe.txt')
    assert.equal(escapeText('\u{1f468}\u200d\u{1f469}'), '\u{1f468}\\u{200d}\u{1f469}')
    assert.equal(escapeText('\u009b31m\u00ad'), '\\x9b31m\\xad')
    assert.equal(escapeText('\ud800x\u{e0041}'), '\\u{d800}x\\u{e0041}')
    assert.equal(escapeText('sshd\u2800\u{1d159}\u3164'), 'sshd\\u{2800}\\u{1d159}\\u{3164}')
  })

  test('leaves ordinary text of any script alone', () => {
    for (const text of ['naïve-日本語', 'Ωμέγα', 'العربية', 'é', '😀', 'a b', '\\n']) assert.equal(escapeText(text), text)
  })

  test('nothing that drives a terminal survives, and escaping twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const shown = escapeText(text)
        assert.doesNotMatch(shown, /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u)
        assert.equal(escapeText(shown), shown)
      }),
    )
  })
})

describe('escapeJson', () => {
  test('means the same and drives no terminal', () => {
    assert.equal(escapeJson('{\n "a": "\u009b31m\u202e\u{e0041}é😀"\n}'), '{\n "a": "\\u009b31m\\u202e\\udb40\\udc41é😀"\n}')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const json = escapeJson(JSON.stringify(text))
        assert.doesNotMatch(json, /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u)
        assert.equal(JSON.parse(json), text)
      }),
    )
  })
})
