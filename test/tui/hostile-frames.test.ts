import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { lineWidth, plainText } from '../../src/line/line.ts'
import type { State } from '../../src/state/model/state.ts'
import { paint } from '../../src/tui/paint.ts'
import { themeFor } from '../../src/tui/theme.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { readImageState } from '../kit/state/read-image-state.ts'
import { VIEWS } from '../kit/state/view-keys.ts'
import { drawnRows } from '../kit/terminal/drawn-screen.ts'

/** A character of every kind that must reach no terminal: controls of both sets, marks of direction, private use, no characters, tags, joiners. */
const EVIL =
  '\u001b]0;t\u0007\u001b[31m\r\n\t\u007f\u0085\u009b31m\u00ad\u200b\u200d\u202e\u2028\u2066\ufeff\ue000\uffff\u{1fffe}\u{e0001}\u{f0000}\u0301漢😀'
const RAW = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u

describe('no view in no size lets a character of an image through that a terminal could act on (C9)', () => {
  const seen = new Map<string, State>()
  let play: Awaited<ReturnType<typeof readImageState>>['play']
  before(async () => {
    const step = (text: string) => ({
      history: { created: '2024-01-02T03:04:05Z', created_by: `RUN ${text}`, comment: text, author: text },
    })
    const named = (prefix: string) => `${prefix}${EVIL}`
    const image = await readImageState([
      layerFixture(
        {
          'bin/sh': 'x',
          'etc/app.conf': `${EVIL}\n`,
          [named('usr/a')]: 'y'.repeat(9000),
          [named('usr/l')]: { flag: '2', link: EVIL },
        },
        step(EVIL),
      ),
      layerFixture({ [named('usr/a')]: 'z'.repeat(8000), [named('app/c')]: 'c', 'etc/app.conf': EVIL }, step(EVIL)),
      layerFixture({ [`app/.wh.c${EVIL}`]: '', 'etc/.wh.app.conf': '' }, step(EVIL)),
    ])
    play = image.play
    let state: State = image.state
    for (const [name, ...keys] of VIEWS) {
      state = play(state, ...keys, { type: 'rested' })
      seen.set(name, state)
    }
  })

  test('in colours, and in ASCII as many rows of nothing but ASCII', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VIEWS),
        fc.integer({ min: 10, max: 320 }),
        fc.integer({ min: 4, max: 90 }),
        ([name], columns, rows) => {
          const state = seen.get(name)
          assert.ok(state !== undefined)
          const sized = play(state, { type: 'resize', columns, rows }, { type: 'rested' })
          for (const each of drawnRows(sized)) {
            const found = RAW.exec(plainText(each))
            assert.equal(found, null, `${name} at ${columns}x${rows}: U+${found?.[0].codePointAt(0)?.toString(16)}`)
            if (columns >= 40) assert.ok(lineWidth(each) <= columns, `${name} at ${columns}x${rows}`)
          }
          const settings = { ...sized.settings, ascii: true }
          const painted = drawnRows({ ...sized, settings }).map(each =>
            paint(each, themeFor({ ...settings, links: false }, 'none'), columns),
          )
          // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
          assert.match(painted.join('\n'), /^[\u0000-\u007f]*$/, `${name} at ${columns}x${rows}`)
        },
      ),
      { numRuns: 80 },
    )
  })
})
