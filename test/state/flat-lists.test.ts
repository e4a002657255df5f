import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanBinary } from '../../src/layer/file-path.ts'
import { panesOf } from '../../src/state/model/screen.ts'
import type { State } from '../../src/state/model/state.ts'
import { rowUnder } from '../../src/state/shell/given.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readImageState, rowTexts } from '../kit/state/read-image-state.ts'

const { state, play } = await readImageState([
  layerFixture({ 'a/big': 'x'.repeat(9000), 'a/cut': 'y'.repeat(5000), 'b/kept': 'z'.repeat(700) }),
  layerFixture({ 'a/big': 'X'.repeat(4000), 'c/new': 'w'.repeat(300) }),
  layerFixture({ 'a/.wh.cut': '' }),
])
const tab = (id: string) => ({ type: 'command', command: 'tab', argument: id }) as const
const at = (from: State, text: string, id: 'biggest' | 'waste') => {
  const index = rowTexts(from, id).findIndex(row => row.includes(text))
  assert.notEqual(index, -1, `${text} in ${rowTexts(from, id).join('\n')}`)
  return { ...from, cursors: { ...from.cursors, [id]: { index, top: 0 } } }
}

describe('the biggest files', () => {
  const biggest = play(state, tab('biggest'))

  test('are every version that is shipped, the largest first; what no name shows is marked hidden', () => {
    assert.deepEqual(
      rowTexts(biggest, 'biggest').map(row => /([\d.]+ k?B) .*? (\d+) +(\/\S+)(.*)$/.exec(row)?.slice(1)),
      [
        ['9.00 kB', '1', '/a/big', '  hidden'],
        ['5.00 kB', '1', '/a/cut', '  hidden'],
        ['4.00 kB', '2', '/a/big', ''],
        ['700 B', '1', '/b/kept', ''],
        ['300 B', '2', '/c/new', ''],
      ],
    )
  })

  test('sorted otherwise, Enter goes to the file of the row as it is now, in the tree up to its layer', () => {
    const sorted = play(biggest, 'o')
    assert.deepEqual(
      rowTexts(sorted, 'biggest').map(row => /\/\S+/.exec(row)?.[0]),
      ['/a/big', '/a/big', '/a/cut', '/b/kept', '/c/new'],
    )
    const gone = play(at(sorted, '/c/new', 'biggest'), 'enter')
    assert.equal(panesOf(gone.screen).tab, 'files')
    assert.match(rowTexts(gone, 'files')[gone.cursors.files.index] ?? '', / new$/)
    assert.deepEqual([gone.cursors.layers.index, gone.slices.files.scope], [1, 'upto'])
  })

  test('looked at, the version of the row is read, not the newest of its name', () => {
    const content = play(at(biggest, '9.00 kB', 'biggest'), 'l').slices.file
    assert.deepEqual([content?.bytes.size, content?.node?.layer], [9000, 0])
    assert.match(rowTexts(play(at(biggest, '4.00 kB', 'biggest'), 'l'), 'file')[0] ?? '', /X{20}/)
  })

  test('a filter narrows them as it is typed, Esc at the list takes it away', () => {
    const filtered = play(biggest, 'f', '>', '4', 'k', 'enter')
    assert.equal(rowTexts(filtered, 'biggest').length, 2)
    assert.equal(rowTexts(play(filtered, 'escape'), 'biggest').length, 5)
  })

  test('below a list that a filter made shorter, a command acts on the last row, as it is drawn', () => {
    const low = play(at(biggest, '/c/new', 'biggest'), { type: 'command', command: 'biggest.filter', argument: '>4k' })
    const beyond = { ...low, cursors: { ...low.cursors, biggest: { index: 4, top: 0 } } }
    assert.deepEqual((rowUnder(beyond, 'biggest') as { path: string }).path, 'a/cut')
  })
})

describe('the waste', () => {
  const waste = play(state, tab('waste'))

  test('is told file by file: who ships it, who hides it, and why', () => {
    assert.deepEqual(
      rowTexts(waste, 'waste').map(row => row.trim().split(/\s{2,}/)),
      [
        ['9.00 kB', '1', '2', 'overwritten', '/a/big'],
        ['5.00 kB', '1', '3', 'removed', '/a/cut'],
      ],
    )
  })

  test('turns to layers, directories and causes, and back', () => {
    const [byLayer, byDirectory, byCause] = [play(waste, 't'), play(waste, 't', 't'), play(waste, 't', 't', 't')]
    assert.match(rowTexts(byLayer, 'waste')[0] ?? '', /^ +1 +14.0 kB/)
    assert.match(rowTexts(byLayer, 'waste')[1] ?? '', /9\.00 kB/)
    assert.match(rowTexts(byDirectory, 'waste')[1] ?? '', /14.0 kB .* 2 +▾ a\/$/)
    assert.deepEqual(
      rowTexts(byCause, 'waste').map(row => /overwritten|removed/.exec(row)?.[0]),
      ['overwritten', 'removed'],
    )
    assert.deepEqual(rowTexts(play(byCause, 't'), 'waste'), rowTexts(waste, 'waste'))
  })

  test('Space marks what no container sees for removal; of what is still seen the layers that ship it twice', () => {
    const removed = play(at(waste, '/a/cut', 'waste'), 'space')
    assert.deepEqual([...removed.slices.marks.paths], ['a/cut'])
    assert.match(rowTexts(removed, 'waste')[1] ?? '', /^\*/)
    const twice = play(at(waste, '/a/big', 'waste'), 'space')
    assert.deepEqual([...twice.slices.marks.paths], [])
    assert.deepEqual(twice.slices.marks.ranges, [{ from: 0, to: 1 }])
    assert.equal(twice.message?.text, 'Still in the image: layers 1 to 2 are marked, squashed they ship it once.')
    const again = play(twice, 'space')
    assert.deepEqual(again.slices.marks.ranges, [{ from: 0, to: 1 }], 'a range that has both layers stays')
  })

  test('Enter goes to the hidden file where it was shipped, v to what every layer did to it', () => {
    const gone = play(at(waste, '/a/cut', 'waste'), 'enter')
    assert.match(rowTexts(gone, 'files')[gone.cursors.files.index] ?? '', / cut$/)
    assert.equal(gone.cursors.layers.index, 0)
    const versions = play(at(waste, '/a/cut', 'waste'), 'v')
    assert.deepEqual([panesOf(versions.screen).over, versions.slices.versions?.path], [['versions'], cleanBinary('a/cut')])
  })
})

describe('a search in a list', () => {
  const biggest = play(state, tab('biggest'))
  const waste = play(state, tab('waste'))
  const under = (from: State, id: 'biggest' | 'waste') => (rowTexts(from, id)[from.cursors[id].index] ?? '').trim()

  test('goes to the first row that has the text as it is typed, n and N on around the ends, Esc at the prompt back', () => {
    const typed = play(biggest, '/', 'B', 'i', 'g')
    assert.equal(typed.cursors.biggest.index, 0)
    const found = play(typed, 'enter')
    assert.deepEqual(
      ['n', 'nn', 'N', 'nN'].map(keys => play(found, ...keys).cursors.biggest.index),
      [2, 0, 2, 0],
    )
    const given = play(play(biggest, 'j'), '/', 'n', 'e', 'w')
    assert.match(under(given, 'biggest'), /\/c\/new$/)
    assert.equal(play(given, 'escape').cursors.biggest.index, 1)
    assert.match(play(biggest, '/', 'z', 'z', 'enter', 'n').message?.text ?? '', /Nothing found/)
  })

  test('n without a search asks for one; in other orders of the waste the lines are searched', () => {
    assert.equal(play(waste, 'n').dialog?.type, 'prompt')
    assert.match(under(play(waste, '/', 'c', 'u', 't', 'enter'), 'waste'), /\/a\/cut/)
    assert.match(under(play(waste, 't', 't', 't', '/', 'd', 'e', 'l', 'e', 't', 'e', 'd', 'enter'), 'waste'), /removed/)
  })
})
