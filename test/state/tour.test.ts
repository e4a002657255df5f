import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../src/line/line.ts'
import { type State, withPanes, withSlice } from '../../src/state/model/state.ts'
import { footerLines } from '../../src/state/shell/footer.ts'
import { layout } from '../../src/state/shell/pane.ts'
import { TOUR } from '../../src/state/shell/tour.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { play } from '../kit/state/opened-state.ts'
import { readImageState } from '../kit/state/read-image-state.ts'

const { state } = await readImageState([layerFixture({ a: '1' }), layerFixture({ a: '2' })])
const first: State = {
  ...withSlice(withSlice(state, 'tour', { step: 0 }), 'story', { ...state.slices.story, checked: true }),
  size: { columns: 80, rows: 24 },
}
const hintOf = (now: State) => plainText(footerLines(now)[0] ?? [])

describe('the tour of the demo', () => {
  test('every hint fits a row of 80 cells with the key that ends it, above the footer', () => {
    for (const step of TOUR.keys()) {
      const shown = withSlice(first, 'tour', { step })
      assert.equal(footerLines(shown).length, 2)
      assert.match(hintOf(shown), new RegExp(`^ ${step + 1}/${TOUR.length} .*\\S {2}Q ends the tour$`))
      const rows = (now: State) => layout(now).panes.reduce((most, { row, height }) => Math.max(most, row + height), 0)
      assert.equal(rows(shown), rows(state) - 1)
    }
  })

  test('a hint stays until it is done, and goes on by itself', () => {
    const [file] = play(withPanes(first, { over: ['file'] }), 'j')
    assert.match(hintOf(file), /^ 2\/.*Esc: back/)
    const [story] = play(withPanes(file, { over: [] }), 'j')
    assert.match(hintOf(story), /^ 3\/.*1, then t/)
    const [matrix] = play(story, '1', 't')
    assert.match(hintOf(matrix), /^ 4\/.*s plans a squash/)
    const [plan] = play(matrix, 's')
    assert.match(hintOf(plan), /^ 5\/.*⏎ writes it/)
  })

  test('Q ends it; where it is not, low screens and other images have none', () => {
    assert.equal(footerLines(play(first, 'Q')[0]).length, 1)
    assert.equal(play(state, 'Q')[0].slices.tour, undefined)
    assert.equal(footerLines({ ...first, size: { columns: 80, rows: 12 } }).length, 1)
    assert.equal(footerLines(play(first, '?')[0]).length, 1)
  })
})
