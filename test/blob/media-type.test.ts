import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  documentKind,
  isIndexOrManifest,
  isManifestType,
  layerMediaType,
  layerType,
  OCI_ARTIFACT_RC,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../src/blob/media-type.ts'

describe('media types', () => {
  test('every tar layer type of formats.md 1.5', () => {
    const rows: readonly (readonly [string, string, boolean, boolean])[] = [
      ['application/vnd.oci.image.layer.v1.tar', 'none', false, false],
      ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip', false, false],
      ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd', false, false],
      ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'gzip', true, false],
      ['application/vnd.oci.image.layer.v1.tar+gzip+encrypted', 'gzip', false, true],
      ['application/vnd.docker.image.rootfs.diff.tar', 'none', false, false],
      ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip', false, false],
      ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd', false, false],
      ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip', true, false],
    ]
    for (const [mediaType, compression, foreign, encrypted] of rows) {
      const type = layerType(mediaType)
      assert.deepEqual([type?.compression, type?.foreign, type?.encrypted], [compression, foreign, encrypted], mediaType)
      assert.equal(documentKind(mediaType), 'layer')
    }
  })

  test('what is not a tar layer is not one', () => {
    for (const mediaType of [
      'application/vnd.erofs.layer.v1',
      'application/vnd.in-toto+json',
      'application/vnd.oci.image.layer.v1.tar+xz',
      '',
    ])
      assert.equal(layerType(mediaType), undefined, mediaType)
    assert.equal(documentKind('application/spdx+json'), 'other')
  })

  test('the artifact manifest of old is a manifest like another', () => {
    const types = [OCI_MANIFEST, OCI_ARTIFACT_RC, OCI_INDEX, OCI_CONFIG]
    assert.deepEqual(types.map(isManifestType), [true, true, false, false])
    assert.deepEqual(types.map(isIndexOrManifest), [true, true, true, false])
  })

  test('a written layer type reads back', () => {
    for (const family of ['oci', 'docker'] as const)
      for (const compression of ['none', 'gzip', 'zstd'] as const)
        assert.deepEqual(layerType(layerMediaType(family, compression)), {
          compression,
          foreign: false,
          encrypted: false,
          family,
        })
  })
})
