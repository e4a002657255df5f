import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Cursor, type Motion, move, moveTo, START, scroll, settle } from '../../src/line/cursor.ts'
import { fc } from '../kit/seeded-check.ts'

const at = (index: number, top: number): Cursor => ({ index, top })

describe('a cursor in a list of 100 rows, 10 on the screen', () => {
  test('moves by rows, pages and halves, and no further than the ends', () => {
    const from = at(50, 45)
    const goes = (motion: Motion, start = from) => move(start, motion, 100, 10).index
    assert.deepEqual(
      (['up', 'down', 'page-up', 'page-down', 'half-up', 'half-down', 'first', 'last'] as const).map(each => goes(each)),
      [49, 51, 41, 59, 45, 55, 0, 99],
    )
    for (const motion of ['up', 'page-up', 'half-up', 'first'] as const) assert.equal(goes(motion, START), 0)
    for (const motion of ['down', 'page-down', 'half-down', 'last'] as const) assert.equal(goes(motion, at(99, 90)), 99)
  })

  test('scrolls as little as keeps two rows above and below it', () => {
    assert.deepEqual(moveTo(at(50, 45), 52, 100, 10), at(52, 45))
    assert.deepEqual(moveTo(at(50, 45), 53, 100, 10), at(53, 46))
    assert.deepEqual(moveTo(at(50, 45), 47, 100, 10), at(47, 45))
    assert.deepEqual(moveTo(at(50, 45), 46, 100, 10), at(46, 44))
    assert.deepEqual(moveTo(at(50, 45), 0, 100, 10), at(0, 0))
    assert.deepEqual(moveTo(at(50, 45), 99, 100, 10), at(99, 90))
  })

  test('stays on its row while the window moves, unless it would leave it', () => {
    assert.deepEqual(scroll(at(50, 45), 3, 100, 10), at(50, 48))
    assert.deepEqual(scroll(at(50, 45), 8, 100, 10), at(53, 53))
    assert.deepEqual(scroll(at(50, 45), -8, 100, 10), at(46, 37))
    assert.deepEqual(scroll(at(50, 45), 1000, 100, 10), at(90, 90))
    assert.deepEqual(scroll(at(50, 45), -1000, 100, 10), at(9, 0))
  })

  test('is made valid for a shorter list and another window', () => {
    assert.deepEqual(settle(at(50, 45), 20, 10), at(19, 10))
    assert.deepEqual(settle(at(50, 45), 100, 4), at(50, 47))
    assert.deepEqual(settle(at(50, 45), 100, 200), at(50, 0))
    assert.deepEqual(settle(at(50, 45), 0, 10), at(0, 0))
    const valid = at(50, 45)
    assert.equal(settle(valid, 100, 10), valid)
  })
})

test('whatever moves it, a cursor is on a row, and that row is on the screen', () => {
  const motion = fc.constantFrom<Motion>('up', 'down', 'page-up', 'page-down', 'half-up', 'half-down', 'first', 'last')
  const step = fc.oneof(motion, fc.integer({ min: -30, max: 30 }))
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 20 }), (length, height, steps) => {
      let cursor = START
      for (const each of steps) {
        cursor = typeof each === 'number' ? scroll(cursor, each, length, height) : move(cursor, each, length, height)
        cursor = settle(cursor, length, height)
        assert.ok(cursor.index >= 0 && cursor.index < Math.max(1, length))
        assert.ok(cursor.top <= cursor.index && cursor.index < cursor.top + height)
        assert.ok(cursor.top <= Math.max(0, length - height))
      }
    }),
  )
})
