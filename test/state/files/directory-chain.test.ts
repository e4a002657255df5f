import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chainEnd, chainStart, leadsOn } from '../../../src/list/directory-chain.ts'
import { COLLAPSED, EXPANDED, visibleRows } from '../../../src/list/file-rows.ts'
import { BY_NAME, BY_SIZE } from '../../../src/list/file-sort.ts'
import { changeOf, childrenOf, isDirectory, pathAt } from '../../../src/list/file-table.ts'
import { buildFileTable } from '../../../src/list/file-table-build.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import { finish } from '../../../src/overlay/steps.ts'
import type { State } from '../../../src/state/model/state.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { arbitraryImage } from '../../kit/layer/arbitrary-image.ts'
import { changesetFixture } from '../../kit/layer/changeset-fixture.ts'
import { fc } from '../../kit/seeded-check.ts'
import { readImageState, rowTexts } from '../../kit/state/read-image-state.ts'

const base = layerFixture({
  'usr/share/doc/apt/copyright': 'x'.repeat(900),
  'usr/share/doc/bash/README': 'x'.repeat(400),
  'app/data': 'x'.repeat(300),
  'app/logs/old/': {},
  'srv/one/two': 'x'.repeat(200),
})
const { state: opened, play } = await readImageState([
  base,
  layerFixture({ 'srv/.wh.one': '', 'var/lib/tool/state': 'x'.repeat(100) }),
])
const files = play(opened, '2')

const names = (state: State) => rowTexts(state, 'files').map(row => row.slice(26).trimStart())
const under = (state: State) => names(state)[state.cursors.files.index]
const CLOSED = ['▾ /', '▸ usr/share/doc/', '▸ app/', '▸ var/lib/tool/', '▸ srv/']

describe('directories that have nothing but one directory', () => {
  test('share the row of that one, with its size', () => {
    assert.deepEqual(names(files), CLOSED)
    assert.match(rowTexts(files, 'files')[1] ?? '', /1\.30 kB .* 76 % {4}▸ usr\/share\/doc\/$/)
    // A removed directory is told apart from the one around it, in the words of its own row.
    assert.deepEqual(names(play(files, 'G', 'enter')).slice(-2), ['▾ srv/', '▸ one/  removed by 2'])
  })

  test('open and close as one, and what is below is one level deeper', () => {
    const open = play(files, 'j', 'enter')
    assert.deepEqual(names(open).slice(0, 4), ['▾ /', '▾ usr/share/doc/', '▸ apt/', '▸ bash/'])
    assert.match(rowTexts(open, 'files')[2] ?? '', / {6}▸ apt\/$/)
    assert.deepEqual(names(play(open, 'left')), CLOSED)
    assert.equal(under(play(open, 'right', 'left')), '▾ usr/share/doc/')
    assert.equal(under(play(open, 'left', 'left')), '▾ /')
    assert.deepEqual(names(play(files, 'E')).slice(-8), [
      '▾ app/',
      'data',
      '▹ logs/old/',
      '▾ var/lib/tool/',
      'state',
      '▾ srv/',
      '▾ one/  removed by 2',
      'two  removed by 2',
    ])
    assert.deepEqual(names(play(files, 'E', 'C')), CLOSED)
  })

  test('stay open where a layer puts something beside one of them', () => {
    // The tree up to the first layer has no var: the row under the cursor is the nearest that is there.
    const upto = play(play(opened, '1', 'g', 'j', '2', 't'), 'G')
    assert.deepEqual(names(upto).slice(0, 2), ['▾ /', '▸ usr/share/doc/'])
  })

  test('are one row for marks, copies, the preview and the versions: that of the last', () => {
    const marked = play(files, 'j', 'space')
    assert.deepEqual([...marked.slices.marks.paths], ['usr/share/doc'])
    const { wanted } = play(play(files, { type: 'resize', columns: 200, rows: 60 }), 'j').slices.preview
    assert.equal(wanted?.kind === 'path' && wanted.path, 'usr/share/doc')
    assert.equal(play(files, 'j', 'v').slices.versions?.path, 'usr/share/doc')
  })

  test('are found by the name of each, one row once, around in both directions', () => {
    for (const name of ['usr', 'share', 'doc']) {
      assert.equal(under(play(files, '/', ...name, 'enter')), '▸ usr/share/doc/', name)
      assert.equal(under(play(files, 'j', '/', ...name, 'enter')), '▸ usr/share/doc/', name)
    }
    // The names with an `r`: usr, share, README, srv, var.
    const found = play(files, '/', 'r', 'enter')
    const forth: (string | undefined)[] = []
    for (let [now, count] = [found, 0]; count < 5; count++, now = play(now, 'n')) forth.push(under(now))
    const back: (string | undefined)[] = []
    for (let [now, count] = [found, 0]; count < 5; count++, now = play(now, 'N')) back.push(under(now))
    assert.ok(forth.includes('▸ usr/share/doc/'))
    assert.equal(new Set(forth.map(name => name?.slice(2))).size, 5, forth.join())
    assert.equal(new Set(back.map(name => name?.slice(2))).size, 5, back.join())
    assert.equal(under(play(files, 'ctrl-p', ...'share', 'enter')), '▸ usr/share/doc/')
  })

  test('are sorted by what their row shows, and filtered as they are', () => {
    assert.deepEqual(names(play(files, { type: 'command', command: 'files.sort-by', argument: 'name' })), [
      '▾ /',
      '▸ app/',
      '▸ srv/',
      '▸ usr/share/doc/',
      '▸ var/lib/tool/',
    ])
    assert.deepEqual(names(play(files, 'f', ...'copyright', 'enter')), ['▾ /', '▾ usr/share/doc/', '▾ apt/', 'copyright'])
  })

  test('are cut in the middle where there is no room', () => {
    const narrow = play(files, { type: 'resize', columns: 40, rows: 12 })
    for (const row of rowTexts(narrow, 'files')) assert.ok([...row].length <= 40, row)
    assert.match(rowTexts(narrow, 'files')[1] ?? '', /▸ usr\/share\/doc\/$/)
  })

  test('the map is drawn around the first of them', () => {
    const { treemap } = play(files, 'j', 'M').slices
    assert.equal(treemap?.path, '')
  })

  test('law: the rows of a list and what they stand for are the tree as it is open, each row once', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryImage(), fc.boolean(), fc.boolean(), (layers, all, byName) => {
        const stack = buildStack(
          layers.map(entries => changesetFixture(entries)),
          'overlay',
        )
        const table = finish(buildFileTable(stack, { kind: 'image' }))
        const view = {
          expansion: all ? EXPANDED : COLLAPSED,
          sort: byName ? BY_NAME : BY_SIZE,
          hideUnchanged: false,
          kept: undefined,
          unfolded: undefined,
        }
        const rows = [...finish(visibleRows(table, view)).rows]
        const stoodFor = rows.flatMap(row => Array.from({ length: row - chainStart(table, row) + 1 }, (_, index) => row - index))
        assert.equal(new Set(stoodFor).size, stoodFor.length)
        if (all) assert.equal(stoodFor.length, table.count)
        for (const row of rows) {
          assert.equal(leadsOn(table, row), false)
          for (let each = chainStart(table, row); each < row; each++) {
            met++
            assert.deepEqual([...childrenOf(table, each)], [each + 1], pathAt(table, each))
            assert.ok(isDirectory(table, each) && isDirectory(table, each + 1))
            assert.equal(changeOf(table, each), changeOf(table, each + 1))
            assert.equal(table.sizes[each], table.sizes[row])
            assert.equal(chainEnd(table, each), row)
          }
        }
      }),
      { numRuns: 300 },
    )
    assert.ok(met > 0)
  })
})
