import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSchedules } from '../../kit/registry/fault-schedule.ts'

test('60 schedules of faults end in the right bytes or a clear error', { timeout: 600_000 }, async context => {
  const outcomes = await runSchedules(1, 60)
  const ends = Map.groupBy(outcomes, ({ kind, end, code }) => `${kind} ${code ?? end}`)
  context.diagnostic(
    [...ends]
      .map(([end, all]) => `${end}: ${all.length}`)
      .sort()
      .join(', '),
  )
  // A schedule that always fails would prove little.
  for (const kind of ['pull', 'push']) {
    for (const end of ['right', 'error'])
      assert.ok(outcomes.filter(each => each.kind === kind && each.end === end).length >= 4, `${kind} ${end}`)
  }
})
