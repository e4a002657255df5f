import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Edit } from '../../../src/rebuild/edit.ts'
import { NO_MARKS } from '../../../src/state/model/marks.ts'
import { addEdit, changePlan, startPlan, toggleDrop, undoPlan } from '../../../src/state/model/squash-plan.ts'

const SQUASH: Edit = { type: 'squash' }
const open = startPlan({ edits: [SQUASH] }, NO_MARKS, 'oci:./out:latest')

describe('a plan that is being changed', () => {
  test('undo goes back through every change, then no further', () => {
    const one = changePlan(open, toggleDrop(open.plan.edits, 2))
    const two = changePlan(one, addEdit(one.plan.edits, { type: 'compress', compression: 'zstd' }))
    assert.deepEqual(undoPlan(two)?.plan, one.plan)
    const back = undoPlan(one)
    assert.deepEqual(back?.plan, open.plan)
    assert.equal(back === undefined ? undefined : undoPlan(back), undefined)
  })

  test('the figures of another plan are not kept', () => {
    const measured = { ...open, run: { kind: 'idle' } as const }
    assert.equal(changePlan(measured, []).run.kind, 'measuring')
    assert.equal(changePlan(measured, []).measured, undefined)
  })

  test('a second compression takes the place of the first, removals add up', () => {
    const gzip = addEdit([SQUASH], { type: 'compress', compression: 'gzip', level: 9 })
    assert.deepEqual(addEdit(gzip, { type: 'compress', compression: 'none' }), [
      SQUASH,
      { type: 'compress', compression: 'none' },
    ])
    const one = addEdit([SQUASH], { type: 'remove', path: 'a' })
    assert.equal(addEdit(one, { type: 'remove', path: 'b' }).length, 3)
  })

  test('dropping a layer twice takes it in again', () => {
    const dropped = toggleDrop([SQUASH], 1)
    assert.deepEqual(dropped, [SQUASH, { type: 'drop-layer', position: 1 }])
    assert.deepEqual(toggleDrop(dropped, 1), [SQUASH])
  })
})
