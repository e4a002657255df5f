import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../../../src/blob/digest.ts'
import { OCI_ARTIFACT_RC } from '../../../src/blob/media-type.ts'
import { type IndexRow, readManifest } from '../../../src/list/index-tree.ts'
import { hasParts } from '../../../src/state/index/index-manifests.ts'
import { whatText } from '../../../src/state/index/index-view.ts'

test('the kind of a row in words: how a referrer was found, what an attestation says, what a document is', () => {
  const words = (of: {
    readonly type?: string
    readonly annotations?: Record<string, string>
    readonly via?: string
    readonly part?: 'config'
  }) => {
    const { type: mediaType = 'application/vnd.in-toto+json', annotations, via, part = 'layer' } = of
    const descriptor = { mediaType, digest: digestOf(Buffer.of()), size: 0, ...(annotations !== undefined && { annotations }) }
    const referrer = via === undefined ? {} : { referrer: { artifactType: '', via } as never }
    return whatText({ descriptor, node: undefined, part, ...referrer } as never)
  }
  assert.equal(words({ part: 'config' }), 'config')
  assert.equal(words({ type: 'application/vnd.oci.image.layer.v1.tar+gzip' }), 'layer')
  assert.equal(words({}), 'attestation (in-toto)')
  for (const key of ['in-toto.io/predicate-type', 'predicateType']) {
    assert.equal(words({ annotations: { [key]: 'https://spdx.dev/Document' } }), 'SBOM (SPDX)', key)
    assert.equal(words({ annotations: { [key]: 'own\u001b' }, type: 'text/plain' }), 'own\\e', key)
  }
  const found = (via: string) => words({ type: 'application/spdx+json', via })
  assert.deepEqual(['api', 'fallback-tag', 'cosign-tag', 'new\u001b'].map(found), [
    'SBOM (SPDX)  referrer',
    'SBOM (SPDX)  referrer, fallback tag',
    'SBOM (SPDX)  referrer, cosign tag',
    'SBOM (SPDX)  new\\e',
  ])
})

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
