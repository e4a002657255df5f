import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { fakeWorld, manyCandidates } from '../kit/state/fake-world.ts'
import { type FakeTerminal, showProgram } from '../kit/terminal/fake-terminal.ts'

/** A press of the left button and its release. */
function press(terminal: FakeTerminal, column: number, row: number): void {
  for (const end of ['M', 'm']) terminal.type(`\u001b[<0;${column + 1};${row + 1}${end}`)
}

const rowOf = (screen: string, text: RegExp) => screen.split('\n').findIndex(row => text.test(row))

test('two presses on one cell open what is there, unless the first of them closed a dialog that lay over it', async () => {
  const asked: string[] = []
  const world = fakeWorld(manyCandidates(40), {
    open: reference => {
      asked.push(reference)
      return Promise.reject(new ImageError('NOT_FOUND', 'Cannot open it: nothing is there'))
    },
  })
  const { terminal, close } = showProgram(world)
  try {
    await terminal.shows('image-12')
    terminal.type('T')
    const themes = await terminal.shows('gruvbox')
    const row = rowOf(themes, /gruvbox/)
    press(terminal, 6, row)
    press(terminal, 6, row)
    // The second press has picked the row under the dialog.
    await terminal.until(screen => rowOf(screen, / >.*image-/) === row, `pick row ${row}`)
    assert.deepEqual(asked, [])
    await terminal.quiet(450)
    press(terminal, 6, row)
    press(terminal, 6, row)
    await terminal.shows('Cannot open it')
    assert.equal(asked.length, 1)
  } finally {
    await close()
  }
})
