import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COLLAPSED, EXPANDED, visibleRows } from '../../../src/list/file-rows.ts'
import { BY_SIZE } from '../../../src/list/file-sort.ts'
import { pathAt } from '../../../src/list/file-table.ts'
import { buildFileTable } from '../../../src/list/file-table-build.ts'
import { finish } from '../../../src/overlay/steps.ts'
import type { State } from '../../../src/state/model/state.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { stackOf } from '../../kit/layer/layer-words.ts'
import { fc } from '../../kit/seeded-check.ts'
import { readImageState, rowTexts } from '../../kit/state/read-image-state.ts'

const { state: opened, play } = await readImageState([
  layerFixture({
    'app/': {},
    'app/main.js': 'x'.repeat(400),
    'app/a': '',
    'app/b': '',
    'app/c': '',
    bin: { flag: '2', link: 'app' },
    'boot/': {},
    'home/': {},
    'media/': {},
    'old/': {},
    'etc/': {},
    'etc/motd': 'welcome',
  }),
  layerFixture({ '.wh.old': '', 'srv/': {} }),
])
const files = play(opened, '2')

const names = (state: State) => rowTexts(state, 'files').map(row => row.slice(26).trim())
const under = (state: State) => names(state)[state.cursors.files.index]
const sortBy = (column: string) => ({ type: 'command', command: 'files.sort-by', argument: column }) as const
const FOLDED = '▸ boot/ home/ media/ srv/  4 empty'

describe('empty entries of a directory', () => {
  test('share one row at the end; links and what was removed keep theirs', () => {
    assert.deepEqual(names(files), ['▾ /', '▸ app/', '▸ etc/', 'bin → app', '▹ old/  removed by 2', FOLDED])
    assert.match(rowTexts(files, 'files').at(-1) ?? '', /^\+ +0 B /)
  })

  test('Enter and → give each a row, ← leaves them and folds them again', () => {
    for (const key of ['enter', 'right', 'space', 'S']) {
      const unfolded = play(files, 'G', key)
      assert.deepEqual(
        names(unfolded).slice(3),
        ['bin → app', '▹ boot/', '▹ home/', '▹ media/', '▹ old/  removed by 2', '▹ srv/'],
        key,
      )
      assert.equal(under(unfolded), '▹ boot/')
      assert.equal(unfolded.slices.marks.paths.size, 0)
      assert.deepEqual(names(play(unfolded, 'left')), names(files))
    }
    assert.equal(under(play(files, 'G', 'left')), '▾ /')
  })

  test('have their rows where names are looked for: by name, filtered, changes only, all open', () => {
    for (const keys of [['R'], ['o'], ['f', 'o', 'enter'], ['.'], ['E']]) {
      assert.doesNotMatch(names(play(files, ...keys)).join('\n'), /\d empty/, keys.join(' '))
    }
    assert.equal(names(play(files, 'E', 'C')).at(-1), FOLDED)
  })

  test('are found, gone to and kept under the cursor', () => {
    assert.equal(under(play(files, '/', 'm', 'e', 'd', 'enter')), '▹ media/')
    assert.equal(under(play(files, '/', 'm', 'e', 'd', 'enter', 'escape')), '▹ media/')
    assert.equal(under(play(files, 'G', '/', 'b', 'o', 'o', 'enter')), '▹ boot/')
    assert.equal(under(play(files, 'G', '/', 'q', 'q', 'escape')), FOLDED)
    assert.equal(under(play(files, 'ctrl-p', 'h', 'o', 'm', 'enter')), '▹ home/')
    assert.equal(under(play(files, '/', 'a', 'p', 'p', '/', 'b', 'enter')), 'b')
    // A row of the order by name does not go from under the cursor by size.
    const byName = play(files, sortBy('name'), '/', 's', 'r', 'v', 'enter')
    assert.equal(under(play(byName, sortBy('size'))), '▹ srv/')
    // One that was on a fold is on its first.
    assert.equal(under(play(files, 'G', sortBy('name'), sortBy('size'))), '▹ boot/')
  })

  test('that are marked show it on their row', () => {
    const marked = play(files, 'G', 'enter', 'j', 'space', 'left')
    assert.match(rowTexts(marked, 'files').at(-1) ?? '', /^\+\*/)
  })

  test('as many names as there is room for', () => {
    const narrow = play(files, { type: 'resize', columns: 56, rows: 24 })
    assert.match(rowTexts(narrow, 'files').at(-1) ?? '', /▸ boot\/ … {2}4 empty$/)
    const least = play(files, { type: 'resize', columns: 40, rows: 24 }, 'm', 'm')
    assert.match(rowTexts(least, 'files').at(-1) ?? '', /▸ (boot\/ … {2})?4 empty$/)
    assert.match(rowTexts(play(narrow, 'm'), 'files').at(-1) ?? '', /▸ 4 empty$/)
  })

  test('law: folds hold empty entries only, at the end; the list has all rows that it has unfolded', () => {
    let met = 0
    fc.assert(
      fc.property(mostlyEmpty, mostlyEmpty, fc.boolean(), (lower, upper, all) => {
        const stack = stackOf('overlay', [lower, upper])
        const table = finish(buildFileTable(stack, { kind: 'image' }))
        const view = { expansion: all ? EXPANDED : COLLAPSED, sort: BY_SIZE, hideUnchanged: false, kept: undefined }
        const plain = finish(visibleRows(table, { ...view, unfolded: undefined }))
        const { rows, folds } = finish(visibleRows(table, { ...view, unfolded: new Set() }))
        const shown = [...rows].flatMap(row => {
          const fold = row === 0 ? undefined : folds.get(table.parents[row] ?? 0)
          return fold?.rows[0] === row ? [...fold.rows] : [row]
        })
        assert.deepEqual(shown.toSorted(byRow), [...plain.rows].sort(byRow))
        for (const { rows: folded } of folds.values()) {
          met++
          for (const row of folded) {
            assert.equal(table.node(row).size, 0, pathAt(table, row))
            assert.equal(table.ends[row], row + 1)
            assert.ok(['file', 'directory'].includes(table.node(row).type))
          }
        }
      }),
      { numRuns: 100 },
    )
    assert.ok(met > 0)
  })
})

/** A layer whose entries have often no bytes: directories, files, links and whiteouts in two directories. */
const mostlyEmpty = fc
  .uniqueArray(
    fc.record({
      path: fc.tuple(fc.constantFrom('', 'a/'), fc.nat({ max: 9 })).map(([around, name]) => `${around}${name}`),
      kind: fc.constantFrom('/', '=', '=', '=text', '@a', 'wh:'),
    }),
    { selector: ({ path }) => path, minLength: 3, maxLength: 20 },
  )
  .map(entries => entries.map(({ path, kind }) => (kind === 'wh:' ? `${kind}${path}` : `${path}${kind}`)).join(' '))

function byRow(one: number, other: number): number {
  return one - other
}
