import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateOf } from '../../src/format/transfer-rate.ts'
import { withBytesRead, withLayerRead } from '../../src/state/model/open-image.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readImageState } from '../kit/state/read-image-state.ts'

const LAYERS = Array.from({ length: 6 }, (_, index) => layerFixture({ [`a${index}`]: 'x' }))

test('the rate counts layers that are read between two moments, but none that was known from before', async () => {
  const { state, opened } = await readImageState(LAYERS)
  const [before, done] = [opened.image ?? assert.fail(), state.image ?? assert.fail()]
  const run = (isKnown: boolean) =>
    before.image.layers.reduce(
      (now, { position }) => {
        const progress = done.progress[position]
        if (progress?.status !== 'read') assert.fail()
        const reading = isKnown ? { ...progress.reading, remembered: true as const } : progress.reading
        return withBytesRead(withLayerRead(now, position, reading), (position + 1) * 1000, [])
      },
      withBytesRead(before, 0, []),
    )
  const bytes = before.image.layers.reduce((sum, { blob }) => sum + blob.size, 0)
  assert.ok(Math.abs((rateOf(run(false).pace) ?? 0) - bytes / LAYERS.length) < 1, `${rateOf(run(false).pace)} of ${bytes}`)
  assert.equal(rateOf(run(true).pace), 0)
})
