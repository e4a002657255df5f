import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatSeconds, NO_PACE, type Pace, paceWords, rateOf, secondsLeft, withMoment } from '../../src/format/transfer-rate.ts'

const MB = 1_000_000

/** A pace of one moment every `step` milliseconds, at `rate` bytes a second. */
function run(pace: Pace, from: number, until: number, rate: number, step = 100): Pace {
  let [next, done] = [pace, pace.at(-1)?.done ?? 0]
  for (let at = from; at <= until; at += step) {
    next = withMoment(next, at, done)
    done += (rate * step) / 1000
  }
  return next
}

describe('the pace of work', () => {
  test('is not told before a second has passed', () => {
    assert.equal(rateOf(NO_PACE), undefined)
    assert.deepEqual(paceWords(run(NO_PACE, 0, 900, 5 * MB), 100 * MB), [])
    assert.deepEqual(paceWords(run(NO_PACE, 0, 1000, 5 * MB), 95 * MB), ['5.00 MB/s', '19 s left'])
  })

  test('less than a byte a second still has an end', () => {
    const slow = withMoment(withMoment(NO_PACE, 0, 0), 4000, 2)
    assert.deepEqual([rateOf(slow), secondsLeft(slow, 3), secondsLeft(slow, -1)], [0.5, 6, 0])
  })

  test('forgets what is older than its window, and keeps few moments', () => {
    const fast = run(NO_PACE, 0, 20_000, 50 * MB)
    assert.ok(fast.length < 30, `${fast.length} moments`)
    const slow = run(fast, 20_100, 30_000, 2 * MB)
    assert.equal(Math.round((rateOf(slow) ?? 0) / MB), 2)
  })

  test('falls while nothing comes, and then there is no time to tell', () => {
    let pace = run(NO_PACE, 0, 3000, 4 * MB)
    const done = pace.at(-1)?.done ?? 0
    for (let at = 3100; at <= 12_000; at += 100) pace = withMoment(pace, at, done)
    assert.equal(rateOf(pace), 0)
    assert.equal(secondsLeft(pace, 100 * MB), undefined)
    assert.deepEqual(paceWords(pace, 100 * MB), ['0 B/s'])
  })

  test('begins again where the work did', () => {
    const pace = withMoment(run(NO_PACE, 0, 3000, 4 * MB), 3100, 0)
    assert.equal(pace.length, 1)
    assert.equal(rateOf(pace), undefined)
  })

  test('time is told in one unit', () => {
    assert.deepEqual([0, 8, 99, 100, 3600, 6000, 20_000].map(formatSeconds), [
      '0 s',
      '8 s',
      '99 s',
      '2 min',
      '60 min',
      '2 h',
      '6 h',
    ])
  })
})
