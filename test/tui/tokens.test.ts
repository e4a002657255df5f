import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cutTokens, flushRest, type InputToken } from '../../src/tui/terminal/tokens.ts'

const ESC = '\u001b'
const names = (tokens: readonly InputToken[]) => tokens.map(token => (token.type === 'key' ? token.key : token.type))

describe('cutTokens', () => {
  const cases: readonly (readonly [text: string, keys: readonly string[]])[] = [
    ['jjj', ['j', 'j', 'j']],
    ['jj\r', ['j', 'j', 'enter']],
    ['\u0004\u0004', ['ctrl-d', 'ctrl-d']],
    ['\t\t ', ['tab', 'tab', 'space']],
    [`${ESC}[A${ESC}[B${ESC}OC`, ['up', 'down', 'right']],
    [`${ESC}[5~${ESC}[6~${ESC}[Z${ESC}[15~${ESC}OP`, ['pageup', 'pagedown', 'shift-tab', 'f5', 'f1']],
    [`${ESC}[1;5A${ESC}[1;2D`, ['ctrl-up', 'shift-left']],
    [`${ESC}j`, ['escape', 'j']],
    [`${ESC}${ESC}[A`, ['escape', 'up']],
    [`é漢😀`, ['é', '漢', '😀']],
    [`${ESC}[0nj`, ['ack', 'j']],
    // Typed Escape and O or [, and the terminal's answer right behind them.
    [`${ESC}O${ESC}[0n`, ['escape', 'O', 'ack']],
    [`${ESC}[${ESC}[0n`, ['escape', '[', 'ack']],
    // Unrequested answers of the terminal are no keys.
    [`${ESC}[?1;2c${ESC}]10;rgb:0/0/0\u0007${ESC}P1$r0m${ESC}\\${ESC}[I`, []],
    [`${ESC}[<0;10;5M${ESC}[<64;1;1M`, ['mouse', 'mouse']],
    [`${ESC}[200~a\rb${ESC}[201~x`, ['paste', 'x']],
  ]
  for (const [text, keys] of cases) {
    test(JSON.stringify(text), () => {
      const { tokens, rest } = cutTokens(text)
      assert.deepEqual(names(tokens), keys)
      assert.equal(rest, '')
    })
  }

  test('whatever the cuts between pieces, the tokens are the same', () => {
    const text = `j${ESC}[1;5A漢${ESC}[<0;10;5M${ESC}[200~pasted${ESC}[201~${ESC}OPk`
    const whole = names(cutTokens(text).tokens)
    for (let at = 1; at < text.length; at++) {
      const first = cutTokens(text.slice(0, at))
      const second = cutTokens(first.rest + text.slice(at))
      assert.deepEqual([...names(first.tokens), ...names(second.tokens)], whole, `cut at ${at}`)
    }
  })

  test('a rest that nothing follows: Escape, and what was typed right after it', () => {
    assert.deepEqual(names(flushRest(ESC)), ['escape'])
    for (const rest of [`${ESC}[1`, `${ESC}OP`, '[', '']) assert.deepEqual(names(flushRest(rest)), [])
    assert.deepEqual(names(flushRest(`${ESC}O`)), ['escape', 'O'])
    assert.deepEqual(names(flushRest(`${ESC}[`)), ['escape', '['])
    assert.deepEqual(names(flushRest(`${ESC}[1;`)), [])
  })
})
