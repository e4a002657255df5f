import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ViewId } from '../../src/state/keys/view-id.ts'
import type { State } from '../../src/state/model/state.ts'
import { workPercent } from '../../src/state/plan/work-progress.ts'
import { shownRows } from '../../src/state/shell/given.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readImageState } from '../kit/state/read-image-state.ts'

const image = await readImageState([
  layerFixture({ 'a/big': 'x'.repeat(9000), 'a/cut': 'y'.repeat(5000), 'b/kept': 'z'.repeat(700), 'b/small': 'x', empty: '' }),
  layerFixture({ 'a/big': 'X'.repeat(4000), 'c/new': 'w'.repeat(300) }),
  layerFixture({ 'a/.wh.cut': '' }),
])
const { play } = image
const wide: State = { ...image.state, size: { columns: 180, rows: 40 } }
const tab = (id: string) => ({ type: 'command', command: 'tab', argument: id }) as const

/** The spans of rows as `ROLE text`, blank ones left out. */
function spans(state: State, id: ViewId): readonly (readonly string[])[] {
  const rows = shownRows(state, id)
  return rows
    .slice(0, rows.length)
    .map(({ line }) => line.flatMap(({ text, role }) => (text.trim() === '' ? [] : [`${role} ${text.trim()}`])))
}

describe('figures', () => {
  test('in the tree: a share of the whole stands out from a tenth on, what has no bytes or is removed is dim and has no bar', () => {
    const rows = spans(play(wide, '2', 'E'), 'files')
    const row = (name: string) => rows.find(each => each.some(text => text.split(' ').includes(name)))?.slice(0, 4)
    assert.deepEqual(row('kept'), ['strong 700 B', 'accent █▍          14 %', 'plain kept'])
    assert.deepEqual(row('new'), ['added +', 'plain 300 B', 'accent ▋            6 %', 'added new'])
    assert.deepEqual(row('small'), ['plain 1 B', 'accent ▏           <1 %', 'plain small'])
    assert.deepEqual(row('empty'), ['dim 0 B', 'plain empty'])
    assert.deepEqual(row('cut'), ['removed -', 'dim 5.00 kB', 'removed cut', 'removed removed by 3'])
  })

  test('of waste by layers: hidden bytes beside those that the layer hides, zero is dim', () => {
    assert.deepEqual(
      spans(play(wide, tab('waste'), 't'), 'waste').map(row => row.slice(0, 5)),
      [
        ['plain 1', 'waste 14.0 kB', 'waste ████████████', 'dim ·', 'dim layer 1'],
        ['plain 2', 'dim ·', 'modified 9.00 kB', 'modified ███████▊', 'dim layer 2'],
        ['plain 3', 'dim ·', 'modified 5.00 kB', 'modified ████▎', 'dim layer 3'],
      ],
    )
  })

  test('of one layer: what later layers hide of it, and what it hides', () => {
    const facts = (...keys: readonly string[]) =>
      spans(play(wide, '1', ...keys, { type: 'rested' }), 'details').filter(([name = '']) => /hid(?:den|es)$/.test(name))
    assert.deepEqual(facts(), [
      ['dim hidden', 'waste 14.0 kB of 14.7 kB content, 95 %, hidden by later layers'],
      ['dim hides', 'plain nothing below'],
    ])
    assert.deepEqual(facts('down'), [
      ['dim hidden', 'plain nothing that a later layer hides'],
      ['dim hides', 'modified 9.00 kB that layers below ship'],
    ])
  })

  test('of the paths in a directory: the biggest first, a bar against the first, and no other path before their names', () => {
    const root = play({ ...wide, cursors: { ...wide.cursors, files: { index: 1, top: 0 } } }, '2', 'g', 'g', { type: 'rested' })
    assert.deepEqual(spans(root, 'details').slice(-5), [
      ['title 5.00 kB in 9 paths, the biggest:'],
      ['number 4.00 kB', 'accent ████████', 'plain a/'],
      ['number 701 B', 'accent █▍', 'plain b/'],
      ['number 300 B', 'accent ▋', 'plain c/'],
      ['number 0 B', 'plain empty'],
    ])
  })
})

describe('progress in percent', () => {
  const writing = (step: object | undefined) =>
    workPercent({ ...wide, slices: { ...wide.slices, plan: { run: { kind: 'writing', step } } as never } })

  test('of an image that is written, never above 100', () => {
    assert.deepEqual(
      [
        undefined,
        { done: 0, total: 3 },
        { done: 2, total: 3 },
        { done: 3, total: 3 },
        { done: 4, total: 3 },
        { done: 0, total: 0 },
      ].map(writing),
      [0, 0, 66, 100, 100, 100],
    )
  })

  test('of layers that are read, and none once they are', () => {
    assert.equal(workPercent(image.opened), 0)
    assert.equal(workPercent(wide), undefined)
    assert.equal(workPercent({ ...image.opened, image: undefined }), undefined)
  })
})
