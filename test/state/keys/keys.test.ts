import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { activeBindings, bindingFor, keyLabel, withOwnKeys } from '../../../src/state/keys/key-map.ts'
import { KEYS } from '../../../src/state/keys/keys.ts'

describe('the key table', () => {
  test('no key means two things in one context', () => {
    for (const [context, bindings] of Map.groupBy(KEYS, each => each.context)) {
      const keys = bindings.flatMap(each => each.keys)
      assert.deepEqual(keys, [...new Set(keys)], context)
    }
  })

  test('no command hangs on ctrl-a or ctrl-b alone: screen and tmux take them', () => {
    const alone = KEYS.filter(({ keys }) => keys.length > 0 && keys.every(key => key === 'ctrl-a' || key === 'ctrl-b'))
    assert.deepEqual(alone, [])
  })

  test('the nearest context wins, and what it takes is not offered by a farther one', () => {
    assert.equal(bindingFor(KEYS, ['files', 'list', 'image', 'global'], 'o')?.command, 'files.sort')
    const offered = activeBindings(KEYS, ['start', 'list', 'global']).map(({ command }) => command)
    assert.ok(offered.includes('start.open'))
    assert.ok(!offered.includes('files.sort'))
  })

  test('every key has a label as it stands on a keyboard', () => {
    const named =
      'enter=Enter escape=Esc up=Up down=Down left=Left right=Right space=Space tab=Tab shift-tab=Shift-Tab pageup=PgUp ' +
      'pagedown=PgDn home=Home end=End backspace=Backspace delete=Del ctrl-c=Ctrl-c f1=F1 f12=F12 shift-up=Shift-Up j=j ?=?'
    for (const each of named.split(' ')) {
      const [key = '', label] = each.split('=')
      assert.equal(keyLabel(key, true), label)
    }
    const signs = ['enter', 'up', 'down', 'left', 'right', 'shift-down'].map(key => keyLabel(key, false))
    assert.deepEqual(signs, ['⏎', '↑', '↓', '←', '→', 'Shift-↓'])
  })

  test('own keys replace the table’s and are taken from the others; unknown names are reported', () => {
    const { keys, unknown } = withOwnKeys(KEYS, { zoom: ['y'], nonsense: ['x'] })
    assert.equal(bindingFor(keys, ['image'], 'y')?.command, 'zoom')
    assert.equal(bindingFor(keys, ['image'], 'z'), undefined)
    assert.deepEqual(unknown, ['nonsense'])
  })
})
