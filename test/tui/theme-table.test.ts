import assert from 'node:assert/strict'
import { test } from 'node:test'
import { THEME_NAMES } from '../../src/line/theme-names.ts'
import { DEFAULT_SETTINGS } from '../../src/state/model/settings.ts'
import { colourDepth, themeFor } from '../../src/tui/theme.ts'
import type { TintCodes } from '../../src/tui/tint-codes.ts'
import { assertGolden } from '../kit/golden-text.ts'

test('the codes of every role and tint, in every theme and depth, on both grounds: a change is seen in their golden file', () => {
  const text: string[] = []
  for (const theme of [...THEME_NAMES, 'unknown'])
    for (const depth of ['none', '16', '256', 'full'] as const)
      for (const light of [false, true]) {
        const {
          name,
          roles,
          selected,
          selectedRoles,
          tints = {},
        } = themeFor({ ...DEFAULT_SETTINGS, theme: theme as never }, depth, light)
        const before = themeFor({ ...DEFAULT_SETTINGS, theme: theme as never }, depth, false)
        text.push(
          `==== ${theme} in ${depth}${light ? ' on light' : ''}: ${name}, selected ${selected}${selectedRoles ? ' with roles' : ''}`,
        )
        if (light && JSON.stringify([roles, tints ?? {}]) === JSON.stringify([before.roles, before.tints ?? {}])) continue
        for (const [role, codes] of Object.entries(roles)) text.push(`${role} ${codes}`)
        for (const [tint, { fore, back, ink }] of Object.entries<TintCodes>(tints ?? {}))
          text.push(`${tint} ${fore} ${back} ${ink}`)
      }
  assertGolden('themes.txt', text.join('\n'))
})

test('the depth is what the environment promises; NO_COLOR and a dumb terminal win', () => {
  const cases: readonly (readonly [env: Record<string, string>, depth: string])[] = [
    [{}, '16'],
    [{ TERM: 'xterm' }, '16'],
    [{ TERM: 'xterm-256color' }, '256'],
    [{ TERM: 'screen-256color', COLORTERM: 'truecolor' }, 'full'],
    [{ COLORTERM: '24bit' }, 'full'],
    [{ COLORTERM: 'yes' }, '16'],
    ...['xterm-kitty', 'xterm-direct', 'xterm-ghostty', 'alacritty'].map(TERM => [{ TERM }, 'full'] as const),
    [{ TERM: 'dumb', COLORTERM: 'truecolor' }, 'none'],
    [{ NO_COLOR: '1', COLORTERM: 'truecolor' }, 'none'],
    [{ NO_COLOR: '', TERM: 'xterm-256color' }, '256'],
  ]
  for (const [env, depth] of cases) assert.equal(colourDepth(env), depth, JSON.stringify(env))
})

test('addresses are links where they are wanted and may be more than ASCII', () => {
  const linked = (links: boolean, ascii: boolean) => {
    const theme = themeFor({ ...DEFAULT_SETTINGS, links, ascii }, '16')
    return [theme.links, theme.ascii]
  }
  assert.deepEqual(
    [linked(true, false), linked(false, false), linked(true, true)],
    [
      [true, false],
      [false, false],
      [false, true],
    ],
  )
})
