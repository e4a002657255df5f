import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { ImageError } from '../../src/error.ts'
import { loadImage } from '../../src/image/load.ts'
import type { Action } from '../../src/state/model/action.ts'
import { effectKey } from '../../src/state/model/effect.ts'
import type { ImageId } from '../../src/state/model/open-image.ts'
import { createPerformer } from '../../src/state/perform/perform.ts'
import type { ImageHandle } from '../../src/state/perform/world.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { fakeWorld } from '../kit/state/fake-world.ts'
import { openedState, play } from '../kit/state/opened-state.ts'

const fixture = imageFixture([layerFixture({ a: '1' }), layerFixture({ b: '1' })])
const image = await loadImage(memorySource(fixture), fixture.descriptor)
const beside: Action = {
  type: 'opened',
  id: 'compared',
  reference: 'oci:other:1',
  nodes: [],
  image,
  offer: undefined,
  remote: false,
  notices: [],
}

describe('an image that is open beside the one on the screen', () => {
  test('is read by its own name, and what comes of it stays its own', async () => {
    const shown = await openedState(fixture)
    const [state, effects] = play(shown, beside)
    assert.deepEqual(effects, [{ type: 'read-layers', image: 'compared', layers: [0, 1] }])
    assert.deepEqual([state.image, state.slices, state.screen], [shown.image, shown.slices, shown.screen])
    const [moved] = play(state, { type: 'layer-progress', id: 'compared', at: 0, layers: [{ layer: 1, done: 5 }] })
    assert.deepEqual([moved.image?.progress[1]?.status, moved.compared?.progress[1]?.status], ['waiting', 'reading'])
  })

  test('does not take back what is found while another view is open', async () => {
    const shown = await openedState(fixture)
    const [state] = play(shown, '6', 'enter', { type: 'checked', id: 'shown', findings: [], texts: new Map(), isWhole: true })
    assert.ok(state.trail.length > 0)
    const [back] = play(state, { type: 'command', command: 'back' })
    assert.ok(back.trail.length < state.trail.length)
    assert.equal(back.slices.story.checked, true)
  })

  test('waits with it while the start screen is shown, and goes with it when another is opened', async () => {
    const [state] = play(await openedState(fixture), beside)
    const [left, paused] = play(state, { type: 'command', command: 'start-screen' })
    const keys = paused.flatMap(effect => (effect.type === 'abort' ? [effect.key] : []))
    for (const id of ['shown', 'compared'] as const) {
      assert.ok(keys.includes(effectKey({ type: 'read-layers', image: id, layers: [] })))
    }
    const [, again] = play(left, { type: 'command', command: 'back' })
    assert.deepEqual(
      again.map(effect => effect.type === 'read-layers' && effect.image),
      ['shown', 'compared'],
    )
    const [other, closing] = play(state, { ...beside, id: 'shown' })
    assert.equal(other.compared, undefined)
    assert.ok(closing.some(effect => effect.type === 'close' && effect.image === 'compared'))
  })

  test('has effects that do not replace those of the one on the screen', () => {
    const range = { offset: 0, length: 1 }
    const key = (id: ImageId) => effectKey({ type: 'read-file', image: id, tag: 'file', layer: 0, entry: 0, range })
    assert.notEqual(key('shown'), key('compared'))
  })

  test('cannot be opened: the program goes on, even where the first was all that was asked for', async () => {
    const error = new ImageError('NOT_FOUND', 'Cannot open it: nothing is there')
    const [state, effects] = play(
      { ...(await openedState(fixture)), screen: { kind: 'opening', opening: 'oci:app:1' } },
      { type: 'failed', tag: 'open', id: 'compared', error },
    )
    assert.equal(state.message?.text, error.message)
    assert.deepEqual(effects, [])
  })
})

test('the performer holds images apart: each is read, closed and replaced by its name', async () => {
  const closed: string[] = []
  const read: string[] = []
  const handle = (reference: string): ImageHandle =>
    ({
      image,
      nodes: [],
      readLayer: async (layer: number) => {
        read.push(`${reference} ${layer}`)
        throw new Error('enough is known')
      },
      close: async () => void closed.push(reference),
    }) as unknown as ImageHandle
  const actions: Action[] = []
  const world = { ...fakeWorld([], { open: async reference => handle(reference) }), copy: () => true, repaint: () => {} }
  const performer = createPerformer({ ...world, page: async () => {}, suspend: async () => {}, quit: () => {} }, action =>
    actions.push(action),
  )
  performer.perform({ type: 'open', image: 'shown', reference: 'one' })
  performer.perform({ type: 'open', image: 'compared', reference: 'two' })
  await turn()
  performer.perform({ type: 'read-layer', image: 'compared', layer: 1 })
  performer.perform({ type: 'read-layer', image: 'shown', layer: 1 })
  await turn()
  assert.deepEqual(read, ['two 1', 'one 1'])
  const failed = actions.flatMap(action => (action.type === 'layer-failed' ? [action.id] : []))
  assert.deepEqual(failed, ['compared', 'shown'])
  performer.perform({ type: 'open', image: 'compared', reference: 'three' })
  await turn()
  assert.deepEqual(closed, ['two'])
  await performer.close()
  assert.deepEqual(closed.toSorted(), ['one', 'three', 'two'])
})
