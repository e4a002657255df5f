import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadImage } from '../../src/image/load.ts'
import { formatPlatform } from '../../src/image/platform.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'

describe('the platform of an image', () => {
  const shown = async (own: string | undefined, listed: string | undefined, architecture = 'arm') => {
    const platform = { os: 'linux', architecture: 'arm', ...(own !== undefined && { variant: own }) }
    const image = imageFixture([layerFixture({ a: '1' })], { platform })
    const entry = listed === undefined ? {} : { platform: { os: 'linux', architecture, variant: listed } }
    const { platform: _own, ...bare } = image.descriptor
    const loaded = await loadImage(memorySource(image), { ...bare, ...entry })
    return loaded.platform && formatPlatform(loaded.platform)
  }

  test('has the variant that the index names where the config names none', async () => {
    assert.equal(await shown(undefined, 'v6'), 'linux/arm/v6')
    assert.equal(await shown('v7', 'v6'), 'linux/arm/v7')
    assert.equal(await shown(undefined, undefined), 'linux/arm/v7')
    assert.equal(await shown(undefined, 'v9', 'arm64'), 'linux/arm/v7')
  })
})
