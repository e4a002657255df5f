import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { digestOf } from '../../../src/blob/digest.ts'
import { readDocument } from '../../../src/blob/read.ts'
import { loadAny } from '../../../src/image/load.ts'
import { artifactFacts } from '../../../src/session/artifact/artifact-facts.ts'
import { asking } from '../../../src/session/asking.ts'
import { withAny } from '../../../src/session/opened-image.ts'
import { readingCost } from '../../../src/session/reading-cost.ts'
import { openSession } from '../../../src/session/session.ts'
import { BlobCache } from '../../../src/transport/registry/blob-cache.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
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

  test('of a small blob that several want at once: it is asked for once, with a cache and without', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'peel-round-trips-'))
    const [layer] = other.layers
    assert.ok(layer !== undefined)
    try {
      registry.store.add('small', 'latest', other)
      for (const cache of [undefined, new BlobCache(directory)]) {
        const source = new RegistrySource({ host: registry.host, path: 'small' }, { insecure: true, cache })
        const { requests } = await asked('small', async () => {
          const read = async () => digestOf(await readDocument(source, layer, options.signal))
          const kept = async () => {
            const place = await source.fetchToKeep(layer)
            const chunks: Uint8Array[] = []
            for await (const chunk of place?.bytes ?? []) chunks.push(chunk)
            return place === undefined ? layer.digest : digestOf(Buffer.concat(chunks))
          }
          assert.deepEqual(await Promise.all([read(), read(), kept()]), Array(3).fill(layer.digest))
        })
        assert.deepEqual(requests, [blob(layer.digest)])
        await source.close()
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('of a blob that is on its way twice: one that gives up takes nothing from the other', async () => {
    const [layer] = other.layers
    assert.ok(layer !== undefined)
    registry.store.add('given-up', 'latest', other)
    const source = new RegistrySource({ host: registry.host, path: 'given-up' }, { insecure: true })
    const { promise: arrived, resolve } = Promise.withResolvers<void>()
    let isFirst = true
    registry.misbehave = () => {
      const held = isFirst ? ({ type: 'held', until: new Promise<void>(() => undefined) } as const) : undefined
      isFirst = false
      resolve()
      return held
    }
    try {
      const stop = new AbortController()
      const first = assert.rejects(readDocument(source, layer, stop.signal))
      await arrived
      const second = readDocument(source, layer, options.signal)
      stop.abort()
      await first
      assert.equal(digestOf(await second), layer.digest)
    } finally {
      registry.misbehave = () => undefined
      await source.close()
    }
  })

  test('spare connections are there before the first answer is, and take what is asked for together after it', async () => {
    const artifact = artifactFixture(
      ['four', 'five'].map(bytes => ({ type: 'text/plain', bytes })),
      { config: { type: 'application/vnd.example+json', value: { c: 'd' } } },
    )
    registry.store.add('spare', 'latest', artifact)
    const open = registry.connections
    const until = async (count: number) => {
      while (registry.connections - open < count) await turn()
    }
    // The one that finds out about TLS, the first, and two beside it.
    registry.misbehave = ({ path }) => (path.includes('/manifests/') ? { type: 'held', until: until(4) } : undefined)
    const session = await openSession(`${registry.host}/spare`, { ...options, spareConnections: 2 }, options.signal)
    try {
      const image = await loadAny(session.source, artifact.descriptor, options.signal)
      const { files, settings } = await artifactFacts(session.source, image, options.signal)
      assert.deepEqual([files.length, settings?.fields, registry.connections - open], [2, { c: 'd' }, 4])
    } finally {
      registry.misbehave = () => undefined
      await session.close()
    }
  })

  test('connections in clear to this machine are opened while it is still silent about TLS', async () => {
    const sockets: Socket[] = []
    const { promise: four, resolve } = Promise.withResolvers<void>()
    const silent = createServer(socket => {
      socket.on('error', () => undefined)
      if (sockets.push(socket) === 4) resolve()
    })
    await new Promise<void>(listening => silent.listen(0, '127.0.0.1', listening))
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`
    const stop = new AbortController()
    const opening = openSession(`${host}/app`, { ...options, spareConnections: 2 }, stop.signal)
    try {
      await Promise.race([four, opening])
    } finally {
      stop.abort()
      await assert.rejects(opening)
      for (const socket of sockets) socket.destroy()
      silent.close()
    }
  })
})
