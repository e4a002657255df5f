import assert from 'node:assert/strict'
import { after, before, describe, mock, test } from 'node:test'
import { lineWidth, plainText } from '../../src/line/line.ts'
import type { State } from '../../src/state/model/state.ts'
import { paint } from '../../src/tui/paint.ts'
import { themeFor } from '../../src/tui/theme.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { readImageState } from '../kit/state/read-image-state.ts'
import { VIEWS } from '../kit/state/view-keys.ts'
import { drawnRows, drawnText, paintedText } from '../kit/terminal/drawn-screen.ts'
import { assertFrame } from '../kit/terminal/golden-frame.ts'

const step = (created_by: string) => ({ history: { created: '2024-01-02T03:04:05Z', created_by } })

describe('every view in every size', () => {
  const seen = new Map<string, State>()
  let play: Awaited<ReturnType<typeof readImageState>>['play']
  before(async () => {
    mock.timers.enable({ apis: ['Date'], now: new Date('2024-03-01T00:00:00Z') })
    const image = await readImageState([
      layerFixture(
        {
          'bin/sh': { content: 'x'.repeat(9000), mode: 0o755 },
          'etc/app.conf': 'port = 80\n',
          'usr/lib/libc.so.6': { content: 'y'.repeat(20_000) },
          'usr/lib/libm.so': { flag: '2', link: 'libc.so.6' },
          'usr/share/漢字 and 😀/\u001b[31mred': 'hostile\n',
        },
        step('ADD rootfs.tar /'),
      ),
      layerFixture(
        { 'app/cache/big.bin': { content: 'z'.repeat(50_000) }, 'app/run.py': 'print(1)\n', 'etc/app.conf': 'port = 8080\n' },
        step('COPY . /app'),
      ),
      layerFixture({ 'app/.wh.cache': '', 'etc/.wh.app.conf': '' }, step('RUN rm -rf /app/cache /etc/app.conf && echo done')),
    ])
    play = image.play
    let state: State = image.state
    for (const [name, ...keys] of VIEWS) {
      state = play(state, ...keys, { type: 'rested' })
      seen.set(name, { ...state, message: undefined })
    }
  })
  after(() => mock.timers.reset())

  const sized = (name: string, columns: number, rows: number): State => {
    const state = seen.get(name)
    assert.ok(state !== undefined)
    return { ...play(state, { type: 'resize', columns, rows }, { type: 'rested' }), message: undefined }
  }

  for (const [columns, rows] of [
    [40, 10],
    [80, 24],
    [120, 40],
    [200, 60],
    [300, 80],
  ] as const) {
    test(`${columns}x${rows}`, () => {
      for (const [name] of VIEWS) assertFrame(`sizes/${columns}x${rows}/${name}`, drawnText(sized(name, columns, rows)))
    })
  }

  for (const [kind, depth, light, ascii] of [
    ['dark', '16', false, false],
    ['light', '16', true, false],
    ['no-colour', 'none', false, false],
    ['ascii', '16', false, true],
  ] as const) {
    test(`in the colours of a terminal: ${kind}`, () => {
      for (const [name] of VIEWS) {
        const state = sized(name, 80, 24)
        const settings = { ...state.settings, ascii, links: false }
        assertFrame(`colours/${kind}/${name}`, paintedText({ ...state, settings }, themeFor(settings, depth, light)))
      }
    })
  }

  test('letters are never in a tint, which cannot be read on every ground: shades and bars are', () => {
    for (const [name] of VIEWS)
      for (const [columns, rows] of [
        [40, 10],
        [120, 40],
      ] as const)
        for (const { text, fore } of drawnRows(sized(name, columns, rows)).flat())
          if (fore !== undefined) assert.match(text, /^[▀-▟ ]*$/, `${name} at ${columns}x${rows}`)
  })

  test('has as many rows as the screen and none wider; nothing of the image reaches the terminal as a sequence', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VIEWS),
        fc.integer({ min: 40, max: 320 }),
        fc.integer({ min: 8, max: 90 }),
        ([name], columns, rows) => {
          const drawn = drawnRows(sized(name, columns, rows))
          assert.equal(drawn.length, rows, `${name} at ${columns}x${rows}`)
          for (const each of drawn) {
            assert.ok(lineWidth(each) <= columns, `${name} at ${columns}x${rows}: ${plainText(each)}`)
            // biome-ignore lint/suspicious/noControlCharactersInRegex: those that must not be there
            assert.doesNotMatch(plainText(each), /[\u0000-\u001f\u007f-\u009f]/)
          }
        },
      ),
    )
  })

  test('says the same without colours, and in ASCII in as many cells', () => {
    for (const [name] of VIEWS) {
      const state = sized(name, 80, 24)
      const painted = (depth: 'none' | '16', ascii: boolean) =>
        drawnRows({ ...state, settings: { ...state.settings, ascii } })
          .map(each => paint(each, themeFor({ ...state.settings, ascii, links: false }, depth), 80))
          .join('\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out
      const text = (from: string) => from.replace(/\u001b\[[\d;]*m/g, '')
      const rows = (from: string) => from.split('\n').map(row => [...row].length)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: bold, dim, underline and reverse are no colours
      assert.doesNotMatch(painted('none', false), /\u001b\[(?:3|4[0-9]|9|10)\d?m/)
      if (name !== 'treemap') assert.equal(text(painted('none', false)), text(painted('16', false)), name)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
      assert.match(text(painted('16', true)), /^[\u0000-\u007f]*$/, name)
      assert.equal(rows(text(painted('16', true))).length, 24)
    }
  })
})
