import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { span } from '../../src/line/line.ts'
import { layerTint } from '../../src/line/tint.ts'
import { DEFAULT_SETTINGS } from '../../src/state/model/settings.ts'
import { paint } from '../../src/tui/paint.ts'
import { cutTokens } from '../../src/tui/terminal/tokens.ts'
import { themeFor } from '../../src/tui/theme.ts'
import { fakeWorld, manyCandidates } from '../kit/state/fake-world.ts'
import { showProgram } from '../kit/terminal/fake-terminal.ts'

/** The sixteen colours of xterm, SGR 30 to 37 and 90 to 97. */
const XTERM = ['000000', 'cd0000', '00cd00', 'cdcd00', '0000ee', 'cd00cd', '00cdcd', 'e5e5e5']
const BRIGHT = ['7f7f7f', 'ff0000', '00ff00', 'ffff00', '5c5cff', 'ff00ff', '00ffff', 'ffffff']

/** The colour of the letters that SGR parameters set; undefined where they leave it. */
function letters(codes: string): string | undefined {
  const [, ...full] = /38;2;(\d+);(\d+);(\d+)/.exec(codes) ?? []
  if (full.length > 0) return full.map(level => Number(level).toString(16).padStart(2, '0')).join('')
  const code = codes
    .split(';')
    .map(Number)
    .find(each => (each >= 30 && each < 38) || each >= 90)
  return code === undefined ? undefined : code >= 90 ? BRIGHT[code - 90] : XTERM[code - 30]
}

/** The codes of a ground as those of letters. */
function asLetters(back: string): string {
  return back.startsWith('48') ? back.replace('48', '38') : String(Number(back) - 10)
}

/** The contrast of two colours (WCAG 2, 1.4.3). */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map(at => {
    const level = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return level <= 0.03928 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe('colours', () => {
  test('half a cell of a rectangle has the colour of its whole cells, in every theme and depth', () => {
    for (const theme of ['terminal', 'night', 'paper'] as const)
      for (const depth of ['full', '256', '16'] as const) {
        const colours = themeFor({ ...DEFAULT_SETTINGS, theme, links: false }, depth)
        const [half = '', whole = ''] = [
          [{ ...span('▀'), fore: 'violet' as const }],
          [{ ...span(' '), back: 'violet' as const }],
        ].map(each => paint(each, colours, 1))
        const [, letters] = /38;([\d;]+)m/.exec(half) ?? []
        const [, ground] = /48;([\d;]+)m/.exec(whole) ?? []
        assert.equal(letters, ground, `${theme} ${depth}`)
      }
  })

  test('a bar of the row under the cursor has the colour that it has in the others', () => {
    for (const theme of ['terminal', 'high-contrast'] as const)
      for (const light of [false, true]) {
        const colours = themeFor({ ...DEFAULT_SETTINGS, theme, links: false }, '16', light)
        const row = [
          span('12 MB ', 'number'),
          span('███▎', 'waste'),
          { ...span('░░▒'), fore: 'blue' as const },
          span(' name', 'dim'),
        ]
        const drawn = paint(row, colours, 20, true).replaceAll('\u001b[', '^')
        // Reversed, the ground's colour is that of the cells.
        assert.match(drawn, /\^7m(?:\^1m)?\^(?:41|101)m███▎/)
        assert.match(drawn, /\^7m\^(?:44|104)m░░▒/)
        assert.match(drawn, /\^7m12 MB /)
        assert.match(drawn, /\^7m name/)
        const shared = paint([span(' █▏   15 %', 'accent')], colours, 12, true).replaceAll('\u001b[', '^')
        assert.match(shared, /\^7m\^\d+m █▏ +\^0m\^7m15 %/)
      }
    const none = themeFor({ ...DEFAULT_SETTINGS, theme: 'terminal', links: false }, 'none')
    assert.equal(paint([span('██', 'waste')], none, 4, true), '\u001b[7m██  \u001b[0m')
  })

  test('without colours filled cells are shaded, half cells of the ground are blank, and each takes its cell', () => {
    const none = (ascii: boolean) => ({ ...themeFor({ ...DEFAULT_SETTINGS, theme: 'terminal', ascii, links: false }, 'none') })
    const drawn = (text: string, ground: boolean, ascii: boolean) =>
      paint([{ ...span(text), fore: 'violet' as const, ...(ground && { back: 'violet' as const }) }], none(ascii), 4)
    assert.equal(drawn('▀▄ ·', true, false), '░░░·')
    assert.equal(drawn('▀▄ ·', false, false), '   ·')
    assert.equal(drawn('a ▄', true, false), 'a ▄')
    assert.match(drawn('  ', true, true), /^\.\.$/)
  })

  test('blanks carry no colour of letters: nothing of it can be seen', () => {
    const colours = themeFor({ ...DEFAULT_SETTINGS, theme: 'night', links: false }, 'full')
    assert.equal(paint([span('  ', 'dim'), span('  ', 'accent'), span(' ', 'strong')], colours, 5), ' '.repeat(5))
    assert.equal(paint([span(' ', 'cursor')], colours, 1), '\u001b[7m \u001b[0m')
    assert.ok(paint([span(' ', 'match')], colours, 1).includes('\u001b[4m'))
    assert.ok(paint([{ ...span(' '), back: 'violet' }], colours, 1).includes('\u001b[48;2;'))
    assert.ok(paint([span(' ', 'dim')], colours, 2, true).includes('\u001b[48;2;'))
  })

  for (const [theme, light, ground] of [
    ['terminal', true, 'ffffff'],
    ['terminal', false, '000000'],
    ['paper', true, 'ffffff'],
    ['night', false, '000000'],
    ['gruvbox', false, '000000'],
    ['high-contrast', false, '000000'],
  ] as const) {
    test(`${theme} can be read on ${light ? 'white' : 'black'}, in every role`, () => {
      const { roles } = themeFor({ ...DEFAULT_SETTINGS, theme }, 'full', light)
      for (const [role, codes] of Object.entries(roles)) {
        const colour = letters(codes)
        if (colour === undefined) continue
        assert.ok(contrast(colour, ground) >= 3.4, `${role}: ${contrast(colour, ground).toFixed(1)}`)
      }
    })
  }

  for (const theme of ['terminal', 'paper', 'night', 'gruvbox', 'high-contrast'] as const)
    for (const depth of ['full', '16'] as const)
      for (const light of [false, true]) {
        const { roles, tints } = themeFor({ ...DEFAULT_SETTINGS, theme }, depth, light)
        const layers = Array.from({ length: 6 }, (_, position) => tints?.[layerTint(position)].fore)
        test(`${theme} with ${depth} colours on a ${light ? 'light' : 'dark'} ground: layers, litter and waste are told apart`, () => {
          const colour = (codes = '') => codes.replace(/^1;/, '')
          const all = [...layers, colour(roles.litter), colour(roles.waste)]
          assert.equal(new Set(all).size, all.length, all.join(' '))
        })

        test(`${theme} with ${depth} colours on a ${light ? 'light' : 'dark'} ground: numbers can be read on the tints of layers`, () => {
          for (const { ink, back } of Object.values(tints ?? {})) {
            const [on, below] = [letters(ink), letters(asLetters(back))]
            assert.ok(on !== undefined && below !== undefined)
            assert.ok(contrast(on, below) >= 3, `${ink} on ${back}: ${contrast(on, below).toFixed(1)}`)
          }
        })
      }

  test('figures have the colour of the text in the default theme: yellow cannot be read on white', () => {
    for (const light of [true, false]) assert.equal(themeFor(DEFAULT_SETTINGS, '16', light).roles.number, undefined)
  })
})

describe('the ground of the terminal', () => {
  const answer = (colour: string, end = '\u001b\\') => cutTokens(`\u001b]11;${colour}${end}j`).tokens

  test('is told by its answer, with one to four digits a colour; other answers are left out', () => {
    assert.deepEqual(answer('rgb:ffff/ffff/ffff')[0], { type: 'ground', light: true })
    assert.deepEqual(answer('rgb:f/f/e', '\u0007')[0], { type: 'ground', light: true })
    assert.deepEqual(answer('rgb:1e1e/1e1e/2e2e')[0], { type: 'ground', light: false })
    assert.deepEqual(answer('rgb:00/00/ff')[0], { type: 'ground', light: false })
    assert.equal(answer('rgb:/ff/').length, 1)
    assert.equal(answer('?').length, 1)
  })

  test('is asked for once, and a light one has other colours', async () => {
    const { terminal, close } = showProgram(fakeWorld(manyCandidates(5)))
    await terminal.shows('image-4')
    const asked = terminal.stdout.take()
    assert.equal(asked.split('\u001b]11;?').length, 2)
    assert.ok(asked.includes('\u001b[36m') && !asked.includes('\u001b[34m'))
    terminal.type('\u001b]11;rgb:ffff/ffff/ffff\u0007')
    await terminal.quiet()
    const told = terminal.stdout.take()
    assert.ok(told.includes('\u001b[34m') && !told.includes('\u001b[36m'))
    await close()
  })

  test('is told by COLORFGBG too, where the terminal answers nothing', async () => {
    for (const [told, light] of [
      ['0;15', true],
      ['0;default;7', true],
      ['15;0', false],
      ['12;8', false],
    ] as const) {
      const { terminal, close } = showProgram(fakeWorld(manyCandidates(5)), { env: { COLORFGBG: told } })
      await terminal.shows('image-4')
      assert.equal(terminal.stdout.take().includes('\u001b[34m'), light, told)
      await close()
    }
  })

  test('is not asked of a terminal that would print the question', async () => {
    const { terminal, close } = showProgram(fakeWorld(manyCandidates(5)), { env: { TERM: 'linux' } })
    await terminal.shows('image-4')
    assert.ok(!terminal.stdout.take().includes('\u001b]11'))
    await close()
  })
})
