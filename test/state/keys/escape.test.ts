import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { firstState } from '../../../src/state/model/first-state.ts'
import type { State } from '../../../src/state/model/state.ts'
import { focusedView } from '../../../src/state/model/state.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const fixture = imageFixture([layerFixture({ 'etc/motd': 'hello' }), layerFixture({ b: 'b' })])
const opened = await openedState(fixture, 'docker://registry.example/team/app:1')
const tags = { kind: 'tags', host: 'registry.example', path: 'team/app' } as const

/** The image as a person comes to it: from the start screen over a catalog and its tags. */
function fromRegistry(): State {
  const start = firstState({ columns: 80, rows: 24 })
  const [catalog] = play(start, { type: 'command', command: 'start.browse', argument: 'registry.example' })
  const [names] = play(catalog, { type: 'listed', names: [{ name: 'team/app' }], notices: [], more: false }, 'enter')
  const [listed] = play(names, { type: 'listed', names: [{ name: '1' }], notices: [], more: false })
  const { image } = opened
  if (image === undefined) throw new Error('no image is open')
  return play(listed, 'enter', {
    type: 'opened',
    id: 'shown',
    reference: image.source,
    nodes: image.nodes,
    image: image.image,
    offer: undefined,
    remote: true,
    notices: [],
  })[0]
}

/** The views that come on the screen while `key` is pressed, until it changes nothing. */
function way(state: State, key: string): readonly string[] {
  const views: string[] = []
  let now = state
  for (let presses = 0; presses < 20; presses++) {
    views.push(focusedView(now))
    const [next, effects] = play(now, key)
    if (effects.some(({ type }) => type === 'quit')) return [...views, 'quit']
    if (next === now) return views
    now = next
  }
  throw new Error(`${key} goes round in a ring: ${views.join(' ')}`)
}

describe('Esc and q take one thing off a stack', () => {
  test('a jump, the image, its tags, the catalog, the start screen, where Esc stays and q quits', () => {
    const inside = play(fromRegistry(), '3', '1', 'd')[0]
    assert.equal(focusedView(inside), 'details')
    const below = ['layers', 'browse', 'browse', 'start']
    assert.deepEqual(way(inside, 'escape'), ['details', ...below])
    assert.deepEqual(way(inside, 'q'), ['details', ...below, 'quit'])
    assert.equal(fromRegistry().slices.browse.at(-1)?.listing.kind, tags.kind)
  })

  test('the start screen that was opened over an image goes back to it once', () => {
    const over = play(fromRegistry(), 'O')[0]
    assert.deepEqual(way(over, 'escape'), ['browse', 'browse', 'start', 'story', 'start'])
    assert.equal(way(over, 'q').at(-1), 'quit')
  })

  test('an image named on the command line has nothing below: q quits there', () => {
    const start = firstState({ columns: 80, rows: 24 }, { opening: 'oci:app' })
    const { image } = opened
    if (image === undefined) throw new Error('no image is open')
    const shown = play(start, {
      type: 'opened',
      id: 'shown',
      reference: 'oci:app',
      nodes: image.nodes,
      image: image.image,
      offer: undefined,
      remote: false,
      notices: [],
    })[0]
    assert.deepEqual(way(shown, 'escape'), ['story'])
    assert.deepEqual(way(shown, 'q'), ['story', 'quit'])
    assert.deepEqual(way(play(shown, 'O')[0], 'q'), ['start', 'story', 'quit'])
  })
})
