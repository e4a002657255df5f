import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LayerSum } from '../../src/session/layer-sum.ts'
import { wasteOf } from '../../src/space/waste.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'

const { signal } = new AbortController()

describe('LayerSum', () => {
  const readings = [{ a: 'xx' }, { a: 'y', b: 'z' }].map(files => readLayerBytes(layerFixture(files).tar))

  test('one stack, and with it one ledger, for all that ask while no layer is added', async () => {
    const sum = new LayerSum('overlay', 2)
    const { stack } = await sum.of(readings, signal)
    assert.equal(sum.stack, stack)
    assert.equal((await sum.of(readings, signal)).stack, stack)
    assert.equal(wasteOf(sum.stack), wasteOf(stack))
  })

  test('a sum that was handed out stays as it is when layers are added', async () => {
    const sum = new LayerSum('overlay', 2)
    const first = await sum.of(readings.slice(0, 1), signal)
    assert.deepEqual([first.layers, first.hidden, first.shipped, first.complete], [1, [0], [2], false])
    const both = await sum.of(readings, signal)
    assert.deepEqual([both.layers, both.hidden, both.caused, both.shipped, both.complete], [2, [2, 0], [0, 2], [2, 2], true])
    assert.deepEqual([first.layers, first.hidden, first.shipped, first.stack.changesets.length], [1, [0], [2], 1])
    assert.equal(sum.snapshot(2).find('b' as never)?.size, 1)
    assert.equal(sum.snapshot(1).find('b' as never), undefined)
    assert.throws(() => sum.snapshot(3), /layer 3 has not been read yet/)
  })
})
