import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dockerManifest, hidesPlatforms } from '../../src/transport/docker-manifest.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'

const image = (os: string, architecture: string) => {
  const { descriptor, ...rest } = imageFixture([layerFixture({ arch: architecture })], { config: { os, architecture } })
  return { ...rest, descriptor: { ...descriptor, platform: { os, architecture } } }
}
const [amd64, arm64, odd] = [image('linux', 'amd64'), image('linux', 'arm64'), image('unknown', 'unknown')]

function configOf({ blobs, descriptor }: ImageFixture): string {
  const { config } = JSON.parse(String(blobs.get(descriptor.digest)))
  return `blobs/sha256/${config.digest.slice(7)}`
}

function listed(fixture: ImageFixture, ...names: readonly string[]) {
  const text = dockerManifest([{ root: fixture.descriptor, names }], fixture.blobs)
  return text === undefined ? undefined : JSON.parse(text)
}

describe('the manifest.json of an archive', () => {
  test('has one image of an index: that for linux/amd64, else the first with a platform', () => {
    assert.equal(listed(indexFixture([arm64, amd64]))[0].Config, configOf(amd64))
    assert.equal(listed(indexFixture([odd, arm64]))[0].Config, configOf(arm64))
    assert.equal(listed(indexFixture([odd]))[0].Config, configOf(odd))
    assert.equal(listed(indexFixture([indexFixture([odd, arm64])]))[0].Config, configOf(arm64))
  })

  test('has layers by where they lie and full names as people write them, null without one', () => {
    const { layers } = JSON.parse(String(amd64.blobs.get(amd64.descriptor.digest)))
    const Layers = layers.map(({ digest }: { digest: string }) => `blobs/sha256/${digest.slice(7)}`)
    assert.deepEqual(listed(amd64, 'docker.io/library/app:1', 'short'), [
      { Config: configOf(amd64), RepoTags: ['app:1'], Layers },
    ])
    assert.deepEqual(listed(amd64, 'short'), [{ Config: configOf(amd64), RepoTags: null, Layers }])
    const roots = ['docker.io/library/app:1', 'docker.io/library/app:2', 'docker.io/library/app:1'].map(name => ({
      root: amd64.descriptor,
      names: [name],
    }))
    assert.deepEqual(JSON.parse(dockerManifest(roots, amd64.blobs) ?? '')[0].RepoTags, ['app:1', 'app:2'])
  })

  test('has nothing of what is no image, and hides platforms where an index has several', () => {
    assert.equal(dockerManifest([{ root: amd64.descriptor, names: [] }], new Map()), undefined)
    assert.equal(listed({ ...amd64, descriptor: { ...amd64.descriptor, mediaType: 'application/octet-stream' } }), undefined)
    const hides = (fixture: ImageFixture) => hidesPlatforms(fixture.descriptor, fixture.blobs)
    assert.deepEqual(
      [hides(amd64), hides(indexFixture([amd64])), hides(indexFixture([amd64, odd])), hides(indexFixture([amd64, arm64]))],
      [false, false, false, true],
    )
  })
})
