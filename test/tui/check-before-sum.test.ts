import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLayerWork } from '../../src/cli/interface/layer-work.ts'
import { createWorld } from '../../src/cli/interface/world.ts'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import { createLayerThreads } from '../../src/session/layer-threads.ts'

test('a check that comes before the sum of the layers has the last of them tells what is known so far, and all of it afterwards', async t => {
  const common = { ...DEFAULT_COMMON, cache: false }
  const threads = createLayerThreads(common)
  t.after(() => threads.pool.close())
  const { signal } = new AbortController()
  const opened = await createWorld({ ...common, threads }, createLayerWork(common)).open('demo:', {}, signal)
  t.after(() => opened.close())
  const readings = await Promise.all(
    opened.image.layers.map((_, layer) =>
      opened.readLayer(layer, { whole: false, priority: () => layer, onProgress: () => undefined }, signal),
    ),
  )
  const early = await opened.check(readings, signal)
  assert.equal(early.isWhole, false)
  await opened.analyse(readings, signal)
  const late = await opened.check(readings, signal)
  assert.equal(late.isWhole, true)
  assert.ok(late.findings.length > early.findings.length)
})
