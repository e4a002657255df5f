import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTerminalProgress } from '../../src/tui/terminal/progress.ts'

function sentWith(
  env: Record<string, string>,
  steps: readonly (readonly [at: number, percent: number | undefined])[],
): readonly string[] {
  const sent: string[] = []
  let clock = 0
  const show = createTerminalProgress(
    sequence => sent.push(sequence),
    env,
    () => clock,
  )
  for (const [at, percent] of steps) {
    clock = at
    show(percent)
  }
  return sent
}

const STEPS = [
  [0, undefined],
  [0, 10],
  [100, 20],
  [600, 30],
  [700, 30],
  [800, undefined],
] as const

describe('progress on the terminal’s tab', () => {
  test('is sent at most twice a second, and taken away at once', () => {
    assert.deepEqual(sentWith({ TERM: 'xterm-256color' }, STEPS), [
      '\u001b]9;4;1;10\u0007',
      '\u001b]9;4;1;30\u0007',
      '\u001b]9;4;0\u0007',
    ])
  })

  test('is not sent where it would be swallowed or printed', () => {
    for (const env of [{ TERM: 'linux' }, { TERM: 'screen-256color' }, { TERM: 'xterm-256color', TMUX: '/tmp/tmux' }]) {
      assert.deepEqual(sentWith(env, STEPS), [])
    }
  })
})
