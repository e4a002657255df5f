import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { widthOf } from '../../../src/line/text.ts'
import type { MouseEvent } from '../../../src/state/model/action.ts'
import { isPage } from '../../../src/state/model/dialog.ts'
import { selectedLayer } from '../../../src/state/model/layer-steps.ts'
import { rowsAbovePanes, sheetRows } from '../../../src/state/model/layout.ts'
import { panesOf } from '../../../src/state/model/screen.ts'
import { focusedView, type State } from '../../../src/state/model/state.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { layout, paneLines } from '../../../src/state/shell/pane.ts'
import { sheetLines } from '../../../src/state/shell/sheet.ts'
import { pickedPath } from '../../../src/state/treemap/treemap-open.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

const file = (bytes: number) => ({ content: 'x'.repeat(bytes) })

const { state, play } = await readImageState([
  layerFixture({ 'usr/lib/libc.so': file(4000), 'usr/bin/sh': file(1000), 'etc/motd': file(400) }),
  layerFixture({ 'app/main.js': file(1500), 'app/old': file(3000), 'usr/bin/sh': file(1000) }),
  layerFixture({ 'app/.wh.old': '', 'usr/bin/sh': file(800) }),
])

/** The screen as it is drawn, row by row, one text a pane beside the other; a choice draws itself. */
function screenOf(of: State): readonly string[] {
  const rows: string[] = Array.from({ length: rowsAbovePanes(of) }, () => '')
  for (const area of isPage(of.dialog) ? [] : layout(of).panes)
    for (const [row, { spans }] of paneLines(of, area).entries()) rows[area.row + row] = plainText(spans)
  const footer = footerLines(of).map(plainText)
  const isDrawn = of.dialog !== undefined && of.dialog.type !== 'choose' && of.dialog.type !== 'prompt'
  const sheet = isDrawn ? sheetLines(of).map(({ spans }) => plainText(spans)) : Array<string>(sheetRows(of)).fill('')
  const rest = [...sheet, ...footer]
  return [...rows.slice(0, of.size.rows - rest.length), ...rest]
}

/** A click on the first cell of `text`. */
function click(of: State, text: string, kind: MouseEvent['kind'] = 'press'): State {
  const screen = screenOf(of)
  const row = screen.findIndex(each => each.includes(text))
  assert.notEqual(row, -1, `"${text}" on\n${screen.join('\n')}`)
  const shown = screen[row] ?? ''
  return clickAt(of, row, widthOf(shown.slice(0, shown.indexOf(text))), kind)
}

function clickAt(of: State, row: number, column: number, kind: MouseEvent['kind'] = 'press'): State {
  return play(of, { type: 'mouse', event: { kind, column, row } })
}

describe('a click on the footer', () => {
  test('does what the hint says, on its key and on its word', () => {
    for (const text of [': anything', 'anything']) assert.equal(click(state, text).dialog?.type, 'palette')
    assert.equal(click(state, 'help').dialog?.type, 'help')
    assert.equal(click(play(state, '2'), 'filter').dialog?.type, 'prompt')
    assert.equal(focusedView(click(play(state, '4'), 'go to it')), 'files')
  })

  test('between hints does nothing', () => {
    const [footer = ''] = footerLines(state).map(plainText)
    const gap = widthOf(footer.slice(0, footer.indexOf(': anything') - 1))
    assert.deepEqual(clickAt(state, state.size.rows - 1, gap), state)
  })

  test('Esc close closes what is open', () => {
    for (const key of ['?', ':', 'ctrl-p', 'T']) assert.equal(click(play(state, key), 'Esc close').dialog, undefined, key)
  })
})

describe('a click in a dialog', () => {
  test('of choices takes the one it is on, also where the list has scrolled', () => {
    const open = play(state, 'T')
    assert.ok(open.dialog?.type === 'choose')
    const top = open.size.rows - 1 - sheetRows(open)
    assert.deepEqual(clickAt(open, top, 5), open)
    for (const [index, item] of open.dialog.items.entries())
      assert.equal(clickAt(open, top + 1 + index, 5).settings.theme, item.argument)
    const scrolled = play(open, { type: 'mouse', event: { kind: 'press', column: 5, row: top + 1, firstItem: 2 } })
    assert.equal(scrolled.settings.theme, open.dialog.items[2]?.argument)
  })

  test('a digit takes the item that has it, whatever the list shows first', () => {
    const open = play(state, { type: 'resize', columns: 80, rows: 9 }, 'T')
    assert.ok(open.dialog?.type === 'choose' && sheetRows(open) < open.dialog.items.length + 1)
    for (const [index, item] of open.dialog.items.slice(0, 9).entries())
      assert.equal(play(open, String(index + 1)).settings.theme, item.argument)
    for (const key of ['0', 'x', 'left']) assert.deepEqual(play(open, key), open)
  })

  test('of commands runs the one it is on, of paths goes to it', () => {
    const layers = click(play(state, ':', ...'show the layers'), 'Show the layers')
    assert.equal(focusedView(layers), 'layers')
    const motd = click(play(state, 'ctrl-p', ...'motd'), 'etc/motd')
    assert.equal(focusedView(motd), 'files')
    assert.equal(motd.dialog, undefined)
  })

  test('beside it closes it, as Esc does; text that is typed stays', () => {
    for (const key of ['T', ':', 'ctrl-p']) {
      const closed = clickAt(play(state, '2', key), 4, 3)
      assert.equal(closed.dialog, undefined, key)
      assert.deepEqual(closed.cursors, play(state, '2').cursors)
    }
    const typing = play(state, '2', 'f', ...'lib')
    assert.deepEqual(clickAt(typing, 4, 3), typing)
  })

  test('the wheel moves in lists and pages, and behind a line that is typed', () => {
    const palette = clickAt(play(state, ':'), 20, 3, 'wheel-down')
    assert.equal(palette.dialog?.type === 'palette' && palette.dialog.cursor.index, 3)
    const help = clickAt(play(state, '?'), 5, 3, 'wheel-down')
    assert.equal(help.dialog?.type === 'help' && help.dialog.top, 3)
    const small = play(state, { type: 'resize', columns: 80, rows: 9 }, '2', 'E')
    assert.ok(clickAt(play(small, '/'), 5, 3, 'wheel-down').cursors.files.top > 0)
  })
})

test('a click on the ribbon of the story goes to the layer, Esc comes back', () => {
  const row = screenOf(state).findIndex(each => /[░█▒]{5}/.test(each))
  const layers = [4, 28, 46, 70].map(column => clickAt(state, row, column))
  assert.deepEqual(
    layers.map(each => [focusedView(each), selectedLayer(each)?.position]),
    [
      ['layers', 0],
      ['layers', 1],
      ['layers', 2],
      ['story', 0],
    ],
  )
  for (const each of layers.slice(0, 3)) assert.equal(focusedView(play(each, 'escape')), 'story')
})

describe('a click on a row', () => {
  test('triangles open and close', () => {
    const files = play(state, '2')
    const opened = click(files, '▸ usr/')
    assert.match(screenOf(opened).join('\n'), /▸ lib\//)
    assert.match(screenOf(click(opened, '▾ usr/')).join('\n'), /▸ usr\//)
    assert.deepEqual(click(files, 'usr/').slices.files.expansion, files.slices.files.expansion)
  })

  test('triangles of the waste by directories open and close', () => {
    const waste = play(state, '3', 't', 't')
    const closed = click(waste, '▾ app/')
    assert.match(screenOf(closed).join('\n'), /▸ app\//)
    assert.doesNotMatch(screenOf(closed).join('\n'), / {2}old/)
    assert.match(screenOf(click(closed, '▸ app/')).join('\n'), /▾ app\//)
  })

  test('picks a rectangle of the treemap; twice goes in', () => {
    const map = play(state, '2', 'M')
    const picked = click(map, 'app/')
    assert.equal(pickedPath(picked), 'app')
    assert.equal(click(map, 'app/', 'double').slices.treemap?.path, 'app')
    assert.equal(pickedPath(click(picked, 'usr/')), 'usr')
  })

  test('picks a cell of the matrix; twice shows its files', () => {
    const matrix = play(state, '1', 't')
    const cell = clickAt(matrix, 5, 30)
    assert.equal(cell.slices.matrix?.hider, 2)
    assert.equal(cell.cursors.matrix.index, 1)
    assert.equal(panesOf(clickAt(matrix, 5, 30, 'double').screen).tab, 'waste')
  })
})
