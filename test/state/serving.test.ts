import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { plainText } from '../../src/line/line.ts'
import type { Action } from '../../src/state/model/action.ts'
import type { Effect } from '../../src/state/model/effect.ts'
import { firstState } from '../../src/state/model/first-state.ts'
import { type ServedRequest, startServing, withRequests } from '../../src/state/model/serving.ts'
import { focusedView, type State } from '../../src/state/model/state.ts'
import { Servings } from '../../src/state/perform/perform-serving.ts'
import { SERVING_VIEW } from '../../src/state/serving/serving-view.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { openedState, play } from '../kit/state/opened-state.ts'

const request = (path: string, facts: Partial<ServedRequest> = {}): ServedRequest => ({
  method: 'GET',
  path,
  status: 200,
  bytes: 1000,
  milliseconds: 3,
  client: '127.0.0.1',
  ...facts,
})
const SERVING: Action = {
  type: 'serving',
  served: {
    origin: 'http://127.0.0.1:5000',
    names: ['app  1, 2'],
    pulls: [{ client: 'docker', command: 'docker pull 127.0.0.1:5000/app:1' }],
    warnings: [],
  },
}
const candidates = [{ reference: './app', label: 'app', detail: 'OCI layout', group: 'here' as const }]
const [start] = play(firstState({ columns: 100, rows: 30 }), { type: 'found', candidates })
const image = await openedState(imageFixture([layerFixture({ a: 'a' })]))
const rows = (state: State) => SERVING_VIEW.rows(state, 96)
const texts = (state: State) =>
  rows(state)
    .slice(0, 99)
    .map(({ line }) => plainText(line))
const served = (effects: readonly Effect[]) => effects.flatMap(effect => (effect.type === 'serve' ? [effect.reference] : []))

describe('the serve page', () => {
  test('one key serves what is under the cursor or on the screen, and says how it is pulled', () => {
    for (const [state, reference] of [
      [start, './app'],
      [image, 'oci:app:1'],
    ] as const) {
      const [begun, effects] = play(state, '@')
      assert.deepEqual(served(effects), [reference])
      assert.equal(focusedView(begun), 'serve')
      assert.match(SERVING_VIEW.empty(begun), /Reading the documents/)
      const [page] = play(begun, SERVING)
      assert.deepEqual(texts(page).slice(0, 4), ['Pull it with', '  docker pull 127.0.0.1:5000/app:1', 'Served', '  app  1, 2'])
      const [, copied] = play(page, 'enter')
      assert.deepEqual(copied, [{ type: 'copy', what: 'the command for docker', text: 'docker pull 127.0.0.1:5000/app:1' }])
    }
  })

  test('requests are listed as they come, the newest first, and summed by client', () => {
    const [page] = play(image, '@', SERVING, {
      type: 'served',
      requests: [
        request('/v2/'),
        request('/v2/app/blobs/x', { client: '::1', bytes: 5000 }),
        request('/v2/app/manifests/\u001b[31m', { status: 404 }),
      ],
    })
    const all = texts(page)
    assert.match(plainText(SERVING_VIEW.title(page).right), /3 requests · 7\.00 kB · 2 clients/)
    assert.match(all.find(each => /^ {2}127/.test(each)) ?? '', /2 requests +2\.00 kB/)
    const from = all.indexOf('Requests')
    assert.match(all[from + 1] ?? '', /GET +\/v2\/app\/manifests\/.*404/)
    assert.match(all[from + 3] ?? '', /GET +\/v2\/ +200 +1\.00 kB +3 ms +127\.0\.0\.1/)
    assert.ok(all.every(each => !each.includes('\u001b')))
  })

  test('Esc leaves it on, and says where; the key shows it again; q ends it; another image takes its place', () => {
    for (const state of [start, image]) {
      const [left, effects] = play(state, '@', SERVING, 'escape')
      assert.notEqual(focusedView(left), 'serve')
      assert.ok(!effects.some(({ type }) => type === 'abort'))
      assert.match(left.message?.text ?? '', /Still serving .* at http:\/\/127\.0\.0\.1:5000/)
      const [back, more] = play(left, { type: 'served', requests: [request('/v2/')] }, '@')
      assert.equal(focusedView(back), 'serve')
      assert.deepEqual(served(more), [])
      assert.match(plainText(SERVING_VIEW.title(back).right), /^1 request /)
      const [ended, stopped] = play(back, 'q')
      assert.deepEqual(stopped, [{ type: 'abort', key: 'serve:serve' }])
      assert.equal(ended.slices.serving, undefined)
      assert.equal(focusedView(ended), focusedView(state))
    }
    const [other] = play(start, '@', SERVING, 'escape', {
      type: 'found',
      candidates: [{ ...candidates[0], reference: './b' } as never],
    })
    assert.deepEqual(served(play(other, '@')[1]), ['./b'])
  })

  test('what cannot be served says why, and the page is left', () => {
    const error = new ImageError('SERVE_NOT_LOCAL', 'Cannot serve "x": it does not lie on this machine', {
      hint: 'Copy it first.',
    })
    for (const state of [start, image]) {
      const [failed] = play(state, '@', { type: 'failed', tag: 'serve', error })
      assert.equal(failed.slices.serving, undefined)
      assert.equal(focusedView(failed), focusedView(state))
      assert.match(failed.message?.text ?? '', /does not lie on this machine/)
    }
  })

  test('sums count every request, however they come; lists stay bounded', () => {
    const some = fc.record({ client: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(), path: fc.string() })
    fc.assert(
      fc.property(fc.array(fc.array(some, { maxLength: 30 }), { maxLength: 30 }), batches => {
        const all = batches.flat()
        const last = batches.reduce(
          (serving, batch) =>
            withRequests(
              serving,
              batch.map(facts => request(facts.path, facts)),
            ),
          startServing('x', 'x', undefined),
        )
        assert.equal(last.total.requests, all.length)
        assert.equal(
          last.total.bytes,
          all.reduce((sum, { bytes }) => sum + bytes, 0),
        )
        assert.equal(
          [...last.clients.values()].reduce((sum, { bytes }) => sum + bytes, 0),
          last.total.bytes,
        )
        assert.deepEqual(
          last.requests.map(({ path }) => path),
          all
            .map(({ path }) => path)
            .reverse()
            .slice(0, 500),
        )
      }),
    )
  })
})

test('a registry that is replaced has ended before the next one listens; one that is not wanted any more never does', async () => {
  const log: string[] = []
  const world = {
    serve: async (reference: string) => {
      log.push(`listen ${reference}`)
      return { origin: '', names: [], pulls: [], warnings: [], close: async () => void log.push(`close ${reference}`) }
    },
  }
  const servings = new Servings(world, () => undefined)
  const signals = [new AbortController(), new AbortController(), new AbortController()] as const
  const runs = ['a', 'b', 'c'].map((name, at) => {
    signals[at - 1]?.abort()
    return servings.serve(name, signals[at]?.signal ?? assert.fail())
  })
  signals[2].abort()
  await Promise.all(runs)
  await servings.close()
  assert.deepEqual(log, [])
  const one = new AbortController()
  const first = servings.serve('a', one.signal)
  await new Promise(setImmediate)
  one.abort()
  const two = new AbortController()
  const second = servings.serve('b', two.signal)
  await first
  two.abort()
  await second
  assert.deepEqual(log.slice(0, 2), ['listen a', 'close a'])
})
