import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Image } from '../../src/image/load.ts'
import type { KnownLayer } from '../../src/layer/reading.ts'
import { treeAround } from '../../src/session/tree-around.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'

/** How many layers each look takes of an image of so many, all alike. */
async function batches(layers: number, typed: string, below = false): Promise<readonly number[]> {
  const layer = { changeset: changesetFixture([{ type: 'file', path: 'f' }]) } as unknown as KnownLayer
  const image = { layers: Array.from({ length: layers }, (_, position) => ({ position, blob: {} })) } as unknown as Image
  const sizes: number[] = []
  const list = (positions: readonly number[]) => {
    sizes.push(positions.length)
    return Promise.resolve(positions.map(() => layer))
  }
  await treeAround(typed, { below }, { image, semantics: 'overlay', list, isLocal: () => Promise.resolve(true) })
  return sizes
}

describe('the layers that a path takes', () => {
  test('are looked at two by two, and from the 128th on all at once', async () => {
    assert.deepEqual(await batches(6, 'missing'), [2, 2, 2])
    const sizes = await batches(1000, 'missing')
    assert.deepEqual([sizes.length, sizes.at(-1)], [65, 1000 - 128])
  })

  test('are all of them for the root, at once', async () => {
    assert.deepEqual(await batches(1000, '', true), [1000])
  })
})
