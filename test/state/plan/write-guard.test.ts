import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import type { Effect } from '../../../src/state/model/effect.ts'
import { panesOf } from '../../../src/state/model/screen.ts'
import type { State } from '../../../src/state/model/state.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { SUMMARY } from '../../kit/rebuild/rebuild-summary.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const fixture = imageFixture([layerFixture({ a: '1' }), layerFixture({ b: '2' })])

async function writing(): Promise<State> {
  const [state, effects] = play(await openedState(fixture), 's', 'enter')
  assert.deepEqual(
    effects.map(effect => ('tag' in effect ? `${effect.type}:${effect.tag}` : effect.type)),
    ['rebuild:measure', 'rebuild:write'],
  )
  return state
}

const isCancel = (effect: Effect) => effect.type === 'abort' && effect.key === 'rebuild:write'
const choices = ({ dialog }: State) => (dialog?.type === 'choose' ? dialog.items.map(({ command }) => command) : [])

describe('while an image is being written', () => {
  test('Esc and q ask first, in every pane and on the start screen', async () => {
    for (const keys of [['escape'], ['q'], ['1', 'escape'], ['2', 'q'], ['O', 'escape']]) {
      const [asked, effects] = play(await writing(), ...keys)
      assert.ok(choices(asked).includes('plan.cancel'), keys.join())
      assert.ok(!effects.some(effect => effect.type === 'quit' || isCancel(effect)), keys.join())
    }
  })

  test('cancelling ends it, going on does not, leaving goes where Esc would have gone', async () => {
    const [asked] = play(await writing(), 'escape')
    const [cancelled, effects] = play(asked, { type: 'chosen', command: 'plan.cancel' })
    assert.ok(effects.some(isCancel))
    assert.equal(cancelled.slices.plan?.run.kind, 'measuring')
    const [onward] = play(asked, { type: 'chosen', command: 'plan.nothing' })
    assert.equal(onward.slices.plan?.run.kind, 'writing')
    const [left] = play(asked, { type: 'chosen', command: 'leave', argument: 'back' })
    assert.deepEqual([panesOf(left.screen).over, left.slices.plan?.run.kind], [[], 'writing'])
  })

  test('no other image is opened meanwhile, and that is said', async () => {
    const state = await writing()
    const [held, effects] = play(state, { type: 'command', command: 'start.open-typed', argument: 'oci:other' })
    assert.ok(!effects.some(({ type }) => type === 'open'))
    assert.equal(held.screen.opening, undefined)
    assert.match(held.message?.text ?? '', /before opening another image/)
  })

  test('the plan stays as it is', async () => {
    const state = await writing()
    for (const key of ['u', 'a', 'n', 'D', 'd', 'enter'])
      assert.equal(play(state, key)[0].slices.plan?.plan, state.slices.plan?.plan)
  })

  test('the dry run goes on beside it, and its figures are there when the writing has failed', async () => {
    const [measured] = play(await writing(), { type: 'rebuilt', tag: 'measure', summary: SUMMARY })
    assert.deepEqual([measured.slices.plan?.run.kind, measured.slices.plan?.measured], ['writing', SUMMARY])
    const error = new ImageError('DESTINATION_EXISTS', 'Cannot write it: the name is taken')
    const [failed, effects] = play(measured, { type: 'failed', tag: 'write', error })
    assert.deepEqual([failed.slices.plan?.run.kind, failed.slices.plan?.measured], ['idle', SUMMARY])
    assert.deepEqual([effects.length, choices(failed)], [0, ['plan.destination', 'plan.replace']])
    const [unmeasured, again] = play(await writing(), { type: 'failed', tag: 'write', error })
    assert.equal(unmeasured.slices.plan?.run.kind, 'measuring')
    assert.deepEqual(
      again.map(effect => 'tag' in effect && effect.tag),
      ['measure'],
    )
  })

  test('other marks do not change what is being written', async () => {
    const [away] = play(await writing(), 'escape', { type: 'chosen', command: 'leave', argument: 'back' })
    const [seen, effects] = play(away, '1', 'space', 'j', 'V', 's')
    assert.deepEqual([panesOf(seen.screen).over.at(-1), seen.slices.plan?.run.kind], ['plan', 'writing'])
    assert.equal(seen.slices.plan?.plan, away.slices.plan?.plan)
    assert.ok(!effects.some(({ type }) => type === 'rebuild'))
  })

  test('once it has ended Esc is Esc again; who cancels too late is told', async () => {
    const error = new ImageError('NO_SPACE', 'Cannot write it: the disk is full')
    const [failed] = play(await writing(), { type: 'failed', tag: 'write', error })
    assert.equal(failed.slices.plan?.run.kind, 'measuring')
    assert.deepEqual(panesOf(play(failed, 'escape')[0].screen).over, [])
    const [late, effects] = play(failed, { type: 'chosen', command: 'plan.cancel' })
    assert.match(late.message?.text ?? '', /already finished/)
    assert.ok(!effects.some(({ type }) => type === 'abort'))
  })
})
