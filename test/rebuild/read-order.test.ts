import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { flatten } from '../../src/rebuild/flatten.ts'
import { readOrder } from '../../src/rebuild/read-order.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const file = (name: string, bytes: number): TarFixture => ({ name, content: 'x'.repeat(bytes) })
const MEGABYTE = 1024 * 1024

function ordersOf(...layers: readonly (readonly TarFixture[])[]) {
  const changesets = layers.map(entries => readLayerBytes(tarFixture(entries)).changeset)
  return finish(readOrder([flatten(undefined, buildStack(changesets, 'overlay').snapshot(layers.length))], changesets))
}

describe('the order in which layers are copied from', () => {
  test('a layer that lies in that order is read once, and one that nothing is left of not at all', () => {
    const reads = ordersOf([file('a', 10)], [file('a', 20), file('b', 10)])
    assert.deepEqual([...reads.keys()], [1])
    assert.deepEqual(reads.get(1)?.again, [])
  })

  test('what a builder sorted by whole paths is one range to keep, padding and all', () => {
    const [reads] = ordersOf([{ name: 'p.1/' }, file('p.1/a', 700), file('p.1/b', 10), { name: 'p/' }, file('p/c', 10)]).values()
    assert.deepEqual(reads?.again, [{ offset: 0, length: 512 + 512 + 1024 + 512 + 10 }])
  })

  test('more than may wait in memory, of one layer or of all, is to be read anywhere', () => {
    const far = (name: string, megabytes: number) => [file(`${name}z`, megabytes * MEGABYTE), file(`${name}a`, 10)]
    const agains = (...layers: readonly (readonly TarFixture[])[]) => {
      const reads = ordersOf(...layers)
      return layers.map((_, place) => reads.get(place)?.again !== undefined)
    }
    assert.deepEqual(agains(far('x', 47)), [true])
    assert.deepEqual(agains(far('x', 49)), [false])
    assert.deepEqual(agains(far('x', 30), far('y', 20)), [false, true])
  })
})
