import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../../../src/blob/digest.ts'
import { OCI_ARTIFACT_RC } from '../../../src/blob/media-type.ts'
import { type IndexRow, readManifest } from '../../../src/list/index-tree.ts'
import { hasParts } from '../../../src/state/index/index-manifests.ts'

test('an artifact manifest of old that is not read yet can be opened to its blobs', () => {
  const blob = { mediaType: 'text/plain', digest: digestOf(Buffer.from('signed')), size: 6 }
  const raw = Buffer.from(JSON.stringify({ mediaType: OCI_ARTIFACT_RC, artifactType: 'application/x-signature', blobs: [blob] }))
  const descriptor = { mediaType: OCI_ARTIFACT_RC, digest: digestOf(raw), size: raw.length }
  const row: IndexRow = { depth: 0, key: '0', descriptor, node: undefined, part: undefined, unread: true, parts: 0, open: false }
  assert.equal(hasParts(row), true)
  assert.equal(hasParts({ ...row, descriptor: { ...descriptor, mediaType: 'text/plain' } }), false)
  const { layers } = readManifest(raw, descriptor.digest, descriptor.mediaType)
  assert.deepEqual(
    layers.map(({ digest }) => digest),
    [blob.digest],
  )
})
