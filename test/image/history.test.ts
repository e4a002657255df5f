import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { alignHistory, parseHistory } from '../../src/image/history.ts'

const made = { created_by: 'made' }
const empty = { created_by: 'empty', empty_layer: true }

function aligned(history: unknown, layers: number): (number | string)[] {
  return alignHistory(parseHistory(history), layers).map(step =>
    step.aligned ? (step.layer ?? 'empty') : (step.layer ?? 'leftover'),
  )
}

describe('history beside layers', () => {
  test('entries that made a layer, and those that made none, in their places', () => {
    assert.deepEqual(aligned([made, empty, made, empty], 2), [0, 'empty', 1, 'empty'])
  })

  test('too few entries: the layers without a description come last, unaligned', () => {
    const steps = alignHistory(parseHistory([made]), 3)
    assert.deepEqual(
      steps.map(({ layer, aligned, history }) => [layer, aligned, history?.createdBy]),
      [
        [0, true, 'made'],
        [1, false, undefined],
        [2, false, undefined],
      ],
    )
  })

  test('too many entries are leftovers', () => {
    assert.deepEqual(aligned([made, made, empty, made], 1), [0, 'leftover', 'empty', 'leftover'])
  })

  test('no history at all is no mismatch', () => {
    for (const history of [undefined, null, 'x', {}]) assert.deepEqual(aligned(history, 2), [0, 1])
    assert.deepEqual(aligned([], 0), [])
  })

  test('entries that are odd', () => {
    assert.deepEqual(parseHistory([null, { created: 5, created_by: null, comment: 'c', author: 'a', empty_layer: 'true' }]), [
      { emptyLayer: false },
      { comment: 'c', author: 'a', emptyLayer: false },
    ])
  })
})
