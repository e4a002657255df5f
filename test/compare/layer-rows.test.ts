import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findDifferences } from '../../src/compare/find-differences.ts'
import { selectRows } from '../../src/compare/selection.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'

const file = (path: string, content: string): EntryFixture => ({ type: 'file', path, size: content.length, content })
const base = changesetFixture([file('etc/passwd', 'root'), file('lib/old/a', 'a'), file('lib/old/b', 'b'), file('bin/sh', 'sh')])

const a = buildStack([base, changesetFixture([file('app/main', 'one'), file('app/gone', 'x')])], 'overlay').snapshot(2)
const b = buildStack(
  [
    base,
    changesetFixture([file('app/main', 'two'), file('etc/passwd', 'root app'), file('app/late', '1')]),
    changesetFixture([{ type: 'whiteout', path: 'lib/old' }, file('app/late', '22')]),
  ],
  'overlay',
)

test('a pair of layers has what either of them made of the paths that differ, or removed', () => {
  const rows = finish(findDifferences(a, b.snapshot(3)))
  const pathsOf = (before: number | null, after: number | null) => {
    const { indexes } = finish(selectRows(rows, { layers: { a: before, b: after } }))
    return [...indexes].map(row => rows.path(row))
  }
  assert.deepEqual(pathsOf(1, 1), ['app/gone', 'app/main', 'etc/passwd'])
  assert.deepEqual(pathsOf(null, 2), ['app/late', 'lib/old', 'lib/old/a', 'lib/old/b'])
  assert.deepEqual(pathsOf(0, null), ['etc/passwd', 'lib/old', 'lib/old/a', 'lib/old/b'])
  const all = new Set([...pathsOf(0, 0), ...pathsOf(1, 1), ...pathsOf(null, 2)])
  assert.equal(all.size, rows.length)
})

test('only the layers that are compared count: what a later one of the stack does is not theirs', () => {
  const rows = finish(findDifferences(a, b.snapshot(2)))
  const { indexes } = finish(selectRows(rows, { layers: { a: null, b: 2 } }))
  assert.deepEqual([...indexes], [])
})
