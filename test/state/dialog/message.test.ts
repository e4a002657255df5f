import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineWidth, plainText } from '../../../src/line/line.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import type { State } from '../../../src/state/model/state.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { layout } from '../../../src/state/shell/pane.ts'

const WHY = 'Cannot open an image here: it holds only application/vnd.oci.artifact.manifest.v1+json, which is no image'

function saying(text: string, columns: number, hint?: string): State {
  const message = { severity: 'error', text, ...(hint !== undefined && { hint }) } as const
  return { ...firstState({ columns, rows: 24 }), message }
}

describe('a message', () => {
  test('that fits is the last row, its hint after it', () => {
    const lines = footerLines(saying('Cannot do it', 80, 'Try something else.'))
    assert.deepEqual(lines.map(plainText), [' Cannot do it  Try something else.'])
  })

  test('that does not fit takes more rows, nothing of it is cut, and the panes make room', () => {
    for (const columns of [40, 80]) {
      const state = saying(WHY, columns, 'Name what is in it with --image.')
      const lines = footerLines(state)
      assert.equal(lines.map(plainText).join('').replace(/\s/g, ''), `${WHY}Name what is in it with --image.`.replace(/\s/g, ''))
      for (const each of lines) assert.ok(lineWidth(each) <= columns)
      const [pane] = layout(state).panes
      assert.equal(pane?.height, 24 - 1 - lines.length)
    }
  })

  test('of any length leaves half of the screen', () => {
    assert.ok(footerLines(saying('x'.repeat(5000), 40)).length <= 6)
  })
})
