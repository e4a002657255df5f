import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY_FIELD, editField, fieldOf, insert, typedInto } from '../../../src/state/model/field.ts'

/** `te|xt`: a field with its cursor. */
const field = (shown: string) => ({ text: shown.replace('|', ''), cursor: [...shown.slice(0, shown.indexOf('|'))].length })
const shown = ({ text, cursor }: { readonly text: string; readonly cursor: number }) => {
  const points = [...text]
  return `${points.slice(0, cursor).join('')}|${points.slice(cursor).join('')}`
}

test('editing keys, in the middle and at both ends', () => {
  const cases: readonly (readonly [key: string, before: string, after: string])[] = [
    ['left', 'a|b', '|ab'],
    ['left', '|ab', '|ab'],
    ['right', 'a|b', 'ab|'],
    ['right', 'ab|', 'ab|'],
    ['home', 'ab|c', '|abc'],
    ['ctrl-a', 'ab|c', '|abc'],
    ['end', 'a|bc', 'abc|'],
    ['ctrl-e', 'a|bc', 'abc|'],
    ['backspace', 'ab|c', 'a|c'],
    ['backspace', '|abc', '|abc'],
    ['delete', 'a|bc', 'a|c'],
    ['delete', 'abc|', 'abc|'],
    ['ctrl-u', 'ab|c', '|c'],
    ['ctrl-k', 'a|bc', 'a|'],
    ['ctrl-w', 'one two|x', 'one |x'],
    ['ctrl-w', 'one two  |x', 'one |x'],
    ['ctrl-w', 'one|', '|'],
    ['ctrl-w', '|one', '|one'],
    ['backspace', 'a😀|b', 'a|b'],
    ['left', 'a😀|b', 'a|😀b'],
  ]
  for (const [key, before, after] of cases)
    assert.equal(shown(editField(field(before), key) ?? assert.fail(key)), after, `${key} in ${before}`)
  for (const key of ['a', 'space', 'enter', 'up', 'ctrl-x']) assert.equal(editField(field('a|b'), key), undefined)
})

test('single characters are typed, names of keys are not; pasted lines become one', () => {
  assert.equal(shown(typedInto(field('a|b'), 'x') ?? assert.fail()), 'ax|b')
  assert.equal(shown(typedInto(field('a|b'), 'space') ?? assert.fail()), 'a |b')
  assert.equal(shown(typedInto(field('a|b'), '😀') ?? assert.fail()), 'a😀|b')
  for (const key of ['up', 'ctrl-x', '']) assert.equal(typedInto(field('a|b'), key), undefined)
  assert.equal(shown(insert(field('a|b'), 'one\n\ttwo')), 'aone two|b')
  assert.deepEqual(
    [EMPTY_FIELD, fieldOf('a😀')],
    [
      { text: '', cursor: 0 },
      { text: 'a😀', cursor: 2 },
    ],
  )
})
