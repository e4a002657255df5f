import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from '../../../src/state/keys/keys.ts'
import type { Effect } from '../../../src/state/model/effect.ts'
import { panesOf } from '../../../src/state/model/screen.ts'
import type { State } from '../../../src/state/model/state.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { SUMMARY } from '../../kit/rebuild/rebuild-summary.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const fixture = imageFixture([layerFixture({ a: '1' }), layerFixture({ b: '2' })])

async function measuring(): Promise<State> {
  const [state] = play(await openedState(fixture), 's')
  assert.equal(state.slices.plan?.run.kind, 'measuring')
  return state
}

/** The events of the dry run, in order. */
const steps = (effects: readonly Effect[]) =>
  effects.flatMap(effect => {
    if (effect.type === 'abort') return effect.key === 'rebuild:measure' ? ['stop'] : []
    return effect.type === 'rebuild' ? [effect.tag] : []
  })

describe('the dry run of a plan', () => {
  test('ends with Esc, with another tab and with the start screen; it begins again when the plan is seen again', async () => {
    const state = await measuring()
    const command = (name: Command) => ({ type: 'command', command: name }) as const
    const [left, ended] = play(state, 'escape')
    assert.deepEqual(steps(ended), ['stop'])
    assert.deepEqual(steps(play(left, 'j', 'k', '1')[1]), [])
    assert.deepEqual(steps(play(left, 's')[1]), ['measure'])
    assert.deepEqual(steps(play(state, command('tab-next'))[1]), ['stop'])
    assert.deepEqual(steps(play(state, command('start-screen'), 'escape')[1]), ['stop', 'measure'])
  })

  test('goes on while Esc would come back to it', async () => {
    const state = await measuring()
    const look = { type: 'command', command: 'plan.look', argument: 'a' } as const
    const [looking, effects] = play(state, look)
    assert.deepEqual(panesOf(looking.screen).over, [])
    assert.deepEqual(steps(effects), [])
    const [back, more] = play(looking, 'escape')
    assert.deepEqual([panesOf(back.screen).over.at(-1), steps(more)], ['plan', []])
  })

  test('has its result kept until the plan is left, though its figures stay', async () => {
    const [done] = play(await measuring(), { type: 'rebuilt', tag: 'measure', summary: SUMMARY })
    assert.equal(done.slices.plan?.run.kind, 'idle')
    const [left, effects] = play(done, 'escape')
    assert.deepEqual([steps(effects), left.slices.plan?.measured], [['stop'], SUMMARY])
    assert.deepEqual(steps(play(left, 's')[1]), [])
    assert.deepEqual(steps(play(done, 'u', { type: 'command', command: 'plan.squash-none' })[1]), ['measure'])
  })

  test('does not begin for a plan out of sight whose writing is cancelled', async () => {
    const [away, gone] = play(await measuring(), 'enter', 'escape', { type: 'chosen', command: 'leave', argument: 'back' })
    assert.equal(away.slices.plan?.run.kind, 'writing')
    assert.deepEqual(steps(gone), ['write', 'stop'])
    const [cancelled, effects] = play(away, { type: 'chosen', command: 'plan.cancel' })
    assert.deepEqual(steps(effects), ['stop'])
    assert.deepEqual(steps(play(cancelled, 's')[1]), ['measure'])
  })
})
