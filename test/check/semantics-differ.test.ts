import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkedImage } from '../kit/image/checked-image.ts'
import { imageFixture, type LayerFiles, layerFixture } from '../kit/image/image-fixture.ts'

/** The words of the check about paths that the two semantics show in another way: `LAYER detail`. */
async function differing(...layers: readonly LayerFiles[]): Promise<readonly string[]> {
  const { findings } = await checkedImage(imageFixture(layers.map(each => layerFixture(each))))
  return findings.filter(({ id }) => id === 'semantics/differ').map(({ layer, detail }) => `${layer} ${detail}`)
}

test('a path on which the semantics differ is told with what each shows', async () => {
  const link = { flag: '2', link: 'd' }
  assert.deepEqual(await differing({ 'd/a': 'a', l: link }, { 'l/.wh.a': '' }), [
    '0 /d/a: runtimes show file, the specification nothing.',
    '0 /l: runtimes show directory, the specification symlink.',
  ])
  assert.deepEqual(await differing({ 'd/': {}, l: link }, { 'l/x': 'x' }), [
    '0 /l: runtimes show directory, the specification symlink.',
    '1 /d/x: runtimes show nothing, the specification file.',
    '1 /l/x: runtimes show file, the specification nothing.',
  ])
  assert.deepEqual(await differing({ a: 'a' }, { a: { flag: '3', device: [0, 0] } }), [
    '1 /a: runtimes show nothing, the specification character-device.',
  ])
  assert.deepEqual(await differing({ 'd/a': 'a' }, { 'd/.wh.a': '', 'd/b': 'x' }), [])
})
