import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../../src/blob/media-type.ts'
import { ImageError } from '../../../src/error.ts'
import { referrersTag } from '../../../src/transport/registry/referrers-tag.ts'
import type { RegistrySink } from '../../../src/transport/registry/registry-sink.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { sinksInto } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'
import { startTokenService } from '../../kit/registry/token-service.ts'

const big = randomBytes(20_000_000)
const image = imageFixture([layerFixture({ a: 'a' }), layerFixture({ big: { content: big } }, { compression: 'none' })])
const bigLayer = image.layers[1] as Descriptor
const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code

describe('RegistrySink', () => {
  let registry: TestRegistry
  const open = sinksInto(() => registry)
  beforeEach(async () => {
    registry = await TestRegistry.start()
  })
  afterEach(() => registry.close())

  const typeOf = (digest: string, bytes: Buffer): string => {
    if (bytes[0] !== 0x7b) return OCI_LAYER
    const { mediaType } = JSON.parse(bytes.toString()) as { mediaType?: string }
    return mediaType ?? (digest === '' ? '' : OCI_CONFIG)
  }
  async function* once(bytes: Buffer) {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
  }
  const again = (bytes: Buffer): AsyncIterable<Uint8Array> => ({ [Symbol.asyncIterator]: () => once(bytes) })
  async function push(
    fixture: ImageFixture,
    sink: RegistrySink,
    tag: string | undefined,
    make: (bytes: Buffer) => AsyncIterable<Uint8Array> = once,
  ) {
    // Parents first on purpose: the sink brings them into order.
    const blobs = [...fixture.blobs]
      .reverse()
      .map(([digest, bytes]) => ({ mediaType: typeOf(digest, bytes), digest, size: bytes.length }) as Descriptor)
    await Promise.all(
      blobs.map(async blob => {
        if (!(await sink.has(blob))) await sink.put(blob, make(fixture.blobs.get(blob.digest) ?? Buffer.alloc(0)))
      }),
    )
    await sink.commit(fixture.descriptor, tag)
  }
  const holds = (fixture: ImageFixture, tag: string) => {
    assert.equal(registry.store.find('team/app', tag)?.digest, fixture.descriptor.digest)
    for (const [digest, bytes] of fixture.blobs) {
      const held = registry.store.repository('team/app').blobs.get(digest) ?? registry.store.find('team/app', digest)?.bytes
      assert.ok(held?.equals(bytes), digest)
    }
    assert.equal(registry.uploads.sessions.size, 0)
  }

  for (const location of ['absolute', 'relative'] as const) {
    for (const [name, make] of [
      ['once', once],
      ['again', again],
    ] as const) {
      test(`pushes, children first and the tag last (${location} locations, bytes that can be read ${name})`, async () => {
        registry.uploads.behaviour = { location, strictLocation: true, patchStatus: location === 'absolute' ? 202 : 204 }
        await push(image, open(), '1', make)
        holds(image, '1')
        assert.deepEqual(registry.log.slice(-2), ['PUT /v2/team/app/manifests/1', 'HEAD /v2/team/app/manifests/1'])
        assert.equal(registry.seen.at(-2)?.headers['content-type'], OCI_MANIFEST)
        const before = registry.seen.length
        await push(image, open(), '1', make)
        assert.ok(registry.log.slice(before).every(line => /^HEAD|PUT .*manifests\/1|^GET .*manifests/.test(line)))
      })
    }
  }

  test('a whole index, and the same layer in several of its images once', async () => {
    const other = imageFixture([layerFixture({ a: 'a' }), layerFixture({ b: 'b' })], {
      platform: { os: 'linux', architecture: 'arm64' },
    })
    const index = indexFixture([imageFixture([layerFixture({ a: 'a' })]), other])
    await push(index, open(), 'all')
    holds(index, 'all')
  })

  test('mounts from another repository, or uploads into the session it gets instead', async () => {
    registry.store.add('base/image', '1', image)
    await push(image, open({ mountFrom: 'base/image' }), '1')
    holds(image, '1')
    assert.ok(!registry.log.some(line => /PUT .*blobs/.test(line)))
    registry.store.repositories.delete('team/app')
    registry.uploads.behaviour = { refuseMount: true }
    await push(image, open({ mountFrom: 'base/image' }), '1')
    holds(image, '1')
    assert.ok(!registry.log.some(line => line === 'POST /v2/team/app/blobs/uploads/'))
  })

  test('setbacks on the way up are survived', async () => {
    for (const make of [once, again]) {
      for (const [pattern, fault] of [
        [/^POST/, { type: 'status', status: 503 }],
        [/^PUT .*uploads/, { type: 'status', status: 502 }],
        [/^PUT .*uploads/, { type: 'reset' }],
        [/^PATCH/, { type: 'reset' }],
        [/^PATCH/, { type: 'status', status: 500 }],
        [/^PUT .*manifests/, { type: 'status', status: 503 }],
        [/^PUT .*manifests/, { type: 'reset' }],
        [/^HEAD/, { type: 'reset' }],
      ] as const) {
        registry.store.repositories.clear()
        registry.once(pattern, fault, fault)
        await push(image, open(), '1', make)
        holds(image, '1')
      }
    }
  })

  test('a registry that stores something else is caught', async () => {
    registry.uploads.behaviour = { claimDigest: `sha256:${'0'.repeat(64)}` }
    await assert.rejects(push(image, open(), '1'), isError('PUSH_DIGEST_MISMATCH'))
    registry.uploads.behaviour = { claimDigest: `sha512:${'0'.repeat(128)}` }
    await push(image, open(), '1')
    assert.equal(registry.store.find('team/app', '1')?.digest, image.descriptor.digest)
  })

  test('an upload whose Location is empty or missing is an error, never an end without an upload (C10)', async () => {
    const small = imageFixture([layerFixture({ a: 'a' })])
    for (const location of ['', ' ']) {
      registry.misbehave = ({ method, path }) =>
        method === 'POST' && path.includes('/uploads/') ? { type: 'headers', headers: { location } } : undefined
      await assert.rejects(push(small, open(), '1'), isError('ANSWER_INVALID'))
      assert.equal(registry.store.find('team/app', '1'), undefined)
    }
  })

  test('a registry that drops what it took, or mounted, gets no tag and ends with an error (C10)', async () => {
    registry.behaviour = { lax: true }
    registry.uploads.behaviour = { drops: true }
    registry.store.add('base/image', '1', image)
    for (const options of [{}, { mountFrom: 'base/image' }]) {
      for (const make of [once, again])
        await assert.rejects(push(image, open(options), '1', make), (error: unknown) => {
          assert.ok(error instanceof ImageError && error.code === 'PUSH_FAILED')
          return error.message.includes('the registry took the blob sha256:')
        })
      assert.equal(registry.store.find('team/app', '1'), undefined)
    }
    registry.uploads.behaviour = {}
    await push(image, open(), '1')
    holds(image, '1')
  })

  test('blobs that were sent are seen by one request each, and none of those that were there before', async () => {
    await push(image, open(), '1')
    const count = () => registry.log.filter(line => /^(?:HEAD|GET) .*blobs/.test(line)).length
    // Each blob is asked for before it is sent and after it was.
    assert.equal(count(), 2 * (image.blobs.size - 1))
    const before = count()
    await push(image, open(), '2')
    assert.equal(count() - before, image.blobs.size - 1)
  })

  test('a blob that HEAD does not find, or finds late, is there when GET has its first byte (A5, C10)', async () => {
    const small = imageFixture([layerFixture({ a: 'a' })])
    for (const status of [400, 403, 404, 405, 501]) {
      registry.always(/^HEAD .*blobs/, { type: 'status', status })
      await push(small, open(), String(status))
      holds(small, String(status))
    }
    const firstBytes = registry.seen.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))
    assert.ok(firstBytes.every(({ headers, status }) => headers.range === 'bytes=0-0' && status === 200))
    registry.always(/^GET .*blobs/, { type: 'status', status: 403 })
    await push(small, open(), 'may not be read')
    registry.misbehave = () => undefined
    registry.store.repositories.clear()
    // Before it is sent, and twice after: by then its first byte is not there yet either.
    const [no, blobs] = [{ type: 'status', status: 404 } as const, small.blobs.size - 1]
    registry.once(/^(?:HEAD|GET) .*blobs/, ...Array(blobs * 3).fill(no))
    await push(small, open(), 'late')
    holds(small, 'late')
  })

  test('wrong bytes never arrive', async () => {
    const sink = open()
    await assert.rejects(sink.put(bigLayer, once(randomBytes(bigLayer.size))), isError('BLOB_DIGEST_MISMATCH'))
    await assert.rejects(sink.put(bigLayer, again(randomBytes(bigLayer.size))), isError('BLOB_DIGEST_MISMATCH'))
    await assert.rejects(sink.put(bigLayer, again(randomBytes(1000))), isError('BLOB_SIZE_MISMATCH'))
    assert.equal(registry.store.repository('team/app').blobs.size, 0)
    assert.equal(registry.uploads.sessions.size, 0)
  })

  test('giving up takes the session back and tags nothing', async () => {
    const sink = open()
    async function* stuck() {
      yield (image.blobs.get(bigLayer.digest) ?? big).subarray(0, 9_000_000)
      await sink.abort()
      yield big
    }
    await assert.rejects(sink.put(bigLayer, stuck()))
    assert.equal(registry.uploads.sessions.size, 0)
    assert.ok(registry.log.some(line => line.startsWith('DELETE')))
  })

  test('a manifest that is refused leaves the tag where it was', async () => {
    await push(image, open(), '1')
    const other = imageFixture([layerFixture({ other: 'other' })])
    registry.behaviour = { refuseTypes: /oci/ }
    await assert.rejects(push(other, open(), '1'), isError('REGISTRY_REFUSED'))
    assert.equal(registry.store.find('team/app', '1')?.digest, image.descriptor.digest)
  })

  test('with a login that may push and not pull, the answer to the push is believed; a failure is told', async () => {
    const small = imageFixture([layerFixture({ a: 'a' })])
    for (const status of [401, 403]) {
      registry.misbehave = ({ method, path }) =>
        method !== 'PUT' && /manifests.(?:pushed|unseen)/.test(path) ? { type: 'status', status } : undefined
      await push(small, open(), `pushed-${status}`)
      registry.misbehave = () => undefined
      holds(small, `pushed-${status}`)
    }
    registry.misbehave = ({ method, path }) =>
      method !== 'PUT' && /manifests.(?:pushed|unseen)/.test(path) ? { type: 'status', status: 404 } : undefined
    await assert.rejects(push(small, open(), 'unseen'), isError('PUSH_FAILED'))
  })

  test('a manifest with a subject enters the fallback index', async () => {
    await push(image, open(), '1')
    const artifact = imageFixture([layerFixture({ sbom: 'x' })], {
      manifest: { subject: image.descriptor, artifactType: 'application/example', annotations: { a: 'b' } },
    })
    await push(artifact, open(), undefined)
    const read = () =>
      JSON.parse(registry.store.find('team/app', referrersTag(image.descriptor.digest))?.bytes.toString() ?? '{}')
    assert.deepEqual(
      read().manifests.map((each: Descriptor) => [each.digest, each.artifactType, each.annotations]),
      [[artifact.descriptor.digest, 'application/example', { a: 'b' }]],
    )
  })

  test('one token serves the whole push, for reading and writing at once', async () => {
    const tokens = await startTokenService()
    registry.behaviour = { tokens }
    const auths = { [registry.host]: { auth: Buffer.from('user:pass').toString('base64') } }
    await push(image, open({ environment: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) } }), '1', again)
    holds(image, '1')
    assert.equal(tokens.asked.length, 1)
    await tokens.close()
  })

  test('a registry gets blobs the way it takes them', async () => {
    for (const [refuse, bytes, sent] of [
      // No body in the last request: in chunks.
      [{ whole: 405 }, again, /^PATCH PATCH PATCH PUT$/],
      // No ranges either: in one stream, as docker does.
      [{ whole: 405, range: 416 }, again, /^PATCH$|^PATCH PUT$/],
      [{ whole: 501, 'second-chunk': 405 }, again, /^PATCH PUT$/],
      // A source that can be read only once stays in chunks, without ranges.
      [{ range: 400 }, once, /^PATCH PATCH PATCH PUT$/],
    ] as const) {
      registry.store.repositories.clear()
      registry.seen.length = 0
      registry.uploads.behaviour = { refuse }
      const sink = open()
      await sink.put(bigLayer, bytes(image.blobs.get(bigLayer.digest) ?? big))
      assert.ok(registry.store.repository('team/app').blobs.has(bigLayer.digest))
      assert.equal(registry.uploads.sessions.size, 0)
      const taken = registry.seen.filter(({ method, status }) => /PATCH|PUT/.test(method) && status < 300)
      assert.match(
        taken
          .slice(refuse && 'second-chunk' in refuse ? 1 : 0)
          .map(({ method }) => method)
          .join(' '),
        sent,
      )
    }
    registry.store.repositories.clear()
    registry.uploads.behaviour = { refuse: { whole: 405 } }
    registry.always(/^PATCH/, { type: 'status', status: 405 })
    await assert.rejects(open().put(bigLayer, again(image.blobs.get(bigLayer.digest) ?? big)), isError('PUSH_FAILED'))
  })

  test('a chunk that arrived although its answer was lost is not sent again', async () => {
    registry.uploads.behaviour = { refuse: { whole: 405 } }
    registry.once(/^PATCH/, { type: 'reset' })
    await open().put(bigLayer, again(image.blobs.get(bigLayer.digest) ?? big))
    const patched = registry.seen.filter(({ method }) => method === 'PATCH')
    assert.equal(
      patched.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0),
      bigLayer.size,
    )
  })
})
