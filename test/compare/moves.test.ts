import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compareTrees } from '../../src/compare/compare-trees.ts'
import { findMoves } from '../../src/compare/moves.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'

/** The moves from one tree to another, of files with these contents: `old > new`. */
function moves(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): readonly string[] {
  const snapshot = (files: typeof before) =>
    buildStack(
      [
        changesetFixture(
          Object.entries(files).map(([path, content]) => ({ type: 'file', path, size: content.length, content }) as const),
        ),
      ],
      'overlay',
    ).snapshot(1)
  const rows = finish(compareTrees(snapshot(before), snapshot(after)))
  return finish(findMoves(rows)).map(({ removed, added }) => `${rows.path(removed)} > ${rows.path(added)}`)
}

const large = (letter: string, size = 4096) => letter.repeat(size)

describe('files that were moved', () => {
  test('are one content, gone from one path and new at another, in the order of the new paths', () => {
    assert.deepEqual(moves({ z: large('a'), y: large('b') }, { c: large('b'), d: large('a') }), ['y > c', 'z > d'])
    const more = { e: large('1'), f: large('2') }
    assert.deepEqual(moves({ y: large('a'), z: large('b') }, { c: large('b'), d: large('a'), ...more }), ['z > c', 'y > d'])
  })

  test('are found on whichever side there are more rows', () => {
    const others = { o1: large('1'), o2: large('2'), o3: large('3') }
    assert.deepEqual(moves({ old: large('a'), ...others }, { new: large('a') }), ['old > new'])
    assert.deepEqual(moves({ old: large('a') }, { new: large('a'), ...others }), ['old > new'])
  })

  test('are none where the content is twice on a side: which went where has no answer', () => {
    assert.deepEqual(moves({ a: large('a'), b: large('a') }, { c: large('a') }), [])
    assert.deepEqual(moves({ a: large('a') }, { c: large('a'), d: large('a') }), [])
    assert.deepEqual(moves({ a: large('a'), b: large('a') }, { c: large('a'), d: large('a') }), [])
  })

  test('are at least 4 KiB large: smaller ones are alike by chance', () => {
    assert.deepEqual(moves({ a: large('a', 4095) }, { b: large('a', 4095) }), [])
    assert.deepEqual(moves({ a: large('a', 4096) }, { b: large('a', 4096) }), ['a > b'])
  })
})
