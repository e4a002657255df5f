import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../src/line/line.ts'
import { headerLine } from '../../src/state/shell/header.ts'
import { imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState } from '../kit/state/opened-state.ts'

const imageFor = (architecture: string) => {
  const image = imageFixture([layerFixture({ [architecture]: 'x' })], { config: { architecture, os: 'linux' } })
  return { ...image, descriptor: { ...image.descriptor, platform: { architecture, os: 'linux' } } }
}

test('the header says how many platforms there are to choose from, where there are several', async () => {
  const header = async (...architectures: readonly string[]) =>
    plainText(headerLine(await openedState(indexFixture(architectures.map(imageFor)))))
  assert.match(await header('amd64', 'arm64', 's390x'), / › linux\/\w+, one of 3 /)
  assert.match(await header('amd64'), / › linux\/amd64 /)
})

test('other names of a layout are other images: they are no platforms of the open one', async () => {
  const state = await openedState(indexFixture(['amd64', 'arm64', 's390x'].map(imageFor)))
  const { image } = state
  const [index] = image?.nodes ?? []
  assert.ok(image !== undefined && index?.kind === 'index')
  const named = (...names: readonly string[]) => {
    const nodes = index.children.map((node, at) => ({ ...node, names: [names[at] ?? ''] }))
    return plainText(headerLine({ ...state, image: { ...image, image: { ...image.image }, nodes } }))
  }
  assert.match(named('shop', 'shop', 'tool'), /one of 2 /)
  assert.doesNotMatch(named('shop', 'tool', 'other'), /one of/)
})
