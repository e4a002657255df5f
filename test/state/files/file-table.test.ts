import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Filter, narrows, parseFilter } from '../../../src/filter/filter.ts'
import { isFilterError } from '../../../src/filter/filter-term.ts'
import { typedPath } from '../../../src/layer/file-path.ts'
import { chainStart } from '../../../src/list/directory-chain.ts'
import { COLLAPSED, EXPANDED, visibleRows, withOpen } from '../../../src/list/file-rows.ts'
import { findRows, matchesRow } from '../../../src/list/file-search.ts'
import { BY_NAME } from '../../../src/list/file-sort.ts'
import { changeOf, type FileScope, type FileTable, nameAt, pathAt, rowOf } from '../../../src/list/file-table.ts'
import { buildFileTable } from '../../../src/list/file-table-build.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import type { Stack } from '../../../src/overlay/tree.ts'
import { arbitraryImage } from '../../kit/layer/arbitrary-image.ts'
import { changesetFixture } from '../../kit/layer/changeset-fixture.ts'
import { stackOf } from '../../kit/layer/layer-words.ts'
import { fc } from '../../kit/seeded-check.ts'

const PLAIN_VIEW = { expansion: COLLAPSED, sort: BY_NAME, hideUnchanged: false, kept: undefined, unfolded: undefined } as const
const RUNS = { numRuns: 300 }

const stacks = fc.tuple(arbitraryImage(), fc.constantFrom('overlay', 'spec')).map(([layers, semantics]) =>
  buildStack(
    layers.map(entries => changesetFixture(entries)),
    semantics,
  ),
)

/** The result of the steps of a computation. */
function drain<Result>(work: Generator<undefined, Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

const tableOf = (stack: Stack, scope: FileScope): FileTable => drain(buildFileTable(stack, scope))
const rowsOf = (table: FileTable) => Array.from({ length: table.count }, (_, row) => row)
const removedPaths = (table: FileTable) =>
  rowsOf(table)
    .filter(row => changeOf(table, row) === 'removed')
    .map(row => pathAt(table, row))
    .sort()

function filterOf(text: string): Filter {
  const filter = parseFilter(text, 0)
  assert.ok(!isFilterError(filter), text)
  return filter
}

describe('file table: laws', () => {
  test('what is not removed is the snapshot, in its order; every path is found again', () => {
    fc.assert(
      fc.property(stacks, stack => {
        const table = tableOf(stack, { kind: 'image' })
        const alive = rowsOf(table)
          .filter(row => row > 0 && changeOf(table, row) !== 'removed')
          .map(row => pathAt(table, row))
        const walked = [...stack.snapshot(stack.changesets.length).walk()].map(({ path }) => path)
        assert.deepEqual(alive, walked)
        for (const row of rowsOf(table)) {
          const path = pathAt(table, row)
          assert.deepEqual(rowOf(table, path), { row, exact: true })
          assert.equal(table.node(row).path, path)
          const parent = table.parents[row] ?? 0
          assert.ok(row === 0 || (parent < row && (table.ends[parent] ?? 0) >= (table.ends[row] ?? 0)))
        }
      }),
      RUNS,
    )
  })

  test('up to a layer, what it removed is what was there before and is not any more', () => {
    fc.assert(
      fc.property(stacks, stack => {
        for (const layer of stack.changesets.keys()) {
          const table = tableOf(stack, { kind: 'upto', layer })
          const [lower, upper] = [stack.snapshot(layer), stack.snapshot(layer + 1)]
          const gone = [...lower.walk()].filter(({ path }) => upper.find(path) === undefined).map(({ path }) => path)
          assert.deepEqual(removedPaths(table), gone.sort())
        }
      }),
      RUNS,
    )
  })

  test('of one layer with more rows than there is room for at first, every name is found again', () => {
    const entries = Array.from({ length: 9000 }, (_, index) => ({
      type: 'file' as const,
      path: `file-${index}`,
      content: 'x'.repeat(index % 3),
    }))
    const stack = buildStack([changesetFixture(entries)], 'overlay')
    const table = tableOf(stack, { kind: 'layer', layer: 0 })
    assert.equal(table.count, 9001)
    const walked = [...stack.snapshot(1).walk()]
    for (const [index, { path, size }] of walked.entries())
      assert.deepEqual(
        [pathAt(table, index + 1), nameAt(table, index + 1), table.sizes[index + 1], table.ends[index + 1]],
        [path, path, size, index + 2],
      )
  })

  test('the root weighs every inode once', () => {
    fc.assert(
      fc.property(stacks, stack => {
        const table = tableOf(stack, { kind: 'image' })
        const inodes = new Map([...stack.snapshot(stack.changesets.length).walk()].map(node => [node.inode, node.size]))
        assert.equal(
          table.sizes[0],
          [...inodes.values()].reduce((sum, size) => sum + size, 0),
        )
      }),
      RUNS,
    )
  })

  test('one layer alone shows what it changed and the directories above', () => {
    fc.assert(
      fc.property(stacks, stack => {
        for (const layer of stack.changesets.keys()) {
          const [whole, alone] = [tableOf(stack, { kind: 'upto', layer }), tableOf(stack, { kind: 'layer', layer })]
          const changed = (table: FileTable) =>
            rowsOf(table)
              .filter(row => changeOf(table, row) !== 'unchanged')
              .map(row => `${changeOf(table, row)} ${pathAt(table, row)}`)
          assert.deepEqual(changed(alone), changed(whole))
          for (const row of rowsOf(alone).slice(1)) assert.notEqual(alone.changes[row], 0, pathAt(alone, row))
        }
      }),
      RUNS,
    )
  })

  const word = fc.constantFrom(
    'a',
    'b',
    'A',
    'é',
    'É',
    'b/',
    '/a',
    'a/b',
    '!c',
    '*',
    'a*',
    '/^[ab]/',
    'type:link',
    '>2',
    'change:-',
    'uid:0',
    'b | c',
  )
  const filters = fc.array(word, { minLength: 1, maxLength: 3 }).map(words => filterOf(words.join(' ')))

  test('the fast search finds what the filter keeps, from scratch and narrowed', () => {
    fc.assert(
      fc.property(stacks, filters, filters, (stack, filter, wider) => {
        const table = tableOf(stack, { kind: 'image' })
        const expected = rowsOf(table).map(row => (row > 0 && matchesRow(table, filter, row) ? 1 : 0))
        assert.deepEqual([...drain(findRows(table, filter)).kept], expected, filter.text)
        if (!narrows(wider, filter)) return
        const within = drain(findRows(table, wider))
        assert.deepEqual([...drain(findRows(table, filter, within)).kept], expected, `${filter.text} within ${wider.text}`)
      }),
      RUNS,
    )
  })

  test('the list of a filter is what it keeps and the directories above', () => {
    fc.assert(
      fc.property(stacks, filters, (stack, filter) => {
        const table = tableOf(stack, { kind: 'image' })
        const { kept } = drain(findRows(table, filter))
        const sort = { column: 'size', descending: true } as const
        const { rows, folds } = drain(
          visibleRows(table, { expansion: EXPANDED, sort, hideUnchanged: false, kept, unfolded: new Set() }),
        )
        assert.equal(folds.size, 0)
        const wanted = new Set([0])
        for (const row of rowsOf(table)) {
          if (kept[row] === 0) continue
          for (let each = row; each > 0; each = table.parents[each] ?? 0) wanted.add(each)
        }
        const listed = [...rows].flatMap(row => rowsOf(table).slice(chainStart(table, row), row + 1))
        assert.deepEqual(
          listed.sort((one, other) => one - other),
          [...wanted].sort((one, other) => one - other),
        )
      }),
      RUNS,
    )
  })
})

describe('file table', () => {
  const stack = stackOf('overlay', [
    'etc/ etc/passwd=root etc/motd=hello usr/ usr/bin/ usr/bin/tool=12345',
    'etc/ etc/passwd=root2 wh:usr/bin new=1',
  ])
  const table = tableOf(stack, { kind: 'image' })

  test('marks what the layers above the first did', () => {
    const marks = Object.fromEntries(rowsOf(table).map(row => [pathAt(table, row), changeOf(table, row)]))
    assert.deepEqual(marks, {
      '': 'unchanged',
      etc: 'unchanged',
      'etc/motd': 'unchanged',
      'etc/passwd': 'modified',
      new: 'added',
      usr: 'unchanged',
      'usr/bin': 'removed',
      'usr/bin/tool': 'removed',
    })
    // Removed files weigh under removed directories, not under what is there.
    assert.equal(table.sizes[rowOf(table, typedPath('usr')).row], 0)
    assert.equal(table.sizes[rowOf(table, typedPath('usr/bin')).row], 5)
  })

  test('opens what is open, sorts siblings, hides what did not change', () => {
    const names = (view: Partial<Parameters<typeof visibleRows>[1]>) =>
      [...drain(visibleRows(table, { ...PLAIN_VIEW, ...view })).rows].map(row => nameAt(table, row))
    assert.deepEqual(names({}), ['', 'etc', 'new', 'usr'])
    assert.deepEqual(names({ expansion: withOpen(COLLAPSED, typedPath('etc'), true) }), [
      '',
      'etc',
      'motd',
      'passwd',
      'new',
      'usr',
    ])
    assert.deepEqual(names({ expansion: withOpen(EXPANDED, typedPath('usr'), false) }), [
      '',
      'etc',
      'motd',
      'passwd',
      'new',
      'usr',
    ])
    assert.deepEqual(names({ sort: { column: 'size', descending: true } }), ['', 'etc', 'new', 'usr'])
    assert.deepEqual(names({ sort: { column: 'name', descending: true } }), ['', 'usr', 'new', 'etc'])
    assert.deepEqual(names({ expansion: EXPANDED, hideUnchanged: true }), ['', 'etc', 'passwd', 'new', 'usr', 'bin', 'tool'])
  })

  test('a search finds names, a filter whole paths', () => {
    const found = (text: string, own: boolean) => {
      const { kept } = drain(findRows(table, filterOf(text), undefined, own))
      return rowsOf(table)
        .filter(row => kept[row] !== 0)
        .map(row => pathAt(table, row))
    }
    assert.deepEqual(found('etc', false), ['etc', 'etc/motd', 'etc/passwd'])
    assert.deepEqual(found('etc', true), ['etc'])
    assert.deepEqual(found('etc/m', true), ['etc/motd'])
    assert.deepEqual(found('change:removed', true), ['usr/bin', 'usr/bin/tool'])
  })
})
