import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { render } from 'ink-testing-library'
import { line, span } from '../../src/line/line.ts'
import { DEFAULT_SETTINGS } from '../../src/state/model/settings.ts'
import { ChooseDialog } from '../../src/tui/dialog.tsx'
import { Pane } from '../../src/tui/pane.tsx'
import { colourDepth, themeFor } from '../../src/tui/theme.ts'

const plain = themeFor({ ...DEFAULT_SETTINGS, theme: 'terminal' }, 'none')
const turn = () => new Promise(resolve => setImmediate(resolve))

describe('Pane', () => {
  test('one row a line, blank rows kept, nothing wrapped', () => {
    const lines = [
      { spans: line(' 1 LAYERS'), selected: false },
      { spans: [], selected: false },
      { spans: line('x'.repeat(50)), selected: false },
    ]
    const { lastFrame } = render(<Pane lines={lines} width={20} theme={plain} />)
    const rows = (lastFrame() ?? '').split('\n')
    assert.equal(rows.length, 3)
    assert.equal(rows[0]?.trimEnd(), ' 1 LAYERS')
    assert.equal(rows[1]?.trim(), '')
  })

  test('the row under the cursor is reversed over its whole width, and says so without colour', () => {
    const lines = [{ spans: line(span(' >', 'accent'), 'etc'), selected: true }]
    const { lastFrame } = render(<Pane lines={lines} width={12} theme={plain} />)
    assert.ok((lastFrame() ?? '').includes(`\u001b[7m >etc${' '.repeat(7)}`))
  })
})

describe('ChooseDialog', () => {
  const dialog = {
    type: 'choose',
    title: 'Theme',
    items: ['one', 'two', 'three'].map(label => ({ label, command: 'set-theme' as const, argument: label })),
  } as const

  test('says when it can take keys, moves by them, and hands on what is chosen', async () => {
    const [chosen, ready]: [string[], boolean[]] = [[], []]
    const { stdin, lastFrame, unmount } = render(
      <ChooseDialog
        dialog={dialog}
        columns={40}
        rows={4}
        ascii={false}
        theme={plain}
        onChoose={({ argument }) => chosen.push(argument ?? '')}
        onReady={open => ready.push(open !== undefined)}
      />,
    )
    await turn()
    assert.deepEqual(ready, [true])
    assert.match(lastFrame() ?? '', /THEME[\s\S]* > .*1 {2}one/)
    stdin.write('j')
    await turn()
    assert.match(lastFrame() ?? '', / > .*2 {2}two/)
    stdin.write('\r')
    await turn()
    assert.deepEqual(chosen, ['two'])
    unmount()
    await turn()
    assert.deepEqual(ready, [true, false])
  })

  test('knows which item it shows first, so that a click finds the one it is on', async () => {
    let first = () => -1
    const { stdin, lastFrame, unmount } = render(
      <ChooseDialog
        dialog={dialog}
        columns={40}
        rows={3}
        ascii={false}
        theme={plain}
        onChoose={() => {}}
        onReady={(open, firstItem) => {
          if (open !== undefined) first = firstItem
        }}
      />,
    )
    await turn()
    assert.equal(first(), 0)
    for (const expected of [0, 1, 2, 0]) {
      const shown = /(\d) {2}(?:one|two|three)/.exec(lastFrame() ?? '')?.[1]
      assert.equal(first(), expected)
      assert.equal(shown, String(expected + 1))
      stdin.write('j')
      await turn()
      if (expected === 0) {
        stdin.write('j')
        await turn()
      }
    }
    unmount()
  })
})

describe('themes', () => {
  test('NO_COLOR wins, then what the terminal says it can', () => {
    assert.equal(colourDepth({ NO_COLOR: '1', COLORTERM: 'truecolor', TERM: 'xterm' }), 'none')
    assert.equal(colourDepth({ NO_COLOR: '', TERM: 'xterm' }), '16')
    assert.equal(colourDepth({ TERM: 'tmux-256color' }), '256')
    assert.equal(colourDepth({ TERM: 'xterm', COLORTERM: 'truecolor' }), 'full')
  })

  test('a named theme falls back to what can be shown; an unknown one to the terminal’s', () => {
    assert.match(themeFor({ ...DEFAULT_SETTINGS, theme: 'night' }, '256').roles.added ?? '', /^38;5;\d+$/)
    assert.equal(themeFor({ ...DEFAULT_SETTINGS, theme: 'night' }, '16').name, 'terminal')
    assert.equal(themeFor({ ...DEFAULT_SETTINGS, theme: 'no such theme' }, 'full').name, 'terminal')
  })
})
