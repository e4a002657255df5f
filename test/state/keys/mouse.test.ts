import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { widthOf } from '../../../src/line/text.ts'
import { panesOf } from '../../../src/state/model/screen.ts'
import { type State, withPanes } from '../../../src/state/model/state.ts'
import { TABS, type TabId } from '../../../src/state/model/view-id.ts'
import { layout, paneLines } from '../../../src/state/shell/pane.ts'
import { VIEWS } from '../../../src/state/shell/views.ts'
import { imageFixture, layerFixture } from '../../kit/image-fixture.ts'
import { openedState, play } from '../../kit/opened-state.ts'

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

function title(state: State): string {
  const area = layout(state).panes.find(({ pane }) => pane === 'main')
  return area === undefined ? '' : plainText(paneLines(state, area)[0]?.spans ?? [])
}

describe('a click on the name of a tab', () => {
  for (const columns of [80, 120, 200]) {
    test(`opens it: every one that is named at ${columns} columns`, async () => {
      const state = await opened(columns)
      for (const id of TABS.slice(1)) {
        const { name } = VIEWS[id]
        if (!title(state).includes(` ${name}`)) continue
        const clicked = clickOn(state, 0, name)
        assert.equal(panesOf(clicked.screen).tab, id)
        assert.match(title(clicked), new RegExp(`^ 3 ${name.toUpperCase()} `))
      }
    })
  }

  test('leads through all of them by the first that is named, its key included, and focuses the pane', async () => {
    let state = play(await opened(120), '1')[0]
    const seen: TabId[] = []
    for (const _ of TABS) {
      state = clickOn(state, 0, ']', seen.length % 2 === 0 ? 'press' : 'double')
      seen.push(panesOf(state.screen).tab)
      assert.equal(state.focus, 'main')
    }
    assert.deepEqual(seen, [...TABS.slice(1), 'files'])
  })

  test('as many are named as there is room for, in the order of the key', async () => {
    assert.match(title(await opened(60)), /\] biggest/)
    assert.match(title(await opened(200)), /\] biggest · waste · manifest · config · history · ids · index/)
    for (let columns = 40; columns < 200; columns++) {
      assert.equal(widthOf(title(await opened(columns)).trimEnd()) <= columns, true)
      assert.doesNotMatch(title(await opened(columns)), /…|· *$/)
    }
  })

  test('beside the names nothing but the focus changes', async () => {
    const state = play(await opened(200), '1')[0]
    const clicked = clickOn(state, 0, ' · waste')
    assert.deepEqual(clicked, { ...state, focus: 'main' })
  })
})

describe('a click on the head of a column', () => {
  test('files: sorts by it, once more turns the order, whatever is looked for comes first', async () => {
    let state = await opened(200)
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
    const state = await opened(80)
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
    assert.match(state.message?.text ?? '', /t turns to it/)
  })

  test('lists whose order means something stay as they are', async () => {
    for (const tab of ['history', 'index'] as const) {
      const state = withPanes(await opened(120), { tab })
      assert.deepEqual(clickOn(state, 1, 'size'), state)
    }
  })
})
