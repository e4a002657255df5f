import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSlices } from '../../src/overlay/in-slices.ts'
import type { Steps } from '../../src/overlay/steps.ts'

const NEVER = new AbortController().signal

describe('work in slices', () => {
  test('shares one slice a turn, however much of it there is', async () => {
    const clock = handClock()
    const run = createSlices(clock)
    const works = Array.from({ length: 5 }, (_, index) => run(clock.steps(40, index), NEVER))
    const turns = [clock.spent(), ...clock.turns()]
    assert.deepEqual(await Promise.all(works), [0, 1, 2, 3, 4])
    assert.equal(Math.max(...turns), 4)
    // Beside the steps themselves a turn costs nothing.
    assert.equal(turns.length, (5 * 40) / 4)
  })

  test('does what is quickly done at once', async () => {
    const clock = handClock()
    const result = createSlices(clock)(clock.steps(3, 'done'), NEVER)
    assert.equal(clock.spent(), 3)
    assert.equal(await result, 'done')
  })

  test('does first what was asked for last', async () => {
    const clock = handClock()
    const run = createSlices(clock)
    const ended: string[] = []
    const works = ['long', 'short'].map(async (name, index) => {
      ended.push(String(await run(clock.steps(index === 0 ? 100 : 10, name), NEVER)))
    })
    for (const _ of clock.turns()) await null
    await Promise.all(works)
    assert.deepEqual(ended, ['short', 'long'])
  })

  test('ends what is aborted and tells what is thrown, and goes on with the others', async () => {
    const clock = handClock()
    const run = createSlices(clock)
    const stop = new AbortController()
    const other = run(clock.steps(20, 'other'), NEVER)
    const aborted = run(clock.steps(1000, 'never'), stop.signal)
    const thrown = run(failing(), NEVER)
    stop.abort()
    const turns = [...clock.turns()]
    assert.equal(await aborted, undefined)
    await assert.rejects(thrown, /broken/)
    assert.equal(await other, 'other')
    assert.ok(turns.length < 10)
  })
})

function* failing(): Steps<never> {
  yield
  throw new Error('broken')
}

/** A clock that work itself moves on, a millisecond a step, and turns that come when they are taken. */
function handClock() {
  let time = 0
  let read = 0
  const waiting: (() => void)[] = []
  const spent = () => {
    const since = time - read
    read = time
    return since
  }
  return {
    now: () => time,
    nextTurn: (run: () => void) => void waiting.push(run),
    /** Milliseconds since it was asked before. */
    spent,
    /** Takes turn after turn until nothing waits, each as what it cost. */
    *turns() {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        run()
        if (time > read) yield spent()
      }
    },
    *steps<Result>(count: number, result: Result): Steps<Result> {
      for (let each = 1; each < count; each++) {
        time++
        yield
      }
      time++
      return result
    },
  }
}
