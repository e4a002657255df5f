import { test } from 'node:test'
import { runSchedules } from '../../kit/registry/fault-schedule.ts'

test('5,000 schedules of faults end in the right bytes or a clear error', async context => {
  const outcomes = await runSchedules(1000, 5000)
  const right = outcomes.filter(({ end }) => end === 'right').length
  context.diagnostic(`${right} right, ${outcomes.length - right} errors`)
})
