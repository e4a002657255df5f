import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { editProblem } from '../../../src/rebuild/edit.ts'
import { formatPlan, parsePlan } from '../../../src/rebuild/plan.ts'
import type { RebuildSummary } from '../../../src/state/model/rebuild-summary.ts'
import type { State } from '../../../src/state/model/state.ts'
import { PLAN_VIEW } from '../../../src/state/plan/plan-view.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const opened = await openedState(imageFixture([layerFixture({ a: '1' }), layerFixture({ b: '2' })]))
const [planned] = play(opened, 's')
const type = (text: string) => ({ type: 'command', command: 'plan.rebase', argument: text }) as const
const edits = (state: State) => state.slices.plan?.plan.edits
const lines = (state: State) =>
  PLAN_VIEW.rows(state, 100)
    .slice(0, 99)
    .map(({ line }) => plainText(line))
const summary = (refused: readonly string[]): RebuildSummary => ({
  layers: [
    { positions: [0], action: 'rebase', before: 100, after: 300 },
    { positions: [1], action: 'keep', before: 50, after: 50 },
  ],
  others: [],
  before: 150,
  after: 350,
  tarSaved: 0,
  removed: [],
  lostSharing: 0,
  changed: true,
  warnings: [],
  rebase: { conflicts: ['shadowed  /var/lib/dpkg/status: hides the new base’s'], refused },
  result: undefined,
})

test('another base is an edit of the plan: asked for, measured with its conflicts, undone', () => {
  const [asked] = play(planned, { type: 'command', command: 'plan.rebase' })
  assert.equal(asked.dialog?.type === 'prompt' && asked.dialog.command, 'plan.rebase')
  const [state, effects] = play(planned, type(' debian:13  debian:12 '))
  assert.deepEqual(edits(state), [{ type: 'rebase', newBase: 'debian:13', oldBase: 'debian:12' }])
  assert.deepEqual(
    effects.map(effect => effect.type === 'rebuild' && [effect.tag, effect.destination]),
    [['measure', undefined]],
  )
  const [measured] = play(state, { type: 'rebuilt', tag: 'measure', summary: summary([]) })
  const shown = lines(measured).join('\n')
  assert.match(shown, /1 +\d+ B +300 B +the old base, replaced by the new one/)
  assert.match(shown, /put it on debian:13 instead of debian:12/)
  assert.match(shown, /shadowed +\/var\/lib\/dpkg\/status: hides/)
  assert.deepEqual(edits(play(measured, 'u')[0]), edits(planned))
  assert.deepEqual(edits(play(planned, type('  '))[0]), edits(planned))
})

test('what was chosen besides stays in the plan, but for a squash of everything and for other platforms', () => {
  const besides = [
    { type: 'squash', from: 0, to: 1 },
    { type: 'set', setting: 'user=7' },
    { type: 'remove', path: 'a' },
  ] as const
  const open = planned.slices.plan
  if (open === undefined) assert.fail('there is a plan')
  const given = [{ type: 'squash' }, ...besides, { type: 'platforms', platforms: ['linux/amd64'] }] as const
  const chosen = { ...planned, slices: { ...planned.slices, plan: { ...open, plan: { edits: given } } } }
  const [state] = play(chosen, type('debian:13'))
  assert.deepEqual(edits(state), [{ type: 'rebase', newBase: 'debian:13' }, ...besides])
  const [other] = play(state, type('debian:14'))
  assert.deepEqual(edits(other), [{ type: 'rebase', newBase: 'debian:14' }, ...besides])
  assert.deepEqual(edits(play(other, 'u', 'u')[0]), given)
})

test('a package database that would be hidden is asked about before anything is written', () => {
  const [state] = play(planned, type('debian:13'), {
    type: 'rebuilt',
    tag: 'measure',
    summary: summary(['/var/lib/dpkg/status']),
  })
  const [asked, effects] = play(state, 'enter')
  assert.deepEqual(effects, [])
  assert.match(asked.dialog?.type === 'choose' ? asked.dialog.title : '', /Its \/var\/lib\/dpkg\/status would hide/)
  const [accepted, again] = play({ ...asked, dialog: undefined }, { type: 'command', command: 'plan.accept' })
  assert.deepEqual(edits(accepted), [{ type: 'rebase', newBase: 'debian:13', accept: ['/var/lib/dpkg/status'] }])
  assert.equal(again[0]?.type, 'rebuild')
  const [, written] = play(accepted, { type: 'rebuilt', tag: 'measure', summary: summary([]) }, 'enter')
  assert.deepEqual(
    written.map(effect => effect.type === 'rebuild' && effect.tag),
    ['write'],
  )
})

test('a saved plan has the base, and a wrong one is refused', () => {
  const plan = { edits: [{ type: 'rebase', newBase: 'debian:13', accept: ['/a'] }] } as const
  assert.deepEqual(parsePlan(formatPlan(plan)), plan)
  for (const wrong of [
    { newBase: '' },
    { newBase: 'a', oldBase: 1 },
    { newBase: 'a', accept: 'b' },
    { newBase: 'a', accept: [''] },
  ])
    assert.ok(editProblem({ type: 'rebase', ...wrong }), JSON.stringify(wrong))
})
