import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { isDigest, isVerifiable, parseDigest } from '../../src/blob/digest.ts'
import {
  DOCKER_ATTESTATION,
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  isFilesystemLayer,
  OCI_EMPTY,
  OCI_MANIFEST,
} from '../../src/blob/media-type.ts'
import { ImageError } from '../../src/error.ts'
import { chooseImage, imagesOf } from '../../src/image/choose.ts'
import { type ImageNode, type ListOptions, listImages } from '../../src/image/list.ts'
import { parseDestination } from '../../src/image/location.ts'
import { hostPlatform, parsePlatform } from '../../src/image/platform.ts'
import { parseReference } from '../../src/image/reference.ts'
import { asking } from '../../src/session/asking.ts'
import { statementsOf } from '../../src/session/check/find-base.ts'
import { withImage } from '../../src/session/opened-image.ts'
import { verifyImages } from '../../src/session/verify-image.ts'
import { copyImage } from '../../src/session/write/copy-image.ts'
import { openEngineImage } from '../../src/transport/engine/engine-source.ts'
import { openSink } from '../../src/transport/sink.ts'
import { attestationFixture, documentFixture } from '../kit/image/attestation-fixture.ts'
import {
  type ImageFixture,
  imageFixture,
  indexFixture,
  layerFixture,
  memorySource,
  writeLayout,
} from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { fakeEngine } from '../kit/server/fake-engine.ts'

const image = imageFixture([layerFixture({ 'etc/': {}, 'etc/a': '1' })])
const host = hostPlatform('x64')

const listed = async (fixture: ImageFixture, options?: ListOptions): Promise<readonly ImageNode[]> => {
  const { nodes } = await listImages(memorySource(fixture), options)
  return nodes[0]?.kind === 'index' ? nodes[0].children : nodes
}

/** An attestation as BuildKit 0.32 writes it: an artifact with the image as its subject. `entry`: the words of its index about it. */
function attestation(about: Descriptor, entry: Partial<Descriptor>): ImageFixture {
  const { mediaType, digest, size } = about
  const statement = JSON.stringify({ predicateType: 'https://slsa.dev/provenance/v1', predicate: {} })
  const subject = { mediaType, digest, size }
  const empty = {
    mediaType: OCI_EMPTY,
    digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    size: 2,
  }
  const made = documentFixture(
    'application/vnd.in-toto+json',
    statement,
    {},
    { artifactType: DOCKER_ATTESTATION, subject, config: empty },
  )
  const { platform: _, ...plain } = made.descriptor
  return { ...made, descriptor: { ...plain, ...entry } }
}

describe('attestations of BuildKit, in both forms', () => {
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.descriptor.digest,
  }
  const platform = { os: 'unknown', architecture: 'unknown' }
  const forms: Readonly<Record<string, ImageFixture>> = {
    'annotated, its config an image’s': attestationFixture(image),
    'an artifact with a subject, annotated': attestation(image.descriptor, {
      platform,
      annotations,
      artifactType: DOCKER_ATTESTATION,
    }),
    'an artifact, its type in the index': attestation(image.descriptor, { artifactType: DOCKER_ATTESTATION }),
    'an artifact of which the index says nothing': attestation(image.descriptor, {}),
  }
  for (const [form, fixture] of Object.entries(forms)) {
    test(`${form}: below its image, and no platform`, async () => {
      for (const fetch of ['all', 'few'] as const) {
        const nodes = await listed(indexFixture([image, fixture]), { fetch })
        assert.deepEqual(
          nodes.map(node => [node.kind, node.kind === 'image' ? node.children.map(each => each.kind) : []]),
          [['image', ['attestation']]],
          fetch,
        )
      }
    })

    test(`${form}: its statement is read`, async context => {
      const layout = writeLayout(scratch(context), { x: indexFixture([image, fixture]) })
      await withImage(asking(), `oci:${layout}:x`, async opened => {
        assert.equal((await statementsOf(opened, context.signal)).length, 1)
      })
    })
  }
})

test('EROFS is named, in the types of apko and of containerd', () => {
  for (const type of ['vnd.erofs', 'vnd.erofs.layer.v1', 'vnd.erofs.layer.v1+zstd'])
    assert.ok(isFilesystemLayer(`application/${type}`), type)
  assert.ok(!isFilesystemLayer('application/vnd.erofsx'))
})

test('a model of Ollama has a config of Docker’s type and is no image', async () => {
  const layer = { mediaType: 'application/vnd.ollama.image.model', digest: image.layers[0]?.digest, size: 1 }
  const config = { mediaType: DOCKER_CONFIG, digest: image.layers[0]?.digest, size: 1 }
  const model = imageFixture([], { manifest: { mediaType: DOCKER_MANIFEST, config, layers: [layer] } })
  const { platform: _, ...descriptor } = { ...model.descriptor, mediaType: DOCKER_MANIFEST }
  assert.deepEqual(
    (await listed({ ...model, descriptor })).map(({ kind }) => kind),
    ['artifact'],
  )
})

test('the SOCI index of version 2 is below its image and never a platform', async () => {
  const artifactType = 'application/vnd.amazon.soci.index.v2+json'
  const made = documentFixture(
    'application/octet-stream',
    'x',
    {},
    { artifactType, config: { ...image.descriptor, mediaType: artifactType } },
  )
  const entries: readonly Partial<Descriptor>[] = [
    { artifactType, annotations: { 'com.amazon.soci.image-manifest-digest': image.descriptor.digest } },
    { artifactType },
  ]
  for (const entry of entries) {
    const soci = { ...made, descriptor: { ...made.descriptor, ...entry } }
    for (const fetch of ['all', 'few'] as const) {
      const nodes = await listed(indexFixture([soci, image]), { fetch })
      assert.deepEqual(
        imagesOf(nodes).map(({ descriptor }) => descriptor.digest),
        [image.descriptor.digest],
      )
    }
  }
})

describe('features of the system', () => {
  const layers = [layerFixture({ b: '2' })]
  const withFeatures = (...features: readonly string[]): ImageFixture => {
    const made = imageFixture(layers, { config: { 'os.features': features, history: [{ created_by: features.join() }] } })
    return {
      ...made,
      descriptor: { ...made.descriptor, platform: { os: 'linux', architecture: 'amd64', 'os.features': features } },
    }
  }
  const erofs = withFeatures('erofs')
  const chosen = async (images: readonly ImageFixture[], platform?: string) => {
    const listing = await listImages(memorySource(indexFixture(images)))
    const wish = { host, ...(platform !== undefined && { platform: parsePlatform(platform) }) }
    return chooseImage(listing, wish).descriptor.digest
  }

  test('an image that needs none is taken, wherever it stands; one that does where it is the only one', async () => {
    for (const images of [
      [erofs, image],
      [image, erofs],
    ]) {
      assert.equal(await chosen(images), image.descriptor.digest)
      assert.equal(await chosen(images, 'linux/amd64'), image.descriptor.digest)
      assert.equal(await chosen(images, 'linux(+erofs)/amd64'), erofs.descriptor.digest)
    }
    assert.equal(await chosen([erofs]), erofs.descriptor.digest)
    assert.equal(await chosen([erofs], 'linux/amd64'), erofs.descriptor.digest)
  })

  test('what is written like features and is none', () => {
    for (const text of ['linux(erofs)/amd64', 'linux(+)/amd64', 'linux(+a', '(+a)/amd64'])
      assert.throws(() => parsePlatform(text), ImageError, text)
    assert.deepEqual(parsePlatform('linux(+a+b)/arm/v6').osFeatures, ['a', 'b'])
  })
})

describe('digests beside sha256', () => {
  test('an image of sha512 throughout is read and verified', async (context: TestContext) => {
    const made = imageFixture([layerFixture({ 'etc/': {}, 'etc/a': '1' }), layerFixture({ b: '2' })], { algorithm: 'sha512' })
    assert.match(made.descriptor.digest, /^sha512:/)
    const layout = writeLayout(join(scratch(context), 'image'), { x: made })
    await withImage(asking(), `oci:${layout}:x`, async ({ session, layers, image: { config } }) => {
      assert.match(String(config?.value.diffIDs[0]), /^sha512:/)
      assert.equal((await layers.listedTree()).snapshot.count, 3)
      const { problems, blobs } = await verifyImages(session, { signal: context.signal })
      assert.deepEqual([problems, blobs], [[], 4])
    })
  })

  test('blake3 is a digest that cannot be verified here', () => {
    assert.ok(!isVerifiable(parseDigest(`blake3:${'a'.repeat(64)}`)))
    assert.ok(!isDigest(`blake3:${'a'.repeat(63)}`))
  })
})

test('an engine with containerd’s store gives the attestations with the image: no other request is needed', async context => {
  const index = indexFixture([image, attestationFixture(image)])
  const file = join(scratch(context), 'saved.tar')
  const sink = await openSink(parseDestination(`oci-archive:${file}:app:1`, existsSync))
  await copyImage(memorySource(index), index.descriptor, sink, 'app:1', { signal: context.signal })
  await sink.abort()
  const engine = await fakeEngine(context, file)
  const source = await openEngineImage('app:1', { environment: engine.environment })
  context.after(() => source.close())
  const [root] = (await listImages(source)).nodes
  const [child] = root?.kind === 'index' ? root.children : []
  assert.deepEqual(child?.kind === 'image' ? child.children.map(({ kind }) => kind) : child?.kind, ['attestation'])
  assert.deepEqual(engine.asked, ['GET /_ping', 'GET /images/app:1/get'])
})

test('names of one character are names', () => {
  for (const [text, path] of [
    ['a', 'library/a'],
    ['ghcr.io/a/b', 'a/b'],
    ['localhost:5000/x:1', 'x'],
    ['a/b/c', 'a/b/c'],
  ] as const)
    assert.equal(parseReference(text).path, path)
})

test('types of Docker stay readable, an index.json with its media type too', async () => {
  const docker = imageFixture([layerFixture({ a: '1' }, { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' })], {
    manifest: { mediaType: DOCKER_MANIFEST },
  })
  assert.deepEqual(
    (await listed(indexFixture([docker]))).map(({ kind, descriptor }) => [kind, descriptor.mediaType]),
    [['image', DOCKER_MANIFEST]],
  )
  assert.equal(image.descriptor.mediaType, OCI_MANIFEST)
})
