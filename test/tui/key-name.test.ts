import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keyName } from '../../src/tui/terminal/key-name.ts'

describe('the name of a key', () => {
  test('is its character, or the word for it', () => {
    const names = {
      j: 'j',
      G: 'G',
      é: 'é',
      ' ': 'space',
      '\r': 'enter',
      '\n': 'enter',
      '\t': 'tab',
      '\b': 'backspace',
      '\u007f': 'backspace',
    }
    for (const [sequence, name] of Object.entries(names)) assert.equal(keyName(sequence), name)
  })

  test('is that of the letter for a control character', () => {
    assert.deepEqual(['\u0001', '\u0004', '\u001a'].map(keyName), ['ctrl-a', 'ctrl-d', 'ctrl-z'])
  })

  test('is read from a sequence, with its modifiers in one order', () => {
    const names = {
      '[A': 'up',
      OB: 'down',
      '[H': 'home',
      '[5~': 'pageup',
      '[3~': 'delete',
      '[1;2A': 'shift-up',
      '[1;3C': 'alt-right',
      '[1;5D': 'ctrl-left',
      '[6;5~': 'ctrl-pagedown',
      '[1;8A': 'ctrl-alt-shift-up',
      '[Z': 'shift-tab',
    }
    for (const [sequence, name] of Object.entries(names)) assert.equal(keyName(`\u001b${sequence}`), name, sequence)
  })

  test('is none for a sequence that is no key, with a modifier or without', () => {
    for (const sequence of ['[99~', '[99;5~', '[W', '[1;5W', '[<0;1;1M', ']0;title'])
      assert.equal(keyName(`\u001b${sequence}`), undefined, sequence)
  })
})
