import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { diffLines, formatPatch, structuredPatch } from 'diff'
import { EDIT_LIMIT, type LineEdits, lineEdits } from '../../src/compare/content/line-edits.ts'
import { patchLines } from '../../src/compare/content/unified-diff.ts'
import { inTurns } from '../../src/overlay/in-slices.ts'
import { finish, type Steps } from '../../src/overlay/steps.ts'
import { cases, fc } from '../kit/seeded-check.ts'

const MEGABYTE = 1024 * 1024

/** Texts of few different lines: many ways lead from one to the other, and few of them are the shortest. */
const few = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '', 'c\r', 'long line'), { maxLength: 40 }), fc.boolean())
  .map(([lines, ends]) => lines.map(line => `${line}\n`).join('') + (ends ? '' : 'end'))

const numbered = (count: number, from: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => `line ${from(index)}\n`).join('')

describe('the edits between two texts', () => {
  test('are those of the package diff, and so is the patch made of them', () => {
    fc.assert(
      fc.property(few, few, (before, after) => {
        const edits = finish(lineEdits(before, after))
        assert.ok(edits !== undefined)
        const theirs = diffLines(before, after).map(({ value, added, removed }) => [
          added ? 'added' : removed ? 'removed' : 'same',
          value,
        ])
        assert.deepEqual(runTexts(edits), theirs)
        const patch = formatPatch(structuredPatch('a/f', 'b/f', before, after, undefined, undefined, { context: 3 }))
        assert.equal(`${patchLines(edits, 'f', 'f').join('\n')}\n`, patch.slice(patch.indexOf('--- ')))
      }),
      { numRuns: cases(300, 50_000) },
    )
  })

  test('are the same in slices and in one go', async () => {
    const [before, after] = [numbered(5000, index => index), numbered(5000, index => (index % 7 === 0 ? -index : index))]
    assert.deepEqual(await inTurns(lineEdits(before, after), undefined), finish(lineEdits(before, after)))
  })

  test('are looked for up to the limit and not beyond it, as in the package diff', () => {
    const lines = (count: number, mark: string) => Array.from({ length: count }, (_, index) => `${mark}${index}\n`).join('')
    for (const [removed, added] of [
      [EDIT_LIMIT / 2, EDIT_LIMIT / 2],
      [EDIT_LIMIT / 2, EDIT_LIMIT / 2 + 1],
      [0, EDIT_LIMIT + 1],
    ] as const) {
      const [before, after] = [`same\n${lines(removed, 'a')}`, `same\n${lines(added, 'b')}`]
      const edits = finish(lineEdits(before, after))
      assert.equal(edits === undefined, removed + added > EDIT_LIMIT)
      assert.equal(diffLines(before, after, { maxEditLength: EDIT_LIMIT }) === undefined, edits === undefined)
    }
  })
})

describe('no step of a comparison of texts grows with them', () => {
  test('a megabyte of other lines', () => {
    const lines = (mark: string) => Array.from({ length: MEGABYTE / 16 }, (_, index) => `${mark}${index}`.padEnd(15)).join('\n')
    const [steps, edits] = counted(lineEdits(lines('a'), lines('b')))
    assert.equal(edits, undefined)
    assert.ok(steps >= (4 * MEGABYTE) / 16 / 256, `${steps} steps`)
  })

  test('the same lines in another order, which meet everywhere and nowhere', () => {
    const [steps, edits] = counted(
      lineEdits(
        numbered(20_000, index => index),
        numbered(20_000, index => 19_999 - index),
      ),
    )
    assert.equal(edits, undefined)
    // Diagonals that were gone through, 4096 of them a step.
    assert.ok(steps >= (EDIT_LIMIT * EDIT_LIMIT) / 2 / 4096, `${steps} steps`)
  })

  test('an abort is heard between them', async () => {
    const stop = new AbortController()
    const edits = inTurns(
      lineEdits(
        numbered(20_000, index => index),
        numbered(20_000, index => 19_999 - index),
      ),
      stop.signal,
    )
    setImmediate(() => stop.abort(new Error('enough')))
    await assert.rejects(edits, /enough/)
  })
})

function counted<Result>(work: Steps<Result>): readonly [steps: number, result: Result] {
  for (let steps = 1; ; steps++) {
    const step = work.next()
    if (step.done === true) return [steps, step.value]
  }
}

function runTexts({ before, after, runs }: LineEdits): readonly (readonly [kind: string, text: string])[] {
  return runs.map(({ kind, count, ...at }) => {
    const [lines, from] = kind === 'added' ? [after, at.after] : [before, at.before]
    return [kind, lines.text.slice(lines.starts[from], lines.starts[from + count])]
  })
}
