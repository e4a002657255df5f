import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { widthOf } from '../../../src/line/text.ts'
import { focusedView, type State, withPanes } from '../../../src/state/model/state.ts'
import { layout, paneLines } from '../../../src/state/shell/pane.ts'
import { tabBarLine } from '../../../src/state/shell/tab-bar.ts'
import { TAB_ENTRIES } from '../../../src/state/shell/tab-entries.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const image = imageFixture([layerFixture({ a: 'x' })])

async function opened(columns: number, rows = 24): Promise<State> {
  return play(await openedState(image), { type: 'resize', columns, rows })[0]
}

/** The state after a click on the first cell of `text` in the row `row` of the right pane: 0 its title, 1 its columns. */
function clickOn(state: State, row: number, text: string, kind: 'press' | 'double' = 'press'): State {
  const area = layout(state).panes.find(({ pane }) => pane === 'main')
  assert.ok(area)
  const shown = plainText(paneLines(state, area)[row]?.spans ?? [])
  assert.ok(shown.includes(text), `"${text}" in "${shown}"`)
  const column = area.column + widthOf(shown.slice(0, shown.indexOf(text)))
  return play(state, { type: 'mouse', event: { kind, column, row: area.row + row } })[0]
}

describe('the tab bar', () => {
  for (const columns of [40, 56, 80, 120, 200]) {
    test(`stands still and fits at ${columns} columns: a click on each tab opens it`, async () => {
      let state = await opened(columns)
      for (const { word, command, views } of TAB_ENTRIES) {
        const bar = plainText(tabBarLine(state))
        assert.ok(widthOf(bar) <= columns, bar)
        const key = state.keys.find(each => each.command === command)?.keys[0] ?? ''
        const column = new RegExp(`(?:^| )${key}(?: |$)`).exec(bar)?.index ?? -1
        state = play(state, { type: 'mouse', event: { kind: 'press', column: column + 1, row: 1 } })[0]
        assert.ok(views.includes(focusedView(state)), `${word}: ${focusedView(state)}`)
        assert.ok(plainText(tabBarLine(state)).includes(word.toUpperCase()))
      }
    })
  }

  test('each digit opens its tab; the documents take turns', async () => {
    const digits = ['0', '1', '2', '3', '4', '5', '5', '6', '7', '8']
    let state = await opened(80)
    const seen = digits.map(digit => {
      state = play(state, digit)[0]
      return focusedView(state)
    })
    assert.deepEqual(seen, ['story', 'layers', 'files', 'waste', 'biggest', 'manifest', 'config', 'history', 'ids', 'index'])
  })

  test('between the tabs a click does nothing', async () => {
    const state = await opened(80)
    assert.deepEqual(play(state, { type: 'mouse', event: { kind: 'press', column: 0, row: 1 } })[0], state)
  })
})

describe('a click on the head of a column', () => {
  test('files: sorts by it, once more turns the order, whatever is looked for comes first', async () => {
    let state = play(await opened(200), '2', 'm', 'm')[0]
    for (const [head, column, descending] of [
      ['mode', 'mode', false],
      ['owner', 'owner', false],
      ['size', 'size', true],
      ['layer', 'layer', true],
      ['modified', 'time', true],
      ['path', 'name', false],
    ] as const) {
      state = clickOn(state, 1, head)
      assert.deepEqual(state.slices.files.sort, { column, descending })
      state = clickOn(state, 1, head, 'double')
      assert.deepEqual(state.slices.files.sort, { column, descending: !descending })
    }
  })

  test('files: the cells of the marks sort by what changed', async () => {
    const state = play(await opened(80), '2')[0]
    const clicked = play(state, { type: 'mouse', event: { kind: 'press', column: 2, row: 3 } })[0]
    assert.deepEqual(clicked.slices.files.sort, { column: 'change', descending: true })
    assert.deepEqual(clicked.cursors, state.cursors)
  })

  for (const [id, heads] of [
    ['biggest', ['layer', 'path', 'size']],
    ['waste', ['layer', 'hidden by', 'cause', 'path', 'size']],
  ] as const) {
    test(`${id}: every column, both ways, as the keys do`, async () => {
      let state = withPanes(await opened(240), { tab: id })
      for (const head of heads) {
        state = withPanes(clickOn(state, 1, head), { tab: id })
        const { sort } = state.slices[id]
        assert.equal(sort.column, head)
        assert.equal(sort.descending, head === 'size')
        const turned = clickOn(state, 1, head).slices[id].sort
        assert.deepEqual(turned, play(state, 'R')[0].slices[id].sort)
        assert.deepEqual(turned, { column: head, descending: !sort.descending })
      }
    })
  }

  test('waste: totals keep their order, and say so', async () => {
    const state = play(withPanes(await opened(120), { tab: 'waste' }), 't', 'o')[0]
    assert.deepEqual(state.slices.waste.sort, { column: 'size', descending: true })
    assert.match(state.message?.text ?? '', /t turns to them/)
  })

  test('lists whose order means something stay as they are', async () => {
    for (const tab of ['history', 'index'] as const) {
      const [state] = play(withPanes(await opened(120), { tab }), { type: 'rested' })
      assert.deepEqual(clickOn(state, 1, 'size'), state)
    }
  })
})
