import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FilePath } from '../../../src/layer/file-path.ts'
import {
  extendLayers,
  isMarked,
  type Marks,
  NO_MARKS,
  rangesToSquash,
  toggleLayer,
  togglePath,
} from '../../../src/state/model/marks.ts'

/** `3` marks layer 3 with Space, `V5` draws the range to 5. */
function marked(...keys: readonly string[]): Marks {
  return keys.reduce((marks, key) => {
    const position = Number(key.replace('V', ''))
    return key.startsWith('V') ? extendLayers(marks, position) : toggleLayer(marks, position)
  }, NO_MARKS)
}

const ranges = (marks: Marks) => marks.ranges.map(({ from, to }) => [from, to])
const squashed = (marks: Marks) => rangesToSquash(marks).map(({ from, to }) => [from, to])

describe('marks of layers', () => {
  test('Space marks one layer and takes it away again', () => {
    assert.deepEqual(ranges(marked('3')), [[3, 3]])
    assert.deepEqual(ranges(marked('3', '3')), [])
    assert.equal(isMarked(marked('3', '3')), false)
  })

  test('Space at one end and V at the other give the range, whichever comes first', () => {
    assert.deepEqual(ranges(marked('1', 'V4')), [[1, 4]])
    assert.deepEqual(ranges(marked('4', 'V1')), [[1, 4]])
  })

  test('layers marked one after the other are one range', () => {
    assert.deepEqual(ranges(marked('1', '2', '3')), [[1, 3]])
    assert.deepEqual(ranges(marked('3', '2', '1')), [[1, 3]])
  })

  test('ranges side by side stay two', () => {
    assert.deepEqual(ranges(marked('1', 'V3', '4', 'V5')), [
      [1, 3],
      [4, 5],
    ])
  })

  test('a range drawn over others takes them in', () => {
    assert.deepEqual(ranges(marked('1', 'V2', '5', 'V6', '0', 'V5')), [[0, 6]])
  })

  test('Space inside a range takes the whole range away, and only that', () => {
    assert.deepEqual(ranges(marked('1', 'V3', '6', 'V8', '2')), [[6, 8]])
  })

  test('two marked layers are the two ends of a range; one alone is none', () => {
    assert.deepEqual(squashed(marked('1', '5')), [[1, 5]])
    assert.deepEqual(squashed(marked('1')), [])
    assert.deepEqual(squashed(marked('1', 'V2', '5')), [[1, 2]])
  })
})

test('a path is marked and unmarked, layers stay as they are', () => {
  const one = togglePath(marked('1', 'V2'), 'etc/motd' as FilePath)
  assert.deepEqual([...one.paths], ['etc/motd'])
  assert.deepEqual(ranges(one), [[1, 2]])
  assert.deepEqual([...togglePath(one, 'etc/motd' as FilePath).paths], [])
})
