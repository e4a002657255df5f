import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BlobSource, Root } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { chooseImage, withOtherPlatforms } from '../../src/image/choose.ts'
import { listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import type { Selector } from '../../src/image/location.ts'
import { formatPlatform, hostPlatform, parsePlatform } from '../../src/image/platform.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'

const REF_NAME = 'org.opencontainers.image.ref.name'
const host = hostPlatform('x64')
const amd64 = imageFixture([layerFixture({ a: '1' })])
const arm64 = imageFixture([layerFixture({ a: '2' })], { platform: { os: 'linux', architecture: 'arm64' } })
const arm6 = imageFixture([layerFixture({ a: '3' })], { platform: { os: 'linux', architecture: 'arm', variant: 'v6' } })
const multi = indexFixture([amd64, arm64, arm6])
const foreign = indexFixture([arm64, arm6])

function source(roots: readonly (readonly [ImageFixture, name?: string])[]): BlobSource & { fetched: string[] } {
  const fixture = { ...amd64, blobs: new Map(roots.flatMap(([image]) => [...image.blobs])) }
  const memory = memorySource(fixture)
  const fetched: string[] = []
  return {
    ...memory,
    fetched,
    fetchUnverified: (blob, ...rest) => {
      fetched.push(blob.digest)
      return memory.fetchUnverified(blob, ...rest)
    },
    roots: async () =>
      roots.map(
        ([{ descriptor }, name]): Root => ({ ...descriptor, ...(name !== undefined && { annotations: { [REF_NAME]: name } }) }),
      ),
  }
}

async function choose(
  roots: readonly (readonly [ImageFixture, name?: string])[],
  selector: Selector = {},
  platform?: string,
): Promise<string> {
  const listing = await listImages(source(roots))
  try {
    const image = chooseImage(listing, { selector, host, ...(platform !== undefined && { platform: parsePlatform(platform) }) })
    return `${image.platform && formatPlatform(image.platform)}`
  } catch (thrown) {
    assert.ok(thrown instanceof ImageError, String(thrown))
    return thrown.code
  }
}

describe('choosing an image', () => {
  test('the only one, whatever it runs on', async () => {
    assert.equal(await choose([[arm6]]), 'linux/arm/v6')
  })

  test('of an index, the host’s', async () => {
    assert.equal(await choose([[multi]]), 'linux/amd64')
    assert.equal(await choose([[foreign]]), 'PLATFORM_AMBIGUOUS')
  })

  test('of an index, the platform that is asked for, or one it runs', async () => {
    assert.equal(await choose([[multi]], {}, 'linux/arm64'), 'linux/arm64')
    assert.equal(await choose([[multi]], {}, 'linux/arm/v7'), 'linux/arm/v6')
    assert.equal(await choose([[multi]], {}, 'linux/s390x'), 'PLATFORM_NOT_FOUND')
  })

  test('of an index whose manifest for it is not there: the error names the platforms besides', async () => {
    const listing = await listImages(source([[multi]]))
    const node = chooseImage(listing, { platform: parsePlatform('linux/arm64'), host })
    const missing = new ImageError('BLOB_MISSING', `Cannot read ${arm64.descriptor.digest}: the registry does not have it`)
    const error = withOtherPlatforms(missing, listing, node)
    assert.ok(error instanceof ImageError && error.code === 'BLOB_MISSING')
    assert.match(error.message, /^Cannot open linux\/arm64: the index names it, but its manifest \(sha256:/)
    assert.equal(error.hint, 'It lists linux/amd64, linux/arm/v6 besides; --platform chooses one.')
    const config = new ImageError('BLOB_MISSING', 'Cannot read sha256:0: the registry does not have it')
    assert.equal(withOtherPlatforms(config, listing, node), config)
  })

  test('platforms listed without an index around them are platforms still', async () => {
    assert.equal(await choose([[amd64], [arm64]]), 'linux/amd64')
  })

  test('names: as written, as references, as the tag of one; the first of a name wins', async () => {
    const roots = [
      [amd64, 'docker.io/library/app:1'],
      [arm64, 'other:2'],
      [arm6, 'other:2'],
    ] as const
    assert.equal(await choose(roots), 'IMAGE_AMBIGUOUS')
    for (const name of ['docker.io/library/app:1', 'app:1', '1']) assert.equal(await choose(roots, { name }), 'linux/amd64', name)
    assert.equal(await choose(roots, { name: 'other:2' }), 'linux/arm64')
    assert.equal(await choose(roots, { name: 'nothing' }), 'IMAGE_NOT_FOUND')
  })

  test('digests: of a manifest, of an index, of a config', async () => {
    assert.equal(await choose([[multi]], { digest: arm64.descriptor.digest }), 'linux/arm64')
    assert.equal(await choose([[multi], [arm6, 'x']], { digest: multi.descriptor.digest }), 'linux/amd64')
    const config = JSON.parse((arm6.blobs.get(arm6.descriptor.digest) ?? '').toString()).config.digest
    assert.equal(await choose([[multi]], { digest: config }), 'linux/arm/v6')
  })

  test('positions are the place’s own, also where two names share an image', async () => {
    const roots = [
      [amd64, 'a'],
      [amd64, 'b'],
      [arm64, 'c'],
    ] as const
    assert.equal(await choose(roots, { position: 1 }), 'linux/amd64')
    assert.equal(await choose(roots, { position: 2 }), 'linux/arm64')
    assert.equal(await choose(roots, { position: 3 }), 'IMAGE_NOT_FOUND')
  })
})

describe('listing', () => {
  test('fetches no manifest whose descriptor says enough, when told to fetch few', async () => {
    const place = source([[multi]])
    const { nodes } = await listImages(place, { fetch: 'few' })
    assert.deepEqual(place.fetched, [multi.descriptor.digest])
    const image = chooseImage({ nodes, positions: [0], diagnostics: [], documents: [] }, { host })
    assert.equal((await loadImage(place, image.descriptor)).layers.length, 1)
  })

  test('an image has each name that is given for it, and none that is empty', async () => {
    const names = async (...given: readonly (string | undefined)[]) => {
      const { nodes } = await listImages(source(given.map(name => (name === undefined ? [amd64] : [amd64, name]))))
      return nodes.map(node => node.names)
    }
    assert.deepEqual(await names('a', 'b'), [['a', 'b']])
    assert.deepEqual(await names(''), [[]])
    assert.deepEqual(await names(undefined, '', 'c'), [['c']])
  })

  test('sixty indexes inside each other are cut off, one that repeats is told', async () => {
    let deep = multi
    for (let depth = 0; depth < 60; depth++)
      deep = { ...indexFixture([deep]), blobs: new Map([...deep.blobs, ...indexFixture([deep]).blobs]) }
    assert.equal(await choose([[deep]]), 'INDEX_TOO_DEEP')
    const twice = indexFixture([multi, multi])
    const { nodes } = await listImages(source([[twice]]))
    assert.ok(nodes[0]?.kind === 'index')
    assert.deepEqual(
      nodes[0].children.map(node => (node.kind === 'unreadable' ? node.error.code : node.kind)),
      ['index', 'INDEX_REPEATED'],
    )
  })

  test('attestations and referrers hang below the image they are about', async () => {
    const about = { mediaType: amd64.descriptor.mediaType, digest: amd64.descriptor.digest, size: amd64.descriptor.size }
    const attestation = imageFixture([layerFixture({}, { mediaType: 'application/vnd.in-toto+json', compression: 'none' })], {
      platform: { os: 'unknown', architecture: 'unknown' },
    })
    const annotated = {
      ...attestation,
      descriptor: {
        ...attestation.descriptor,
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': about.digest },
      },
    }
    const signature = imageFixture([layerFixture({ s: '' }, { mediaType: 'application/x' })], {
      manifest: { artifactType: 'application/signature', subject: about },
    })
    const ignored = {
      ...annotated,
      descriptor: { ...annotated.descriptor, annotations: { 'vnd.docker.reference.type': 'something-new' } },
    }
    const { nodes } = await listImages(
      source([[indexFixture([amd64, annotated, { ...signature, descriptor: { ...signature.descriptor } }, ignored])]]),
    )
    assert.ok(nodes[0]?.kind === 'index')
    const [image, ...rest] = nodes[0].children
    assert.ok(image?.kind === 'image')
    assert.deepEqual(
      image.children.map(node => node.kind),
      ['attestation', 'artifact'],
    )
    assert.deepEqual(
      rest.map(node => node.kind),
      ['other'],
    )
    await assert.rejects(
      loadImage(source([[signature]]), signature.descriptor),
      error => error instanceof ImageError && error.code === 'NOT_AN_IMAGE',
    )
  })
})
