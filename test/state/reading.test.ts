import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { formatSize } from '../../src/format/size.ts'
import { loadImage } from '../../src/image/load.ts'
import { plainText } from '../../src/line/line.ts'
import { LAYERS_VIEW } from '../../src/state/layers/layers-view.ts'
import type { Action } from '../../src/state/model/action.ts'
import type { Effect } from '../../src/state/model/effect.ts'
import { firstState } from '../../src/state/model/first-state.ts'
import type { State } from '../../src/state/model/state.ts'
import { DETAILS_VIEW } from '../../src/state/preview/details-view.ts'
import { footerLines } from '../../src/state/shell/footer.ts'
import { update } from '../../src/state/shell/update.ts'
import { VIEWS } from '../../src/state/shell/views.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { openedState, play } from '../kit/state/opened-state.ts'

const fixture = imageFixture(
  ['one', 'two', 'three'].map(name =>
    layerFixture({ [name]: { content: Buffer.alloc(100_000, name) } }, { compression: 'none' }),
  ),
)
const image = await loadImage(memorySource(fixture), fixture.descriptor)
const size = image.layers[0]?.blob.size ?? 0

/** A state after these actions, and the effects of the last one. */
function after(before: State, ...actions: readonly Action[]): { state: State; effects: readonly Effect[] } {
  let [state, effects]: readonly [State, readonly Effect[]] = [before, []]
  for (const action of actions) [state, effects] = update(state, action)
  return { state, effects }
}

const opened: Action = {
  type: 'opened',
  id: 'shown',
  reference: 'host:5000/app',
  nodes: [],
  image,
  offer: undefined,
  remote: true,
  notices: [],
}
const at = (time: number, ...layers: readonly (readonly [number, number])[]): Action => ({
  type: 'layer-progress',
  id: 'shown',
  at: time,
  layers: layers.map(([layer, done]) => ({ layer, done })),
})
const start = after(firstState({ columns: 80, rows: 24 }), opened)
const footer = (state: State) => plainText(footerLines(state)[0] ?? [])
const rows = (state: State, width = 76) =>
  LAYERS_VIEW.rows(state, width)
    .slice(0, 3)
    .map(({ line }) => plainText(line))

describe('reading layers', () => {
  test('all of them are asked for when an image is opened', () => {
    assert.deepEqual(start.effects, [
      { type: 'read-layers', image: 'shown', layers: [0, 1, 2] },
      { type: 'check', image: 'shown' },
    ])
    assert.match(footer(start.state), /reading 0\/3 {3}0 % +$/)
    assert.match(rows(start.state)[0] ?? '', / … /)
  })

  test('progress, rate and time left come from the moments that were told', () => {
    const first = after(start.state, at(1000, [0, 0], [1, 0])).state
    assert.doesNotMatch(footer(first), /B\/s/)
    const { state } = after(first, at(1500, [0, 20_000], [1, 10_000]), at(2000, [0, 40_000], [1, 20_000]))
    // 60,000 bytes in a second; two thirds of 3 layers are left.
    const left = Math.ceil((3 * size - 60_000) / 60_000)
    assert.match(footer(state), new RegExp(`0/3 +19 % · 60\\.0 kB/s · ${left} s left +$`))
    assert.match(rows(state)[0] ?? '', / 39 % 40\.0kB\/s /)
    assert.match(rows(state)[1] ?? '', / 19 % 20\.0kB\/s /)
    assert.match(rows(state, 46)[0] ?? '', / ░+─+ +40\.0kB\/s /)
    const details = DETAILS_VIEW.rows({ ...state, focus: 'layers' }, 76)
      .slice(0, 20)
      .map(({ line }) => line)
      .map(plainText)
      .join('\n')
    assert.match(details, /reading 39 % · 40\.0 kB\/s · 2 s left/)
  })

  test('the rate falls while nothing comes', () => {
    let { state } = after(start.state, at(0, [0, 0]), at(1000, [0, 50_000]))
    assert.match(footer(state), /50\.0 kB\/s/)
    for (let time = 2000; time <= 8000; time += 1000) ({ state } = after(state, at(time)))
    assert.match(footer(state), / 0 B\/s +$/)
  })

  test('what came from the cache at once is no rate', () => {
    const reading = { remembered: true, changeset: { diagnostics: [] } } as unknown as Extract<
      Action,
      { type: 'layer-read' }
    >['reading']
    const { state } = after(
      start.state,
      at(0, [0, 0]),
      at(1000, [0, 10_000]),
      { type: 'layer-read', id: 'shown', layer: 1, reading },
      at(2000, [0, 20_000]),
    )
    assert.match(footer(state), /10\.0 kB\/s/)
  })

  test('a key stops reading and goes on; layers that would be pulled are held back until that is asked for', () => {
    const hold: Action = { type: 'key', key: 'H' }
    const stopped = after(start.state, at(0, [0, 0]), at(1000, [0, 50_000]), hold)
    assert.ok(stopped.effects.some(effect => effect.type === 'abort' && effect.key === 'read-layers'))
    assert.match(footer(after(stopped.state, { type: 'expire' }).state), /not read H reads/)
    const left = after(stopped.state, { type: 'command', command: 'start-screen' }, { type: 'key', key: 'escape' })
    assert.deepEqual(left.effects, [])
    const asked = (effects: readonly Effect[]) => effects.flatMap(each => (each.type === 'read-layer' ? [each.layer] : []))
    assert.deepEqual(asked(after(left.state, hold).effects), [0, 1, 2])

    const held = after(firstState({ columns: 80, rows: 24 }), { ...opened, pulls: { layers: [1, 2], bytes: 2 * size } })
    assert.deepEqual(held.effects[0], { type: 'read-layers', image: 'shown', layers: [0] })
    const { dialog } = held.state
    assert.ok(dialog?.type === 'choose')
    assert.equal(dialog.title, 'Pull layers from the registry?')
    // Enter pulls nothing: the last choice is the one under the cursor.
    assert.equal(dialog.initial, dialog.items.length - 1)
    assert.deepEqual(
      dialog.items.map(({ label, command, argument }) => [label, command, argument]),
      [
        [`all of them, ${formatSize(2 * size)}`, 'read-held', undefined],
        ['only what I open: H goes on', 'hold', undefined],
      ],
    )
    const some = after(held.state, { type: 'chosen', command: 'read-held', argument: '1' })
    assert.deepEqual(asked(some.effects), [1])
    assert.deepEqual(some.state.image?.held, { layers: [2], bytes: size })
  })

  test('leaving cancels, coming back goes on with what was not read', () => {
    const failed: Action = {
      type: 'layer-failed',
      id: 'shown',
      layer: 2,
      error: new ImageError('LAYER_DAMAGED', 'Cannot list it'),
    }
    const reading = after(start.state, at(0, [0, 0], [1, 0]), at(1000, [0, 50_000]), failed, { type: 'key', key: 'x' }).state
    const left = after(reading, { type: 'command', command: 'start-screen' })
    assert.ok(left.effects.some(effect => effect.type === 'abort' && effect.key === 'read-layers'))
    assert.ok(left.effects.some(effect => effect.type === 'abort' && effect.key === 'read-layer:0'))
    assert.deepEqual(
      left.state.image?.progress.map(({ status }) => status),
      ['waiting', 'waiting', 'failed'],
    )
    // Answers that were on their way when it was cancelled change nothing.
    const late = after(left.state, at(1200, [0, 60_000])).state
    assert.equal(late.image?.progress[0]?.status, 'waiting')
    const back = after(late, { type: 'command', command: 'back' })
    assert.deepEqual(
      back.effects.filter(({ type }) => type === 'read-layers'),
      [{ type: 'read-layers', image: 'shown', layers: [0, 1] }],
    )
    // Read from the start again: no rate of before.
    assert.doesNotMatch(footer(after(back.state, at(1300, [0, 0])).state), /B\/s/)
  })

  test('where there is little room, the time left stays longest', () => {
    const long: Action = { ...opened, reference: `registry.example.com/${'a'.repeat(60)}/app:latest` }
    const { state } = after(firstState({ columns: 80, rows: 24 }), long, at(0, [0, 0]), at(1000, [0, 10_000]))
    assert.match(footer(state), / \? help .*\d % · .*s left +$/)
    assert.ok(footer(state).length <= 80)
  })
})

test('no list says that the layers are read while reading is held', async () => {
  const opened = await openedState(imageFixture([layerFixture({ a: 'x' }), layerFixture({ b: 'y' })]))
  const [held] = play(opened, 'H')
  for (const [key, id] of [
    ['2', 'files'],
    ['3', 'waste'],
    ['4', 'biggest'],
  ] as const) {
    const said = VIEWS[id].empty(play(held, key)[0])
    assert.match(said, /2 layers are not read, .* to read: H reads/, id)
  }
})
