import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../src/line/line.ts'
import type { State } from '../../src/state/model/state.ts'
import { footerLines } from '../../src/state/shell/footer.ts'
import { areaOf, topLines } from '../../src/state/shell/pane.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readImageState, rowTexts } from '../kit/state/read-image-state.ts'

const many = Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`z/few/${number}`, '.'.repeat(20)]))
const { state, play } = await readImageState([
  layerFixture({ 'a/one': 'x'.repeat(500), 'm/deep/er/big': 'y'.repeat(9000), 'm/deep/er/own': 'w'.repeat(90), ...many }),
  layerFixture({ 'a/one': 'X'.repeat(400), 'm/deep/.wh.er': '', 'z/.wh.few': '', 'gone/kept/two': 'v'.repeat(3000) }),
  layerFixture({ 'gone/kept/two': 'V'.repeat(3001) }),
])
const turned = play({ ...state, size: { columns: 120, rows: 40 } }, '3', 'z', 't', 't')

const FACTS = /([\d.]+ k?B) *(?:\S+)? +(\d+) {2,}(.*)$/
/** `9.09 kB 2 ▸ er/` of each row. */
const rows = (shown: State) =>
  rowTexts(shown, 'waste').map(row => FACTS.exec(row)?.slice(1).join(' ').replace(/ {2,}/g, ' ').trim() ?? row)
const names = (shown: State) => rows(shown).map(row => row.replace(/^\S+ \S+ \d+ /, ''))
const under = (shown: State) => names(shown)[shown.cursors.waste.index]
const on = (shown: State, name: string): State => {
  const index = names(shown).findIndex(each => each.includes(name))
  assert.notEqual(index, -1, `${name} in ${names(shown).join(' | ')}`)
  return { ...shown, cursors: { ...shown.cursors, waste: { index, top: 0 } } }
}
const heads = (shown: State) => topLines(shown, areaOf(shown, 'waste')).map(plainText).join('\n')

describe('the waste by directories', () => {
  test('has the most hidden bytes first; what was removed as a whole is closed, and what is light', () => {
    assert.deepEqual(rows(turned), [
      '12.8 kB 13 ▾ /',
      '9.09 kB 2 ▾ m/deep/',
      '9.09 kB 2 ▸ er/ removed',
      '3.00 kB 1 ▾ gone/kept/',
      '3.00 kB 1 two',
      '500 B 1 ▸ a/',
      '180 B 9 ▸ z/',
    ])
    assert.match(heads(turned), /13 files {2}12.8 kB of/)
  })

  test('is sorted by its columns with o and R and by a click on a head; the cursor stays on its path, marks on theirs', () => {
    const marked = play(on(turned, 'er/'), 'space', 'up')
    assert.deepEqual([...marked.slices.marks.paths], ['m/deep/er'])
    assert.equal(under(marked), '▸ er/ removed')
    const byFiles = play(marked, 'o')
    assert.match(heads(byFiles), /files↓/)
    assert.deepEqual(names(byFiles), ['▾ /', '▸ z/', '▾ m/deep/', '▸ er/ removed', '▸ a/', '▾ gone/kept/', 'two'])
    const byName = play(byFiles, 'o')
    assert.match(heads(byName), /path↑/)
    assert.deepEqual(names(byName), ['▾ /', '▸ a/', '▾ gone/kept/', 'two', '▾ m/deep/', '▸ er/ removed', '▸ z/'])
    const backwards = play(byName, 'R')
    assert.deepEqual(names(backwards), ['▾ /', '▸ z/', '▾ m/deep/', '▸ er/ removed', '▾ gone/kept/', 'two', '▸ a/'])
    const clicked = play(backwards, { type: 'command', command: 'waste.sort-by', argument: 'size' })
    assert.deepEqual(rows(clicked), rows(turned))
    for (const each of [byFiles, byName, backwards, clicked]) {
      assert.equal(under(each), '▸ er/ removed')
      assert.match(rowTexts(each, 'waste')[each.cursors.waste.index] ?? '', /^\*/)
      assert.match(each.message?.text ?? '', /^Sorted by/)
    }
  })

  test('opens and closes with Enter and the arrows; ← goes to the directory around, a file is shown in the tree of files', () => {
    const closed = on(turned, 'er/')
    for (const key of ['enter', 'right', 'l']) {
      const opened = play(closed, key)
      assert.deepEqual(names(opened).slice(1, 5), ['▾ m/deep/', '▾ er/ removed', 'big removed', 'own removed'], key)
      assert.equal(under(opened), '▾ er/ removed')
    }
    const inside = play(closed, 'l', 'l')
    assert.equal(under(inside), 'big removed')
    assert.equal(under(play(inside, 'left')), '▾ er/ removed')
    assert.deepEqual(names(play(inside, 'h', 'h')), names(turned))
    assert.equal(under(play(inside, 'h', 'h', 'h')), '▾ m/deep/')
    assert.deepEqual(names(play(play(closed, 'enter'), 'enter')), names(turned))
    const shown = play(inside, 'enter')
    assert.match(rowTexts(shown, 'files')[shown.cursors.files.index] ?? '', / big$/)
    assert.deepEqual(names(play(turned, 'C')), ['▾ /', '▸ m/deep/', '▸ gone/kept/', '▸ a/', '▸ z/'])
    assert.equal(names(play(turned, 'E')).length, 20)
    assert.equal(under(play(inside, 'C')), '▸ m/deep/', 'the cursor stays on what is nearest above')
  })

  test('is of the files that a filter keeps, and is open anew as at first', () => {
    const filtered = play(play(turned, 'C'), { type: 'command', command: 'waste.filter', argument: 'er' })
    assert.deepEqual(rows(filtered).slice(0, 3), ['9.09 kB 2 ▾ /', '9.09 kB 2 ▾ m/deep/', '9.09 kB 2 ▸ er/ removed'])
    assert.match(heads(filtered), /filter er/)
    assert.deepEqual(rows(play(filtered, 'escape')), rows(turned))
  })

  test('finds names, and marks layers of a directory that is still in the image', () => {
    assert.equal(under(play(turned, '/', 'k', 'e', 'p', 't', 'enter')), '▾ gone/kept/')
    const marked = play(on(turned, 'gone/kept/'), 'space')
    assert.deepEqual(marked.slices.marks.ranges, [{ from: 1, to: 2 }])
  })
})

describe('in each order of the waste', () => {
  test('Enter on a layer lists its hidden files, Space marks it', () => {
    const byLayer = play(state, '3', 't')
    const listed = play(byLayer, 'enter')
    assert.deepEqual([listed.slices.waste.by, listed.slices.waste.filter?.text], ['files', 'layer:1'])
    assert.equal(rowTexts(listed, 'waste').length, 12)
    const marked = play(byLayer, 'space')
    assert.deepEqual(marked.slices.marks.ranges, [{ from: 0, to: 0 }])
    assert.match(rowTexts(marked, 'waste')[0] ?? '', /^\*/)
  })

  test('a key that the footer offers does something on each row', () => {
    const wide = play({ ...state, size: { columns: 200, rows: 40 } }, '3', 'z')
    for (const turns of [0, 1, 2, 3]) {
      const shown = play(wide, ...Array.from({ length: turns }, () => 't'))
      for (let index = 0; index < rowTexts(shown, 'waste').length; index++) {
        const there = { ...shown, cursors: { ...shown.cursors, waste: { index, top: 0 } } }
        const footer = footerLines(there).map(plainText).join(' ')
        for (const [hint, key] of [
          [/⏎ open/, 'enter'],
          [/Space mark/, 'space'],
        ] as const) {
          if (!hint.test(footer)) continue
          const next = play(there, key)
          const same = next.slices === there.slices && next.screen === there.screen && next.message === there.message
          assert.ok(!same, `${key} on row ${index} by ${shown.slices.waste.by}: ${footer}`)
        }
        const offered = /open/.test(footer)
        assert.equal(offered, shown.slices.waste.by !== 'causes' && !(turns === 2 && index === 0), `${turns} ${index} ${footer}`)
      }
    }
  })
})
