import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { parseDigest } from '../../src/blob/digest.ts'
import { parseReference } from '../../src/image/reference.ts'
import { openProxy } from '../../src/serve/proxy/open-proxy.ts'
import { ProxyRepositories } from '../../src/serve/proxy/proxy-repositories.ts'
import { ProxyRepository } from '../../src/serve/proxy/proxy-repository.ts'
import { PullHistory } from '../../src/serve/proxy/pull-history.ts'
import type { Upstream } from '../../src/serve/proxy/upstream.ts'
import { startRegistryServer } from '../../src/serve/registry-server.ts'
import { asking } from '../../src/session/asking.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { noise } from '../kit/noise.ts'
import { peel } from '../kit/program/peel-command.ts'
import { startServing } from '../kit/program/serving.ts'
import { RegistryApi } from '../kit/registry/registry-api.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { fc } from '../kit/seeded-check.ts'
import { until } from '../kit/until.ts'

const LARGE = 900_000
const imageOf = (seed: string, bytes = LARGE) =>
  imageFixture([layerFixture({ [seed]: noise(bytes, seed).toString('latin1') }), layerFixture({ small: seed })])
const layerOf = (image: ImageFixture) => {
  const [layer] = image.layers
  assert.ok(layer)
  return { digest: layer.digest, bytes: image.blobs.get(layer.digest) ?? assert.fail() }
}

/** A registry, a proxy of it with a cache of its own, and a clock for what is pulled together. */
async function scene(context: TestContext, limit?: number) {
  const registry = await TestRegistry.start({ referrers: 'api', lax: true })
  const directory = join(scratch(context), 'cache')
  const places = openProxy({ host: registry.host, directory, limit }, asking({ timeout: 20 }))
  const clock = { now: 0 }
  const server = await startRegistryServer(places.repositories, {
    address: { host: '127.0.0.1', port: 0 },
    onRequest: request => places.note(request, clock.now),
  })
  context.after(async () => {
    await server.close()
    await places.close()
    await registry.close()
  })
  const api = new RegistryApi(server.origin)
  const gets = (part: string) => registry.log.filter(line => line.startsWith('GET ') && line.includes(part)).length
  return { registry, directory, places, api, clock, gets }
}

/** Pulls an image as clients do, and holds every byte against the fixture. */
async function pull(api: RegistryApi, name: string, tag: string, image: ImageFixture): Promise<void> {
  await api.expect(200, 'HEAD', `/v2/${name}/manifests/${tag}`)
  const digests = [image.descriptor.digest]
  for (const digest of digests) {
    const { bytes } = await api.expect(200, 'GET', `/v2/${name}/manifests/${digest}`)
    assert.deepEqual(bytes, image.blobs.get(digest))
    const { manifests = [], config, layers = [] } = JSON.parse(String(bytes))
    digests.push(...manifests.map((each: { digest: string }) => each.digest))
    for (const each of config === undefined ? [] : [config, ...layers])
      assert.ok(
        (await api.expect(200, 'GET', `/v2/${name}/blobs/${each.digest}`)).bytes.equals(
          image.blobs.get(each.digest) ?? Buffer.alloc(0),
        ),
      )
  }
}

const kept = (directory: string) =>
  existsSync(join(directory, 'blobs/sha256')) ? readdirSync(join(directory, 'blobs/sha256')) : []
const stamped = (directory: string) =>
  (existsSync(join(directory, 'stamps')) ? readdirSync(join(directory, 'stamps')) : []).join(' ')
const unfinished = (directory: string) => (existsSync(join(directory, 'ingest')) ? readdirSync(join(directory, 'ingest')) : [])

describe('peel serve --proxy', () => {
  test('gives what the registry has, asks for each blob once, and sends no login of a client on', async context => {
    const { registry, places, api, gets } = await scene(context)
    const index = indexFixture([imageOf('one'), imageOf('two', 1000)])
    registry.store.add('team/app', '1', index)
    await pull(api, 'team/app', '1', index)
    const asked = gets('/blobs/')
    await pull(api, 'team/app', '1', index)
    assert.equal(gets('/blobs/'), asked)
    assert.equal(gets('/manifests/sha256'), 2)
    const { blobs, hits, bytes, hitBytes } = places.counts()
    assert.equal(hits * 2, blobs)
    assert.equal(hitBytes * 2, bytes)
    await api.send('GET', '/v2/team/app/manifests/1', { headers: { authorization: 'Basic c2VjcmV0OnNlY3JldA==' } })
    assert.ok(registry.seen.every(({ headers }) => headers.authorization === undefined))
    assert.deepEqual(JSON.parse(String((await api.expect(200, 'GET', '/v2/team/app/tags/list')).bytes)).tags, ['1'])
    // A tag that moves is another image at once.
    const moved = imageOf('moved', 1000)
    registry.store.add('team/app', '1', moved)
    await pull(api, 'team/app', '1', moved)
  })

  test('a blob that is wrong ends the connection, is kept nowhere, and is asked for again', async context => {
    const { registry, directory, api } = await scene(context)
    const image = imageOf('wrong')
    registry.store.add('app', '1', image)
    const { digest, bytes } = layerOf(image)
    await api.expect(200, 'GET', '/v2/app/manifests/1')
    for (const range of [undefined, `bytes=${bytes.length - 100}-`]) {
      registry.once(new RegExp(`GET .*/blobs/${digest}`), { type: 'corrupt' })
      const answer = await api
        .send('GET', `/v2/app/blobs/${digest}`, { headers: range === undefined ? {} : { range } })
        .catch(() => undefined)
      // Either the answer breaks off, or none begins: no client has all of the wrong bytes.
      if (answer?.ok === true) await assert.rejects(answer.arrayBuffer())
      assert.equal(kept(directory).includes(digest.slice(7)), false)
      assert.deepEqual(unfinished(directory), [])
    }
    await pull(api, 'app', '1', image)
    assert.ok(kept(directory).includes(digest.slice(7)))
  })

  test('clients that want one blob at once share one download, which goes on when one of them leaves', async context => {
    const { registry, directory, api, gets } = await scene(context)
    const image = imageOf('shared')
    registry.store.add('app', '1', image)
    const { digest, bytes } = layerOf(image)
    const path = `/v2/app/blobs/${digest}`
    await api.expect(200, 'GET', '/v2/app/manifests/1')
    registry.once(new RegExp(`GET .*/blobs/${digest}`), { type: 'slow', bytes: 100_000, pause: 20 })
    const leaving = await api.send('GET', path)
    const part = api.expect(206, 'GET', path, { headers: { range: 'bytes=1000-1999' } })
    const staying = api.expect(200, 'GET', path)
    await leaving.body?.cancel()
    assert.ok((await staying).bytes.equals(bytes))
    assert.ok((await part).bytes.equals(bytes.subarray(1000, 2000)))
    assert.equal(gets(digest), 1)
    assert.deepEqual(unfinished(directory), [])
  })

  test('a download that every client left is finished and kept', async context => {
    const { registry, directory, api, gets } = await scene(context)
    const image = imageOf('left')
    registry.store.add('app', '1', image)
    const { digest, bytes } = layerOf(image)
    await api.expect(200, 'GET', '/v2/app/manifests/1')
    registry.once(new RegExp(`GET .*/blobs/${digest}`), { type: 'slow', bytes: 100_000, pause: 10 })
    const answer = await api.send('GET', `/v2/app/blobs/${digest}`)
    await answer.body?.cancel()
    // A blob is known without another look once its stamp is there too.
    await until(() => stamped(directory).includes(digest.slice(7)), 'the blob has its stamp')
    assert.ok((await api.expect(200, 'GET', `/v2/app/blobs/${digest}`)).bytes.equals(bytes))
    assert.equal(gets(digest), 1)
  })

  test('keeps no more than it is told to, and serves what it cannot keep', async context => {
    const limit = 2_500_000
    const { registry, directory, api } = await scene(context, limit)
    for (let round = 0; round < 6; round++) {
      const image = imageOf(`round ${round}`)
      registry.store.add('app', `${round}`, image)
      await pull(api, 'app', `${round}`, image)
      const held = kept(directory).reduce((sum, name) => sum + statSync(join(directory, 'blobs/sha256', name)).size, 0)
      assert.ok(held <= limit, `${held}`)
    }
    const huge = imageOf('huge', 3_000_000)
    registry.store.add('app', 'huge', huge)
    await pull(api, 'app', 'huge', huge)
    const { digest, bytes } = layerOf(huge)
    const part = await api.expect(206, 'GET', `/v2/app/blobs/${digest}`, { headers: { range: 'bytes=5-1000004' } })
    assert.ok(part.bytes.equals(bytes.subarray(5, 1_000_005)))
  })

  test('what is pulled together is fetched ahead, for the platform that is pulled, and counted', async context => {
    const { registry, places, api, clock, gets } = await scene(context)
    const built = (seed: string, architecture: string) =>
      imageFixture([layerFixture({ [seed]: noise(5000, seed + architecture).toString('hex') })], {
        platform: { os: 'linux', architecture },
      })
    const app = imageOf('app', 1000)
    registry.store.add('app', '1', app)
    const sidecar = (round: number) => {
      const [amd, arm] = [built(`side ${round}`, 'amd64'), built(`side ${round}`, 'arm64')]
      const index = indexFixture([amd, arm])
      registry.store.add('team/side', 'latest', index)
      return { amd, arm, index }
    }
    for (let round = 0; round < 2; round++) {
      const { amd, index } = sidecar(round)
      await pull(api, 'app', '1', app)
      await api.expect(200, 'GET', '/v2/team/side/manifests/latest')
      await pull(api, 'team/side', index.descriptor.digest, { ...amd, blobs: index.blobs })
      clock.now += 60 * 60_000
    }
    assert.equal(places.counts().ahead, 0)
    const { amd, arm } = sidecar(2)
    await pull(api, 'app', '1', app)
    const { digest } = layerOf(amd)
    await until(() => gets(digest) > 0, 'the layer is fetched ahead')
    await api.expect(200, 'GET', '/v2/team/side/manifests/latest')
    await api.expect(200, 'GET', `/v2/team/side/manifests/${amd.descriptor.digest}`)
    await api.expect(200, 'GET', `/v2/team/side/blobs/${digest}`)
    assert.equal(gets(digest), 1)
    assert.equal(gets(layerOf(arm).digest), 0)
    assert.equal(places.counts().ahead, 1)
  })

  test('refusals of the registry are passed on; a mirror of another registry is none', async context => {
    const { registry, api } = await scene(context)
    const image = imageOf('refused', 10)
    registry.store.add('app', '1', image)
    await api.expect(404, 'GET', '/v2/app/manifests/absent')
    await api.expect(404, 'GET', '/v2/absent/manifests/1')
    await api.expect(404, 'GET', `/v2/app/blobs/sha256:${'0'.repeat(64)}`)
    await api.expect(404, 'GET', '/v2/absent/tags/list')
    await api.expect(403, 'PUT', '/v2/app/manifests/1')
    await api.expect(404, 'GET', '/v2/app/manifests/1?ns=docker.io')
    const { headers } = await api.expect(200, 'GET', `/v2/app/manifests/1?ns=${registry.host}`)
    assert.equal(headers.get('oci-namespace'), registry.host)
    // A blob of a manifest that was read before this server started.
    const { digest, bytes } = layerOf(image)
    const fresh = await startServing(['--proxy', registry.host, '--proxy-cache', join(scratch(context), 'cache')])
    const other = new RegistryApi(fresh.origin)
    assert.ok((await other.expect(200, 'GET', `/v2/app/blobs/${digest}`)).bytes.equals(bytes))
    registry.always(/ \/v2\/app\//, { type: 'status', status: 401 })
    await api.expect(403, 'GET', '/v2/app/manifests/1')
    registry.always(/ \/v2\/app\//, { type: 'status', status: 429, headers: { 'retry-after': '100000' } })
    await api.expect(429, 'GET', '/v2/app/manifests/1')
    assert.equal(await fresh.stop(), 130)
  })

  test('asks the mirrors of registries.conf first, and says at the end how much came from the cache', async context => {
    const directory = scratch(context)
    const mirror = await TestRegistry.start({ lax: true })
    context.after(() => mirror.close())
    const image = imageOf('mirrored', 5000)
    mirror.store.add('cached/app', '1', image)
    mkdirSync(join(directory, 'config/containers'), { recursive: true })
    writeFileSync(
      join(directory, 'config/containers/registries.conf'),
      `[[registry]]\nlocation = "registry.invalid"\n[[registry.mirror]]\nlocation = "${mirror.host}/cached"\ninsecure = true\n`,
    )
    const env = { XDG_CONFIG_HOME: join(directory, 'config'), XDG_CACHE_HOME: join(directory, 'own-cache') }
    const serving = await startServing(['--proxy', 'registry.invalid', '--proxy-limit', '1G'], env)
    assert.match(serving.stdout(), /docker pull 127\.0\.0\.1:\d+\/NAME:TAG/)
    for (let round = 0; round < 2; round++) await pull(new RegistryApi(serving.origin), 'app', '1', image)
    assert.equal(await serving.stop(), 130)
    assert.match(serving.stderr(), /^From the cache: 3 of 6 blobs \(50 %\); .* of .*$/m)
  })

  test('says which options do not go together', async () => {
    assert.equal((await peel(['serve'])).status, 2)
    assert.equal((await peel(['serve', '--proxy', 'docker.io', '--writable'])).status, 2)
    assert.equal((await peel(['serve', '--proxy', 'docker.io', '--proxy-limit', 'much'])).status, 2)
    assert.match((await peel(['serve', '--proxy', 'docker.io/library'])).stderr, /not the host of a registry/)
  })
})

test('a registry that cannot be asked for referrers has no such list: clients look for the tag then', async () => {
  const upstream = { reference: () => parseReference('127.0.0.1:9/a:latest'), remote: { insecure: true } } as unknown as Upstream
  const repository = new ProxyRepository('a', upstream, () => {})
  const subject = parseDigest(`sha256:${'0'.repeat(64)}`)
  await assert.rejects(repository.referrers(subject, new AbortController().signal), { status: 404, code: 'UNSUPPORTED' })
})

test('keeps 200 repositories open, those that were asked for last', async () => {
  const signal = new AbortController().signal
  const repositories = new ProxyRepositories({ host: 'registry.test' } as unknown as Upstream)
  for (let index = 0; index < 200; index++) await repositories.find(`r${index}`, signal)
  assert.equal((await repositories.names(signal)).length, 200)
  const first = await repositories.find('r0', signal)
  await repositories.find('r200', signal)
  const names = await repositories.names(signal)
  assert.equal(names.length, 200)
  assert.deepEqual([names.includes('r0'), names.includes('r1'), names.includes('r200')], [true, false, true])
  assert.equal(await repositories.find('r0', signal), first)
  await repositories.close()
})

test('images are partners once two clients, or one at two times, pulled both; never before', () => {
  const step = fc.record({
    client: fc.constantFrom('x', 'y'),
    image: fc.constantFrom('a', 'b', 'c'),
    pause: fc.constantFrom(0, 1000, 400_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const history = new PullHistory()
      const together = new Map<string, number>()
      const recent = new Map<string, Map<string, number>>()
      let now = 0
      for (const { client, image, pause } of steps) {
        now += pause
        const mine = recent.get(client) ?? new Map<string, number>()
        recent.set(client, mine)
        const isFresh = (other: string) => now - (mine.get(other) ?? Number.NEGATIVE_INFINITY) <= 5 * 60_000
        const key = (other: string) => [image, other].sort().join()
        const others = ['a', 'b', 'c'].filter(other => other !== image)
        const isNew = !isFresh(image)
        if (isNew) for (const other of others.filter(isFresh)) together.set(key(other), (together.get(key(other)) ?? 0) + 1)
        mine.set(image, now)
        const expected = isNew ? others.filter(other => (together.get(key(other)) ?? 0) >= 2) : []
        assert.deepEqual([...history.note(client, image, now)].sort(), expected)
      }
    }),
  )
})

test('partners are forgotten with the oldest pairs', () => {
  const history = new PullHistory()
  for (const client of ['x', 'y']) for (const image of ['a', 'b']) history.note(client, image, 0)
  history.note('z', 'a', 0)
  assert.deepEqual(history.note('z', 'b', 0), ['a'])
  // Each of these clients makes 496 pairs.
  for (let client = 0; client < 41; client++)
    for (let image = 0; image < 32; image++) history.note(`many-${client}`, `${client}-${image}`, 0)
  history.note('last', 'a', 0)
  assert.deepEqual(history.note('last', 'b', 0), [])
})
