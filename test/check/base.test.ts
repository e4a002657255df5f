import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { BaseWish } from '../../src/check/gates/settings.ts'
import type { Base } from '../../src/check/report.ts'
import { asking } from '../../src/session/asking.ts'
import { baseWish, findBase } from '../../src/session/check/find-base.ts'
import { withImage } from '../../src/session/opened-image.ts'
import { documentFixture } from '../kit/image/attestation-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-base-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const lower = [layerFixture({ a: 'a' }), layerFixture({ b: 'b' })]
const base = imageFixture(lower)
/** The same content, compressed by another program: other digests, the same DiffIDs. */
const recompressed = imageFixture(lower.map(layer => ({ ...layer, compression: 'zstd' as const })))
const upper = layerFixture({ c: 'c' })
const history = (...steps: object[]) => ({ history: steps })

let count = 0
async function baseOf(image: ImageFixture, others: Readonly<Record<string, ImageFixture>> = {}, wish?: BaseWish): Promise<Base> {
  const layout = writeLayout(join(directory, String(count++)), { image, ...others })
  const asked = asking({ cache: false })
  return await withImage(asked, `${layout}:image`, opened => findBase(asked, opened, wish))
}

describe('the base image', () => {
  test('by number, none, and by an image whose layers are the lowest, however they are compressed', async () => {
    const image = imageFixture([...lower, upper])
    assert.deepEqual(await baseOf(image, {}, baseWish('2')), { layers: 2, decidedBy: 'option', name: null, digest: null })
    assert.equal((await baseOf(image, { base }, baseWish('none'))).decidedBy, 'none')
    const other = writeLayout(join(directory, 'other'), { it: recompressed })
    const found = await baseOf(image, {}, baseWish(`${other}:it`))
    assert.deepEqual([found.layers, found.decidedBy, found.digest], [2, 'option', recompressed.descriptor.digest])
    await assert.rejects(baseOf(imageFixture([upper]), {}, baseWish(`${other}:it`)), { code: 'BASE_NOT_FOUND' })
    await assert.rejects(baseOf(image, {}, baseWish('9')), { code: 'BASE_NOT_FOUND' })
  })

  test('a neighbour that cannot be read, or that has other layers, is no base', async () => {
    const image = imageFixture([...lower, upper])
    const broken = imageFixture([layerFixture({ z: 'z' })])
    const damaged = new Map(
      [...broken.blobs].map(([digest, bytes]) => [digest, bytes.includes('rootfs') ? Buffer.alloc(bytes.length, 'x') : bytes]),
    )
    const without: ImageFixture = { ...broken, blobs: damaged }
    const found = await baseOf(image, { without, strange: imageFixture([layerFixture({ y: 'y' }), ...lower]) })
    assert.deepEqual([found.decidedBy, found.layers], [(await baseOf(image)).decidedBy, (await baseOf(image)).layers])
    assert.deepEqual([(await baseOf(image, { base })).decidedBy, (await baseOf(image, { base })).layers], ['prefix', 2])
  })

  test('the neighbour that has most layers in common is the base, wherever it is listed', async () => {
    const image = imageFixture([...lower, upper])
    const smaller = imageFixture(lower.slice(0, 1))
    for (const others of [
      { a: smaller, b: base },
      { a: base, b: smaller },
    ]) {
      const found = await baseOf(image, others)
      assert.deepEqual([found.layers, found.decidedBy, found.digest], [2, 'prefix', base.descriptor.digest])
    }
  })

  test("by buildpacks' label: the DiffID of the last layer", async () => {
    const plain = imageFixture([...lower, upper])
    const config = JSON.parse(String(plain.blobs.get(JSON.parse(String(plain.blobs.get(plain.descriptor.digest))).config.digest)))
    const label = JSON.stringify({
      runImage: { topLayer: config.rootfs.diff_ids[1], reference: `docker.io/run@sha256:${'a'.repeat(64)}` },
    })
    const image = imageFixture([...lower, upper], {
      config: { config: { Labels: { 'io.buildpacks.lifecycle.metadata': label } } },
    })
    assert.deepEqual(await baseOf(image), {
      layers: 2,
      decidedBy: 'buildpacks',
      name: `docker.io/run@sha256:${'a'.repeat(64)}`,
      digest: `sha256:${'a'.repeat(64)}`,
    })
  })

  test('by an annotation whose digest lies in the same place; a label goes after it', async () => {
    const annotations = {
      'org.opencontainers.image.base.name': 'docker.io/library/x:1',
      'org.opencontainers.image.base.digest': base.descriptor.digest,
    }
    const image = imageFixture([...lower, upper], { manifest: { annotations } })
    assert.deepEqual(await baseOf(image, { base }), {
      layers: 2,
      decidedBy: 'annotation',
      name: 'docker.io/library/x:1',
      digest: base.descriptor.digest,
    })
    const labelled = imageFixture([...lower, upper], { config: { config: { Labels: annotations } } })
    assert.equal((await baseOf(labelled, { base })).decidedBy, 'label')
    assert.deepEqual(await baseOf(image), {
      layers: 0,
      decidedBy: 'annotation',
      name: 'docker.io/library/x:1',
      digest: base.descriptor.digest,
    })
  })

  test('by provenance of mode=max, which lists the layers of what a step began with', async () => {
    const image = imageFixture([...lower, upper])
    const list = (layers: number) => image.layers.slice(0, layers)
    const predicate = {
      buildDefinition: {
        resolvedDependencies: [{ uri: 'pkg:docker/alpine@3.17?platform=linux%2Famd64', digest: { sha256: 'b'.repeat(64) } }],
      },
      runDetails: { metadata: { buildkit_metadata: { layers: { 'step0:0': [list(2)], 'step1:0': [list(3)] } } } },
    }
    const statement = JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate,
    })
    const made = documentFixture('application/vnd.in-toto+json', statement)
    const attestation = {
      ...made,
      descriptor: {
        ...made.descriptor,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image.descriptor.digest,
        },
      },
    }
    const found = await baseOf(indexFixture([image, attestation]))
    assert.deepEqual(found, { layers: 2, decidedBy: 'provenance', name: 'alpine:3.17', digest: `sha256:${'b'.repeat(64)}` })
  })

  test("by buildah's history, and by the layers of another image beside it", async () => {
    const steps = history(
      { created_by: 'a' },
      { created_by: 'b' },
      { created_by: 'x', comment: 'FROM docker.io/library/debian:12', empty_layer: true },
      { created_by: 'c' },
    )
    assert.deepEqual(await baseOf(imageFixture([...lower, upper], { config: steps })), {
      layers: 2,
      decidedBy: 'history',
      name: 'docker.io/library/debian:12',
      digest: null,
    })
    const found = await baseOf(imageFixture([...lower, upper]), { base: recompressed, unrelated: imageFixture([upper]) })
    assert.deepEqual([found.layers, found.decidedBy, found.name], [2, 'prefix', 'base'])
  })

  test("by buildah's history of a build that kept each step as an image: the steps named by an id are the build's own", async () => {
    const steps = (first: string) =>
      history(
        { created_by: 'a' },
        { created_by: 'b', comment: first },
        { created_by: 'c', comment: 'FROM 100fc6da9426' },
        { created_by: 'ENV A=b', comment: 'FROM 4bcf1c29f54e', empty_layer: true },
      )
    const found = await baseOf(imageFixture([...lower, upper], { config: steps('FROM docker.io/library/debian:12') }))
    assert.deepEqual(found, { layers: 1, decidedBy: 'history', name: 'docker.io/library/debian:12', digest: null })
    assert.notEqual((await baseOf(imageFixture([...lower, upper], { config: steps('FROM 9f992e1c3b76') }))).decidedBy, 'history')
  })

  test('a guess is called one', async () => {
    const steps = history(
      { created_by: '/bin/sh -c #(nop) ADD file:1 in / ' },
      { created_by: '/bin/sh -c #(nop)  CMD ["bash"]', empty_layer: true },
      { created_by: 'b' },
      { created_by: 'c' },
    )
    assert.deepEqual(await baseOf(imageFixture([...lower, upper], { config: steps })), {
      layers: 1,
      decidedBy: 'guess',
      name: null,
      digest: null,
    })
    assert.equal((await baseOf(imageFixture([...lower, upper]))).decidedBy, 'none')
  })
})
