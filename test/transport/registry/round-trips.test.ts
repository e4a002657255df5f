import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { loadAny } from '../../../src/image/load.ts'
import { artifactFacts } from '../../../src/session/artifact/artifact-facts.ts'
import { asking } from '../../../src/session/asking.ts'
import { withAny } from '../../../src/session/opened-image.ts'
import { readingCost } from '../../../src/session/reading-cost.ts'
import { openSession } from '../../../src/session/session.ts'
import { artifactFixture } from '../../kit/image/artifact-fixture.ts'
import { imageFixture, indexFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { noise } from '../../kit/noise.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const options = asking({ cache: false, insecure: true })
const large = imageFixture([layerFixture([{ name: 'a', content: noise(1_100_000) }])])
const other = imageFixture([layerFixture({ b: 'x' })], { config: { architecture: 'arm64' } })
const manifest = (digest: string) => `GET manifests/${digest}`
const blob = (digest: string) => `GET blobs/${digest}`
const configOf = (image: typeof large) =>
  JSON.parse(image.blobs.get(image.descriptor.digest)?.toString() ?? '').config.digest as string

/** Round trips are what takes time where a line is slow: requests that wait for each other, and connections. */
describe('round trips to a registry', () => {
  let registry: TestRegistry
  before(async () => {
    registry = await TestRegistry.start({ referrers: 'api' })
    registry.store.add('single', 'latest', large)
    registry.store.add('several', 'latest', indexFixture([large, other]))
  })
  after(() => registry.close())

  /** The requests of `use`, and the connections besides the one that finds out whether the host speaks TLS. */
  async function asked(name: string, use: () => Promise<void>) {
    const [start, open] = [registry.seen.length, registry.connections]
    await use()
    const requests = registry.log.slice(start).map(each => each.replace(`/v2/${name}/`, '').replace(/\?.*/, ''))
    return { requests, connections: registry.connections - open - 1 }
  }

  test('of an image: its manifest and its config, each once, over one connection', async () => {
    const { requests, connections } = await asked('single', () =>
      withAny(options, `${registry.host}/single`, async ({ image }) => assert.equal(image.layers.length, 1)),
    )
    assert.deepEqual(requests, [manifest('latest'), blob(configOf(large))])
    assert.equal(connections, 1)
  })

  test('of an index: besides, the one manifest that is meant; the question for a SOCI index opens no other connection', async () => {
    const { requests, connections } = await asked('several', () =>
      withAny({ ...options, platform: 'linux/amd64' }, `${registry.host}/several`, async ({ session, image }) => {
        await readingCost(session, image)
      }),
    )
    const { digest } = large.descriptor
    assert.deepEqual(requests, [manifest('latest'), manifest(digest), blob(configOf(large)), `GET referrers/${digest}`])
    assert.equal(connections, 1)
  })

  test('of an artifact: after its manifest, config and blobs are asked for together', async () => {
    const artifact = artifactFixture(
      ['one', 'two', 'three'].map(bytes => ({ type: 'text/plain', bytes })),
      { config: { type: 'application/vnd.example+json', value: { a: 'b' } } },
    )
    registry.store.add('artifact', 'latest', artifact)
    const session = await openSession(`${registry.host}/artifact`, options, options.signal)
    try {
      const image = await loadAny(session.source, artifact.descriptor, options.signal)
      const start = registry.seen.length
      // No answer leaves before all four were asked for.
      const { promise: together, resolve } = Promise.withResolvers<void>()
      registry.misbehave = () => {
        if (registry.seen.length - start === 4) resolve()
        return { type: 'held', until: together }
      }
      const { files, settings } = await artifactFacts(session.source, image, options.signal)
      assert.deepEqual([files.length, settings?.fields, registry.seen.length - start], [3, { a: 'b' }, 4])
    } finally {
      registry.misbehave = () => undefined
      await session.close()
    }
  })
})
