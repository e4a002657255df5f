import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { play as unanswered } from '../kit/state/opened-state.ts'
import { readImageState } from '../kit/state/read-image-state.ts'
import { drawnText } from '../kit/terminal/drawn-screen.ts'

test('as long as another selection is compared, the title says so and has the figures of the rows that are shown', async () => {
  const { state, play } = await readImageState([
    layerFixture({ base: 'x' }),
    layerFixture({ 'a/one': 'y'.repeat(500) }),
    layerFixture({ 'b/two': 'z'.repeat(40) }),
  ])
  const layers = play(state, '1', 'g', '=', 'G', '=', { type: 'command', command: 'compare.layers' })
  const before = play(layers, { type: 'command', command: 'compare.files' })
  assert.match(drawnText(before), / \+540 B \+\d/)
  const [waiting] = unanswered(layers, 'G', 'enter')
  assert.match(drawnText(waiting), /comparing… · \+540 B \+\d/)
  assert.match(drawnText(waiting), / a\//)
  assert.doesNotMatch(drawnText(waiting), /layer 3 of B/)
  const pair = drawnText(play(layers, 'G', 'enter'))
  assert.match(pair, /layer 3 of B · \+40 B/)
  assert.doesNotMatch(pair, /comparing| a\//)
  const [ignoring] = unanswered(before, 'F')
  assert.match(drawnText(ignoring), /comparing… · \+540 B/)
  assert.match(drawnText(play(before, 'F')), /semantic · \+540 B/)
})
