import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recompressedContents, recompressedTwice, sharedGroups, sharedLayers } from '../../src/compare/shared-layers.ts'
import { loadImage } from '../../src/image/load.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'

const files = { a: 'a'.repeat(5000) }
const [base, again, own, more] = [
  layerFixture(files),
  layerFixture(files, { compression: 'none' }),
  layerFixture({ b: 'b' }, { compression: 'none' }),
  layerFixture({ c: 'c'.repeat(3000) }, { compression: 'none' }),
]
const images = await Promise.all(
  [
    [base, own],
    [base, more],
    [again, base],
  ].map(async (layers, index) => {
    const fixture = imageFixture(layers)
    return { reference: `image ${index}`, image: await loadImage(memorySource(fixture), fixture.descriptor) }
  }),
)
const shared = sharedLayers(images)
const sizeOf = (image: number, layer: number) => images[image]?.image.layers[layer]?.blob.size ?? Number.NaN
const [one, two, three, four] = [sizeOf(0, 0), sizeOf(0, 1), sizeOf(1, 1), sizeOf(2, 0)]

test('sizes of images, of what only they have, of all together and of what is stored once', () => {
  assert.deepEqual(
    shared.images.map(({ reference, size, unique }) => [reference, size, unique]),
    [
      ['image 0', one + two, two],
      ['image 1', one + three, three],
      ['image 2', four + one, four],
    ],
  )
  assert.deepEqual([shared.total, shared.stored], [3 * one + two + three + four, one + two + three + four])
  assert.deepEqual(sharedLayers([]), { images: [], layers: [], total: 0, stored: 0 })
})

test('groups are the layers that the same images have, first what sharing saves most by', () => {
  assert.deepEqual(
    sharedGroups(shared).map(({ images: each, size }) => [each, size]),
    [
      [[0, 1, 2], one],
      [[2], four],
      [[1], three],
      [[0], two],
    ],
  )
})

test('one content that is compressed in two ways could be stored once, as its largest blob', () => {
  assert.equal(recompressedTwice(shared), Math.min(one, four))
  assert.deepEqual([...recompressedContents(shared)], [images[0]?.image.layers[0]?.diffID])
})
