import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/blob/media-type.ts'
import { ImageError } from '../../../src/error.ts'
import { referrersTag } from '../../../src/transport/registry/referrers-tag.ts'
import { RegistrySink } from '../../../src/transport/registry/registry-sink.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { QUICK } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const artifact = (text: string) => imageFixture([layerFixture({ sbom: text })], { manifest: { subject: image.descriptor } })
const tag = referrersTag(image.descriptor.digest)
async function* once(bytes: Buffer) {
  yield bytes
}
type List = { readonly manifests: readonly (Descriptor & { readonly kept?: string })[]; readonly annotations?: object }

describe('the fallback index of referrers', () => {
  let registry: TestRegistry
  beforeEach(async () => {
    registry = await TestRegistry.start({ lax: true })
    registry.store.add('team/app', '1', image)
  })
  afterEach(() => registry.close())

  const list = (): List => JSON.parse(registry.store.find('team/app', tag)?.bytes.toString() ?? '{"manifests":[]}')
  const digests = () => list().manifests.map(({ digest }) => digest)
  const write = (value: object) =>
    registry.store.putManifest('team/app', tag, Buffer.from(JSON.stringify({ schemaVersion: 2, ...value })), OCI_INDEX)

  async function push(text: string): Promise<string> {
    const fixture = artifact(text)
    const sink = new RegistrySink({ host: registry.host, path: 'team/app' }, QUICK)
    try {
      await sink.put(fixture.descriptor, once(fixture.blobs.get(fixture.descriptor.digest) ?? Buffer.alloc(0)))
      await sink.commit(fixture.descriptor)
    } finally {
      await sink.abort()
    }
    return fixture.descriptor.digest
  }

  test('is left alone where the registry has the API, not where it only says so', async () => {
    registry.behaviour = { lax: true, subjectHeader: true, referrers: 'api' }
    await push('x')
    assert.deepEqual(digests(), [])
    registry.behaviour = { lax: true, subjectHeader: true, referrers: 'html-redirect' }
    const pushed = await push('y')
    assert.deepEqual(digests(), [pushed])
  })

  test('keeps what others wrote, as they wrote it', async () => {
    const other = { mediaType: OCI_MANIFEST, digest: `sha256:${'1'.repeat(64)}`, size: 5, kept: 'this too' }
    write({ mediaType: OCI_INDEX, manifests: [other], annotations: { kept: 'as well' } })
    const pushed = await push('x')
    assert.deepEqual(list().manifests[0], other)
    assert.deepEqual(list().annotations, { kept: 'as well' })
    assert.deepEqual(digests(), [other.digest, pushed])
    assert.equal(await push('x'), pushed)
    assert.equal(digests().length, 2)
  })

  test('is written again when another client wrote at the same time, noticed by the registry or only afterwards', async () => {
    const theirs = { mediaType: OCI_MANIFEST, digest: `sha256:${'2'.repeat(64)}`, size: 5 }
    registry.once(/PUT .*manifests.sha256-/, { type: 'status', status: 412 })
    const first = await push('x')
    assert.deepEqual(digests(), [first])
    let late = true
    registry.misbehave = ({ method, path }) => {
      // Their list, read before ours was there, comes right after it.
      if (
        late &&
        method === 'GET' &&
        path.endsWith(tag) &&
        registry.log.some(line => line.endsWith(tag) && line.startsWith('PUT'))
      ) {
        late = false
        write({ mediaType: OCI_INDEX, manifests: [theirs] })
      }
      return undefined
    }
    registry.seen.length = 0
    const pushed = await push('y')
    assert.deepEqual(digests(), [theirs.digest, pushed])
  })

  test('is not written for ever', async () => {
    registry.always(/PUT .*manifests.sha256-/, { type: 'status', status: 412 })
    await assert.rejects(push('x'), (error: unknown) => error instanceof ImageError && error.code === 'PUSH_FAILED')
  })
})
