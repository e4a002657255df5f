import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { START_VIEW } from '../../../src/state/browse/start-view.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import { type StartItem, shownItems } from '../../../src/state/model/start.ts'
import type { State } from '../../../src/state/model/state.ts'
import { play } from '../../kit/state/opened-state.ts'

const item = (name: string, detail: string, group: StartItem['group'] = 'here'): StartItem => ({
  reference: `./${name}`,
  label: name,
  detail,
  group,
})
const candidates = [item('store', 'OCI layout'), item('my-redis-copy', 'archive'), item('other', 'archive')]
const [start] = play(firstState({ columns: 100, rows: 24 }), { type: 'found', candidates })
const shown = (state: State) => shownItems(state.slices.start).map(({ label }) => label)
const redis = item('store:redis', 'port 6379, starts redis-server')

test('every letter searches, hits say why, and files named so are offered too', () => {
  const [typing, effects] = play(start, '/', ...'redis')
  assert.deepEqual(
    effects.map(effect => (effect.type === 'search' ? [effect.text, effect.places.length] : effect.type)),
    ['r', 're', 'red', 'redi', 'redis'].map(text => [text, 3]),
  )
  assert.deepEqual(shown(typing), ['my-redis-copy'])
  const found = { hits: [redis], images: 7, isReading: true }
  const [late] = play(typing, { type: 'searched', text: 'redi', ...found })
  assert.deepEqual(shown(late), ['my-redis-copy'], 'an answer to other words is none')
  const [reading] = play(late, { type: 'searched', text: 'redis', ...found })
  assert.deepEqual(shown(reading), ['store:redis', 'my-redis-copy'])
  const rows = START_VIEW.rows(reading, 90)
  assert.match(plainText(rows.at(0)?.line ?? []), /here +store:redis +port 6379, starts redis-server/)
  assert.match(plainText(START_VIEW.title(reading).right), /1 of 7 images so far/)
  const [done, opened] = play(reading, { type: 'searched', text: 'redis', ...found, isReading: false }, 'enter', 'enter')
  assert.match(plainText(START_VIEW.title(reading).left), /search: redis/)
  assert.equal(done.dialog, undefined)
  assert.deepEqual(
    opened.filter(({ type }) => type === 'open'),
    [{ type: 'open', image: 'shown', reference: './store:redis' }],
  )
})

test('a repository that is found is entered at its tags', () => {
  const repository = { ...item('valkey', 'name valkey', 'registry'), reference: 'registry.example/team/valkey' }
  const [, effects] = play(
    start,
    '/',
    ...'cache',
    { type: 'searched', text: 'cache', hits: [repository], images: 1, isReading: false },
    'enter',
    'enter',
  )
  assert.deepEqual(effects.at(-1), { type: 'list', listing: { kind: 'tags', host: 'registry.example', path: 'team/valkey' } })
})

test('Esc in the prompt and in the list shows all again; new candidates are searched by the same words', () => {
  const [typing] = play(start, '/', ...'mail')
  assert.deepEqual(shown(play(typing, 'escape')[0]), shown(start))
  const [listed] = play(typing, { type: 'searched', text: 'mail', hits: [], images: 3, isReading: false }, 'enter')
  assert.deepEqual(shown(listed), [])
  assert.match(START_VIEW.empty(listed), /answers to that/)
  const [, again] = play(listed, { type: 'found', candidates })
  assert.deepEqual(again, [{ type: 'search', text: 'mail', places: candidates }])
  const [all, effects] = play(listed, 'escape')
  assert.deepEqual(shown(all), shown(start))
  assert.deepEqual(effects, [{ type: 'abort', key: 'search' }])
  assert.deepEqual(shown(play(typing, ...Array(4).fill('backspace'))[0]), shown(start))
})

test('a place that is typed is completed by Tab, Up goes to those that were opened before', () => {
  const text = (now: State) => (now.dialog?.type === 'prompt' ? now.dialog.field.text : undefined)
  const [asked, effects] = play(firstState({ columns: 80, rows: 24 }), 'i')
  assert.deepEqual(effects, [{ type: 'complete', text: '', of: 'place' }])
  const known = play(asked, { type: 'completed', text: '', offers: ['newest', 'older', 'oci:'] })[0]
  assert.deepEqual(
    [text(play(known, 'tab')[0]), text(play(known, 'up', 'up')[0]), text(play(known, 'up', 'up', 'down')[0])],
    ['newest', 'older', 'newest'],
  )
  const [typed, asks] = play(known, 'i')
  assert.deepEqual(asks, [{ type: 'complete', text: 'i', of: 'place' }])
  assert.equal(text(play(typed, 'tab')[0]), 'i', 'offers for an empty line are not those of this one')
  const late = play(typed, { type: 'completed', text: '', offers: ['newest'] })[0]
  assert.equal(text(play(late, 'tab')[0]), 'i')
  const only = play(typed, { type: 'completed', text: 'i', offers: ['images/'] })[0]
  const [inside, more] = play(only, 'tab')
  assert.deepEqual([text(inside), more], ['images/', [{ type: 'complete', text: 'images/', of: 'place' }]])
})
