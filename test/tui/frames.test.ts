import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { State } from '../../src/state/model/state.ts'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { shownImage } from '../kit/image/shown-image.ts'
import type { Shown } from '../kit/terminal/fake-terminal.ts'
import { assertFrame, press } from '../kit/terminal/golden-frame.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

/** The pressed keys, in order, and the name of the frame it leads to. */
const SCENES: readonly (readonly [name: string, keys: string, shows: string | RegExp])[] = [
  ['story', '0', 'STORY  '],
  ['findings', '!', 'FINDINGS  '],
  ['explanation', 'd', 'EXPLANATION  '],
  ['files', '\u001b\u001b2', 'FILES  '],
  ['files-open', 'E', 'libc.so.6'],
  ['filter', 'f>10k', 'libc.so.6'],
  ['filter-wrong', ' type:nonsense', 'nonsense'],
  ['file', '\u001b\u001bE/passwd\r\u001b\r', / 2 {2}app:x:1000/],
  ['hex', 'x', '72 6f 6f 74'],
  ['versions', 'v', 'VERSIONS  '],
  ['waste', '\u001b\u001b]', 'WASTE  '],
  ['biggest', ']', 'BIGGEST  '],
  ['manifest', ']', 'MANIFEST  '],
  ['config', ']', 'CONFIG  '],
  ['history', ']', 'HISTORY  '],
  ['ids', ']', 'IDS  '],
  ['index', ']', 'INDEX  '],
  ['layers', '1j', 'LAYERS  '],
  ['help', '?', 'KEYS'],
  ['palette', '\u001b:zoom', 'COMMANDS'],
  ['theme', '\u001bT', 'THEME'],
  ['marks', '\u001b1g jV', '└'],
  ['plan', 's', '%   measured'],
  ['plan-edit', 'e', 'CHANGE THE PLAN'],
]

besideLayout({ latest: shownImage() }, '2024-03-01T00:00:00Z')

describe('golden frames', () => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
  ] as const) {
    test(`${columns}x${rows}`, async () => {
      const shown = await showImage('./weather', { columns, rows })
      try {
        for (const [name, keys, text] of SCENES) await scene(shown, `${name}-${columns}x${rows}`, keys, text)
      } finally {
        await shown.close()
      }
    })
  }
})

describe('--ascii', () => {
  test('every scene is the same in as many cells, and nothing but ASCII reaches the terminal', async () => {
    const ascii = (state: State): State => ({ ...state, settings: { ...state.settings, ascii: true } })
    const shown = await showImage('./weather', { columns: 120, rows: 30, change: ascii }, [/% hidden/, /- \//])
    try {
      for (const [name, keys, text] of SCENES) {
        await press(shown.terminal, keys)
        await shown.terminal.shows(name === 'marks' ? '\\' : text)
        const written = shown.terminal.stdout.take()
        // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are ASCII too
        assert.match(written, /^[\u0000-\u007f]*$/, name)
      }
    } finally {
      await shown.close()
    }
  })
})

async function scene(shown: Shown, name: string, keys: string, text: string | RegExp): Promise<void> {
  const { terminal } = shown
  await press(terminal, keys)
  await terminal.shows(text)
  await terminal.quiet(80)
  const screen = terminal.model.text()
  assert.equal(screen.split('\n').length, terminal.stdout.rows)
  assertFrame(name, screen)
}
