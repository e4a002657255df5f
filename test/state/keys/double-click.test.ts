import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layout } from '../../../src/state/shell/pane.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

test('a click moves no list: both presses of a double click are on one row, the last one on the screen too', async () => {
  const layers = Array.from({ length: 40 }, (_, index) => layerFixture({ [`a${index}`]: 'x' }))
  const [state] = play(await openedState(imageFixture(layers)), '1')
  const area = layout(state).panes.find(({ pane }) => pane === 'layers') ?? assert.fail()
  for (const top of [0, 7])
    for (let row = area.row + 2; row < area.row + area.height - 4; row++) {
      const there = { ...state, cursors: { ...state.cursors, layers: { index: top + 3, top } } }
      const [clicked] = play(there, { type: 'mouse', event: { kind: 'press', column: 5, row } })
      assert.deepEqual(clicked.cursors.layers, { index: top + row - area.row - 2, top }, `row ${row}`)
    }
})
