import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TABS, VIEW_IDS, type ViewId } from '../../src/state/keys/view-id.ts'
import type { State } from '../../src/state/model/state.ts'
import { viewRows } from '../../src/state/shell/view-rows.ts'
import { VIEWS } from '../../src/state/shell/views.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { play as playBare } from '../kit/state/opened-state.ts'
import { readImageState } from '../kit/state/read-image-state.ts'

const { state, play } = await readImageState([
  layerFixture({ 'a/b': 'x'.repeat(3000), 'a/c': '1', d: '{"e": [1, 2]}' }),
  layerFixture({ 'a/b': 'y', 'a/.wh.c': '' }),
])
const KEYS = [
  'j',
  'k',
  'space',
  'enter',
  'right',
  'left',
  't',
  'o',
  'R',
  's',
  'v',
  'u',
  ']',
  '[',
  '1',
  '2',
  '3',
  'd',
  'E',
  'C',
  'w',
  'escape',
]

describe('the rows that the shell keeps', () => {
  test('are those that the view would make, whatever keys were pressed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TABS),
        fc.array(fc.constantFrom(...KEYS), { maxLength: 12 }),
        fc.constantFrom(48, 120),
        (tab, keys, width) => {
          let now = play(state, { type: 'command', command: 'tab', argument: tab })
          for (const key of keys) {
            now = play(now, key)
            for (const id of VIEW_IDS) assert.deepEqual(kept(now, id, width), made(now, id, width), `${id} after ${key}`)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('are made once while what they are made of stays', () => {
    const [moved] = playBare(state, '3', 'j')
    for (const id of ['history', 'ids', 'waste'] as const) assert.equal(viewRows(moved, id, 80), viewRows(state, id, 80), id)
    assert.notEqual(viewRows(moved, 'history', 60), viewRows(state, 'history', 80))
  })
})

function kept(now: State, id: ViewId, width: number) {
  const rows = viewRows(now, id, width)
  return [rows.length, rows.slice(0, 30).map(({ line }) => line)]
}

function made(now: State, id: ViewId, width: number) {
  const rows = VIEWS[id].rows(now, width)
  return [rows.length, rows.slice(0, 30).map(({ line }) => line)]
}
