import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createPaintGate } from '../../src/tui/terminal/paint-gate.ts'

test('a line that stood still for long is minded again as soon as it answers', async context => {
  mock.timers.enable({ apis: ['setTimeout'] })
  context.after(() => mock.timers.reset())
  let written = 0
  const gate = createPaintGate({
    write: text => {
      written += text.length
    },
    bytesWritten: () => written,
  })
  const frame = async () => {
    written += 7000
    gate.painted()
    await turn()
  }
  let drawn = 0
  const draw = async () => {
    gate.schedule(() => drawn++)
    await turn()
  }
  await frame()
  await draw()
  assert.equal(drawn, 0, 'a frame is under way')
  mock.timers.tick(10_000)
  await turn()
  assert.equal(drawn, 1, 'nobody answers')
  await frame()
  await draw()
  assert.equal(drawn, 2, 'nobody is waited for')
  gate.acknowledged()
  await frame()
  await draw()
  assert.equal(drawn, 2, 'it answers after all')
  gate.acknowledged()
  await turn()
  assert.equal(drawn, 3)
  gate.close()
})
