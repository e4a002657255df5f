import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTokens } from '../../src/filter/filter-token.ts'

test('words in quotes, expressions, and what is left open', () => {
  const terms = (text: string) =>
    readTokens(text).map(token =>
      token.kind === 'term' ? [token.text, token.quoted, token.negated, token.regex?.source] : token.kind,
    )
  assert.deepEqual(terms('a "b c" !d'), [
    ['a', false, false, undefined],
    ['b c', true, false, undefined],
    ['d', false, true, undefined],
  ])
  assert.deepEqual(terms('"'), [['', false, false, undefined]])
  assert.deepEqual(terms('"a'), [['a', true, false, undefined]])
  assert.deepEqual(terms('/a b/'), [['/a b/', false, false, 'a b']])
})
