import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { State } from '../../../src/state/model/state.ts'
import { imageFixture, indexFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const forPlatform = (architecture: string) =>
  imageFixture([layerFixture({ a: architecture }), layerFixture({ b: '2' })], { platform: { os: 'linux', architecture } })
const index = indexFixture([forPlatform('amd64'), forPlatform('arm64'), forPlatform('s390x')])

const platforms = (state: State) => state.slices.plan?.plan.edits.find(({ type }) => type === 'platforms')
const items = ({ dialog }: State) => (dialog?.type === 'choose' ? dialog.items.map(({ label }) => label) : [])

describe('the platforms of a result', () => {
  test('out of an index comes the image on the screen alone, and the plan says so', async () => {
    const [plan] = play(await openedState(index), 's')
    assert.deepEqual(platforms(plan), { type: 'platforms', platforms: ['linux/amd64'], others: 'drop' })
    const [single] = play(await openedState(forPlatform('amd64')), 's')
    assert.equal(platforms(single), undefined)
    assert.match(play(single, 'p')[0].message?.text ?? '', /only one platform/)
  })

  test('others are turned on and off in a menu that stays; the one on the screen stays on', async () => {
    const [menu] = play(await openedState(index), 's', 'p')
    assert.deepEqual(items(menu), [
      '[x] linux/amd64  this one',
      '[ ] linux/arm64',
      '[ ] linux/s390x',
      'The others are dropped: keep them',
      'Done',
    ])
    const [two, effects] = play(menu, { type: 'chosen', command: 'plan.platform', argument: 'linux/s390x' })
    assert.deepEqual(platforms(two), { type: 'platforms', platforms: ['linux/amd64', 'linux/s390x'], others: 'drop' })
    assert.equal(items(two)[2], '[x] linux/s390x')
    assert.equal(two.dialog?.type === 'choose' && two.dialog.initial, 2)
    assert.ok(effects.some(effect => effect.type === 'rebuild' && effect.tag === 'measure'))
    const [same] = play(two, { type: 'chosen', command: 'plan.platform', argument: 'linux/amd64' })
    assert.deepEqual(platforms(same), platforms(two))
    const [one] = play(two, { type: 'chosen', command: 'plan.platform', argument: 'linux/s390x' })
    assert.deepEqual(platforms(one), { type: 'platforms', platforms: ['linux/amd64'], others: 'drop' })
  })

  test('what is not rewritten is left out or kept; undo takes it back', async () => {
    const [kept] = play(await openedState(index), 's', 'p', { type: 'chosen', command: 'plan.other-platforms' })
    assert.deepEqual(platforms(kept), { type: 'platforms', platforms: ['linux/amd64'], others: 'keep' })
    assert.equal(items(kept)[3], 'The others are kept: drop them')
    const [undone] = play(kept, 'escape', 'u')
    assert.deepEqual(platforms(undone), { type: 'platforms', platforms: ['linux/amd64'], others: 'drop' })
  })

  test('other marks leave the choice as it is', async () => {
    const [plan] = play(await openedState(index), 's', 'p', { type: 'chosen', command: 'plan.other-platforms' }, 'escape')
    const [again] = play(plan, 'escape', '1', 'space', 'j', 'V', 's')
    assert.deepEqual(platforms(again), platforms(plan))
  })
})
