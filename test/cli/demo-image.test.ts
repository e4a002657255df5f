import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readDocument } from '../../src/blob/read.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { demoSource } from '../../src/session/demo-image.ts'

describe('the demo image', () => {
  test('is the same on every run', async () => {
    const [first, second] = await Promise.all([demoSource().roots(), demoSource().roots()])
    assert.deepEqual(first, second)
  })

  test('is two platforms, small, and right in every document', async () => {
    const source = demoSource()
    const listing = await listImages(source)
    assert.deepEqual(listing.diagnostics, [])
    const images = await Promise.all(imagesOf(listing.nodes).map(({ descriptor }) => loadImage(source, descriptor)))
    assert.deepEqual(
      images.map(({ platform }) => platform?.architecture),
      ['amd64', 'arm64'],
    )
    for (const image of images) {
      assert.deepEqual(image.diagnostics, [])
      assert.equal(image.layers.length, 8)
      assert.equal(image.steps.filter(({ layer }) => layer === undefined).length, 5)
      assert.ok(image.layers.reduce((sum, { blob }) => sum + blob.size, 0) < 1_500_000)
      for (const { blob } of image.layers) assert.equal((await readDocument(source, blob)).length, blob.size)
    }
  })
})
