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
