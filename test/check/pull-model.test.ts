import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pullTime, pullTimes } from '../../src/check/advice/pull-model.ts'
import { checkOutput } from '../../src/cli/print/check-output.ts'
import { checkedImage } from '../kit/image/checked-image.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

const layer = fc.record({ compressed: fc.integer({ min: 0, max: 1e9 }), unpacked: fc.integer({ min: 0, max: 1e9 }) })
const speed = fc.integer({ min: 1000, max: 1e9 })

describe('the model of pulls', () => {
  test('takes as long as the line and as the unpacking at least, as both together at most, and half as long on twice the machine', () => {
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 40 }), speed, speed, (layers, bandwidth, unpackRate) => {
        const { seconds } = pullTime(layers, { bandwidth, unpackRate })
        const fetching = layers.reduce((sum, { compressed }) => sum + compressed, 0) / bandwidth
        const unpacking = layers.reduce((sum, { unpacked }) => sum + unpacked, 0) / unpackRate
        const slack = 1e-9 * (fetching + unpacking)
        assert.ok(seconds >= Math.max(fetching, unpacking) - slack)
        assert.ok(seconds <= fetching + unpacking + slack)
        const faster = pullTime(layers, { bandwidth: bandwidth * 2, unpackRate: unpackRate * 2 }).seconds
        assert.ok(Math.abs(faster * 2 - seconds) <= slack)
      }),
    )
  })

  test('three are fetched at a time, and unpacked in their order', () => {
    const speeds = { bandwidth: 30, unpackRate: 100 }
    // Three share the line: the small ones are there after 3 seconds, the large one after 8.
    const layers = [30, 150, 30, 30].map(compressed => ({ compressed, unpacked: 100 }))
    assert.deepEqual(pullTime(layers, speeds), { seconds: 11, waitsFor: 1 })
    assert.deepEqual(pullTime([], speeds), { seconds: 0, waitsFor: undefined })
    const times = pullTimes(
      layers.map((each, index) => ({ ...each, isThere: index < 2 })),
      3,
      speeds,
    )
    assert.deepEqual([times.cold, times.withBase, times.update, times.waitsFor], [11, 2, 4, 1])
    assert.deepEqual(pullTimes([], 0, speeds).withBase, null)
  })

  test('is named as a model where it is told', async () => {
    const image = imageFixture([layerFixture({ a: 'a' })])
    const report = await checkedImage(image, { pull: { bandwidth: 1000, unpackRate: 1e9 } })
    const paint = (_: string, text: string) => text
    const text = [...checkOutput([report], 'text', { paint, suppressed: false })].join('\n')
    assert.match(
      text,
      /pull time by a model \(1\.00 kB\/s, 3 downloads at once, 1\.00 GB\/s unpacked; no latency, no disk\)\n +everything: 0\.\d s; it waits for layer 1\n/,
    )
    assert.equal((await checkedImage(image)).pull, undefined)
  })
})
