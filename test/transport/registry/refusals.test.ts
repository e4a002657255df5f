import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { digestOf } from '../../../src/blob/digest.ts'
import { ImageError } from '../../../src/error.ts'
import { parseReference } from '../../../src/image/reference.ts'
import { BlobCache } from '../../../src/transport/registry/blob-cache.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { openRegistryDestination } from '../../../src/transport/remote.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { scratch } from '../../kit/image/local-image.ts'
import { QUICK, sinksInto } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'
import { startTokenService } from '../../kit/registry/token-service.ts'

const image = imageFixture([layerFixture({ big: { content: randomBytes(20_000_000) } }, { compression: 'none' })])
const layer = image.layers[0] as Descriptor
const bytes = image.blobs.get(layer.digest) ?? Buffer.alloc(0)
const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code

/** Requests that a registry or a proxy before it refuses, although the work can be done in another way. */
describe('what is refused is asked for differently', () => {
  let registry: TestRegistry
  const open = sinksInto(() => registry)
  beforeEach(async () => {
    registry = await TestRegistry.start()
  })
  afterEach(() => registry.close())

  const again = { [Symbol.asyncIterator]: pieces }
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
  }
  const pushed = () => registry.store.repository('team/app').blobs.get(layer.digest)?.equals(bytes) === true
  const login = () => ({
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.host]: { username: 'user', password: 'pass' } } }),
  })

  test('a taken tag is seen where HEAD is not answered, or answered with 404 to everything', async () => {
    registry.store.add('team/app', '1', image)
    const expected = digestOf(Buffer.from('another image'))
    for (const status of [400, 403, 404, 405, 501]) {
      registry.misbehave = ({ method }) => (method === 'HEAD' ? { type: 'status', status } : undefined)
      const taken = openRegistryDestination(parseReference(`${registry.host}/team/app:1`), { ...QUICK, expected })
      await assert.rejects(taken, isError('DESTINATION_EXISTS'))
      const late = await openRegistryDestination(parseReference(`${registry.host}/team/app:1`), QUICK)
      await assert.rejects(late.commit({ ...image.descriptor, digest: expected }), isError('DESTINATION_EXISTS'))
      await late.abort()
      const free = await openRegistryDestination(parseReference(`${registry.host}/team/app:2`), QUICK)
      assert.equal(await free.has(layer), false)
      await free.put(layer, again)
      await free.abort()
    }
  })

  test('the image that a tag has already is there: nothing is sent, with force neither', async () => {
    registry.store.add('team/app', '1', image)
    for (const force of [false, true]) {
      const reference = parseReference(`${registry.host}/team/app:1`)
      const sink = await openRegistryDestination(reference, { ...QUICK, force, expected: image.descriptor.digest })
      await sink.commit(image.descriptor)
      assert.equal(sink.alreadyThere, true)
      await sink.abort()
    }
    assert.deepEqual(
      registry.log.filter(line => !/^(?:GET|HEAD) /.test(line)),
      [],
    )
  })

  test('a digest as the destination is what is pushed, or nothing is; a tag beside it is set', async () => {
    const named = (text: string) => openRegistryDestination(parseReference(`${registry.host}/team/app${text}`), QUICK)
    registry.store.add('team/app', '1', image)
    registry.store.repository('team/app').tags.clear()
    const wrong = await named(`:1@sha256:${'0'.repeat(64)}`)
    await assert.rejects(wrong.commit(image.descriptor), isError('PUSH_DIGEST_MISMATCH'))
    const untagged = await named(`@${image.descriptor.digest}`)
    await untagged.commit(image.descriptor)
    assert.equal(registry.store.repository('team/app').tags.size, 0)
    const right = await named(`:1@${image.descriptor.digest}`)
    await right.commit(image.descriptor)
    assert.equal(registry.store.find('team/app', '1')?.digest, image.descriptor.digest)
    await Promise.all([wrong.abort(), untagged.abort(), right.abort()])
  })

  test('an upload without an address to go on at, and a manifest that is taken and not there, are failures', async () => {
    registry.always(/^POST .*uploads/, { type: 'status', status: 202, headers: { location: '' } })
    const sink = await openRegistryDestination(parseReference(`${registry.host}/team/app:1`), QUICK)
    await assert.rejects(sink.put(layer, again), isError('ANSWER_INVALID'))
    registry.store.add('team/app', 'other', image)
    registry.always(/^PUT .*manifests/, { type: 'status', status: 201 })
    await assert.rejects(sink.commit(image.descriptor), isError('PUSH_FAILED'))
    await sink.abort()
  })

  test('a second opening where HEAD is not answered', async context => {
    registry.store.add('team/app', '1', image)
    registry.always(/^HEAD/, { type: 'status', status: 405 })
    const cache = new BlobCache(scratch(context))
    for (const _ of [1, 2]) {
      const source = new RegistrySource({ host: registry.host, path: 'team/app', tag: '1' }, { ...QUICK, cache })
      assert.equal((await source.roots())[0]?.digest, image.descriptor.digest)
      await source.close()
    }
  })

  test('a token that ends before the layer goes up is renewed, and the layer sent', async () => {
    const tokens = await startTokenService()
    registry.behaviour = { tokens }
    const sink = open({ environment: login() })
    await sink.has(layer)
    registry.misbehave = ({ method, path }) => {
      if (method === 'POST' && path.endsWith('/uploads/')) setImmediate(() => tokens.grants.clear())
      return undefined
    }
    await sink.put(layer, again)
    assert.ok(pushed())
    assert.equal(tokens.asked.length, 2)
    await tokens.close()
  })

  test('a body that is too large for a proxy goes up in chunks, and one chunk that is too large is said', async () => {
    registry.once(/^PUT .*uploads/, { type: 'status', status: 413, body: '<html>too large</html>' })
    await open().put(layer, again)
    assert.ok(pushed())
    assert.equal(registry.uploads.sessions.size, 0)
    registry.store.repositories.clear()
    registry.misbehave = ({ bodyBytes }) => (bodyBytes > 1_000_000 ? { type: 'status', status: 413 } : undefined)
    await assert.rejects(open().put(layer, again), isError('TOO_LARGE'))
    assert.equal(registry.uploads.sessions.size, 0)
  })

  test('chunks are as large as the registry wants them, one stream where that is more than memory should hold', async () => {
    for (const [least, sent] of [
      [15_000_000, [15_000_000, layer.size - 15_000_000, 0]],
      [100_000_000, [layer.size, 0]],
    ] as const) {
      registry.store.repositories.clear()
      registry.seen.length = 0
      registry.uploads.behaviour = { refuse: { whole: 405 } }
      registry.misbehave = ({ method }) =>
        method === 'POST' ? { type: 'headers', headers: { 'oci-chunk-min-length': String(least) } } : undefined
      await open().put(layer, again)
      assert.ok(pushed())
      const taken = registry.seen.filter(({ method, status }) => /PATCH|PUT/.test(method) && status < 300)
      assert.deepEqual(
        taken.map(({ bodyBytes }) => bodyBytes),
        sent,
      )
    }
  })

  test('a mount that fails in any way is an upload', async () => {
    registry.store.add('base/image', '1', image)
    for (const [pattern, fault] of [
      [/mount=/, { type: 'status', status: 503 }],
      [/mount=/, { type: 'status', status: 422 }],
      [/mount=/, { type: 'reset' }],
    ] as const) {
      registry.store.repositories.delete('team/app')
      registry.always(pattern, fault)
      const sink = open({ mountFrom: 'base/image' })
      assert.equal(await sink.has(layer), false)
      await sink.put(layer, again)
      assert.ok(pushed())
    }
    registry.store.repositories.delete('team/app')
    registry.misbehave = () => undefined
    const tokens = await startTokenService({ deny: /base.image/ })
    registry.behaviour = { tokens }
    const sink = open({ mountFrom: 'base/image', environment: login() })
    assert.equal(await sink.has(layer), false)
    await sink.put(layer, again)
    assert.ok(pushed())
    await tokens.close()
  })
})
