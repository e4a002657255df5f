import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '../../src/blob/media-type.ts'
import { Upstream } from '../../src/serve/proxy/upstream.ts'
import { asking } from '../../src/session/asking.ts'
import { scratch } from '../kit/image/local-image.ts'

test('a name and a tag or a digest are those of the registry behind; what documents named is remembered by its digest', async context => {
  const directory = join(scratch(context), 'cache')
  const upstream = new Upstream({ host: 'docker.io', cacheDirectory: directory, limit: 1000 }, asking({ cache: false }))
  const digest = digestOf(Buffer.from('x'))
  const place = { domain: 'docker.io', path: 'library/app' }
  assert.deepEqual(upstream.reference('app', '1.0'), { ...place, tag: '1.0' })
  assert.deepEqual(upstream.reference('library/app', digest), { ...place, digest })
  assert.throws(() => upstream.reference('App', '1'), /Cannot/)
  assert.deepEqual(upstream.counts, { blobs: 0, hits: 0, ahead: 0, bytes: 0, hitBytes: 0 })
  const layer = { mediaType: OCI_LAYER, digest, size: 1 }
  upstream.remember([layer])
  assert.equal(upstream.known(digest), layer)
  assert.equal(upstream.known(digestOf(Buffer.from('y'))), undefined)
  // A layer is no document, and a document that is not kept must be asked for.
  for (const mediaType of [OCI_LAYER, OCI_MANIFEST, OCI_INDEX]) {
    upstream.remember([{ ...layer, mediaType }])
    assert.equal(await upstream.document(digest), undefined)
  }
})
