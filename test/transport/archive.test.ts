import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { digestOf } from '../../src/blob/digest.ts'
import { DOCKER_MANIFEST } from '../../src/blob/media-type.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { type ImageListing, listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { openSource } from '../../src/transport/open.ts'
import { dockerArchiveMembers, ociArchiveMembers } from '../kit/image/archive-fixture.ts'
import { imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { layerFacts, scratch } from '../kit/image/local-image.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const image = imageFixture([layerFixture({ a: 'one' }), layerFixture({ b: 'two' })])
const other = imageFixture([layerFixture({ c: 'three' })], { platform: { os: 'linux', architecture: 'arm64' } })

type Opened = { readonly source: BlobSource; readonly listing: ImageListing }

async function open(
  context: TestContext,
  members: readonly TarFixture[] | Buffer,
  transport: 'path' | 'oci-archive' | 'docker-archive' = 'path',
): Promise<Opened> {
  const path = join(scratch(context), 'archive')
  writeFileSync(path, Buffer.isBuffer(members) ? members : tarFixture(members))
  const source = await openSource({ transport, path, selector: {} })
  context.after(() => source.close())
  return { source, listing: await listImages(source) }
}

/** Every image of the archive, read to the last byte. */
async function readAll({ source, listing }: Opened): Promise<readonly string[][]> {
  const images: string[][] = []
  for (const node of imagesOf(listing.nodes)) {
    const { layers, diagnostics } = await loadImage(source, node.descriptor)
    assert.deepEqual(diagnostics, [])
    for (const { blob, diffID } of layers) assert.equal((await layerFacts(source, blob)).diffID, diffID)
    images.push(layers.map(layer => String(layer.diffID)))
  }
  return images
}

function codes({ listing }: Opened): readonly string[] {
  return listing.diagnostics.map(({ code }) => code)
}

async function refused(promise: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(promise, error => {
    assert.ok(error instanceof ImageError, String(error))
    assert.equal(error.code, code)
    assert.match(`${error.message} ${error.hint}`, message)
    return true
  })
}

/** The docker members of one image with its layer files under other names and types. */
function docker(
  change: (
    members: readonly TarFixture[],
    manifest: { Config: string; RepoTags: string[] | null; Layers: string[] }[],
  ) => readonly TarFixture[],
) {
  const members = dockerArchiveMembers({ app: image })
  const manifest = JSON.parse(String(members.at(-1)?.content))
  const changed = change(members.slice(0, -1), manifest)
  return [...changed, { name: 'manifest.json', content: JSON.stringify(manifest) }]
}

describe('archives', () => {
  const spellings: Readonly<Record<string, (name: string) => string>> = {
    './': name => `./${name}`,
    '/': name => `/${name}`,
    './/./': name => `.//./${name}`,
  }
  for (const [prefix, spell] of Object.entries(spellings)) {
    test(`member names that start with ${prefix}`, async context => {
      const members = ociArchiveMembers({ t: image }).map(member => ({ ...member, name: spell(String(member.name)) }))
      assert.equal((await readAll(await open(context, members))).length, 1)
    })
  }

  test('members in any order, index.json first', async context => {
    assert.equal((await readAll(await open(context, [...ociArchiveMembers({ t: image })].reverse()))).length, 1)
  })

  test('blobs that are hard links, and a blobs directory that is a symlink', async context => {
    const moved = ociArchiveMembers({ t: image }).map(member => ({
      ...member,
      name: String(member.name).replace(/^blobs\//, 'store/'),
    }))
    const links = moved
      .filter(({ name }) => name.startsWith('store/s'))
      .map(({ name }) => ({ name: name.replace('store', 'blobs'), flag: '1', link: name }))
    assert.equal((await readAll(await open(context, [...moved, ...links]))).length, 1)
    assert.equal((await readAll(await open(context, [{ name: 'blobs', flag: '2', link: './store' }, ...moved]))).length, 1)
  })

  test('a name that comes twice: the last counts, as where archives are unpacked', async context => {
    const opened = await open(context, [{ name: 'index.json', content: '{"manifests":[]}' }, ...ociArchiveMembers({ t: image })])
    assert.equal((await readAll(opened)).length, 1)
    assert.deepEqual(codes(opened), ['ARCHIVE_MEMBER_REPEATED'])
  })

  test('cut short: what is whole can be read', async context => {
    const whole = tarFixture([...ociArchiveMembers({ t: image })].reverse())
    const opened = await open(context, whole.subarray(0, whole.length - 2048))
    assert.ok(codes(opened).includes('ARCHIVE_TRUNCATED'))
    assert.equal(imagesOf(opened.listing.nodes).length + opened.listing.nodes.filter(node => node.kind === 'missing').length, 1)
  })

  test('links that go round in a circle, or out of the archive, find nothing', async context => {
    const members = ociArchiveMembers({ t: image }).filter(({ name }) => !String(name).startsWith('blobs/'))
    for (const links of [
      [
        { name: 'blobs', flag: '2', link: 'a' },
        { name: 'a', flag: '2', link: 'blobs' },
      ],
      [{ name: 'blobs', flag: '1', link: 'blobs' }],
      [{ name: 'blobs', flag: '2', link: '../../../../../../etc' }],
      [{ name: 'blobs', flag: '2', link: '.' }],
    ]) {
      const { listing } = await open(context, [...members, ...links])
      assert.deepEqual(
        listing.nodes.map(node => node.kind),
        ['missing'],
      )
    }
  })
})

describe('docker archives', () => {
  test('docker 20: <id>/layer.tar, a repeated layer a symlink to the other, several hops', async context => {
    const members = docker((files, [entry]) => {
      const [config, first, second] = files
      assert.ok(config && first && second && entry)
      entry.Layers = ['aa/layer.tar', 'bb/layer.tar', 'cc/layer.tar']
      const raw = JSON.parse(String(config.content))
      raw.rootfs.diff_ids.splice(1, 0, raw.rootfs.diff_ids[0])
      raw.history.splice(1, 0, { created_by: 'again' })
      entry.Config = 'config.json'
      return [
        { name: 'config.json', content: JSON.stringify(raw) },
        { name: 'aa/layer.tar', content: first.content ?? '' },
        { name: 'bb/layer.tar', flag: '2', link: '../dd/layer.tar' },
        { name: 'dd', flag: '2', link: '/ee' },
        { name: 'ee/layer.tar', flag: '1', link: './aa/../aa/layer.tar' },
        { name: 'cc/layer.tar', content: second.content ?? '' },
      ]
    })
    const [layers] = await readAll(await open(context, members))
    assert.equal(layers?.length, 3)
    assert.equal(layers[0], layers[1])
  })

  test('kaniko and bazel: compressed layers, which have digests of their own', async context => {
    const members = docker((files, [entry]) => {
      assert.ok(entry)
      entry.Layers = entry.Layers.map(name => `${name}.gz`)
      return files.map(file =>
        String(file.name).endsWith('.tar')
          ? { name: `${file.name}.gz`, content: gzipSync(Buffer.from(file.content ?? '')) }
          : file,
      )
    })
    const opened = await open(context, members)
    await readAll(opened)
    const [node] = imagesOf(opened.listing.nodes)
    assert.ok(node)
    const { layers, manifest } = await loadImage(opened.source, node.descriptor)
    assert.equal(manifest.value.mediaType, DOCKER_MANIFEST)
    for (const { blob, diffID } of layers) {
      assert.equal(blob.mediaType, 'application/vnd.docker.image.rootfs.diff.tar.gzip')
      assert.notEqual(blob.digest, diffID)
    }
  })

  test('fields that are null', async context => {
    const members = docker((files, [entry]) => {
      assert.ok(entry)
      Object.assign(entry, { RepoTags: null, Parent: null, LayerSources: null })
      return files
    })
    const opened = await open(context, members)
    assert.deepEqual(opened.listing.nodes[0]?.names, [])
    await readAll(opened)
    const empty = docker((files, [entry]) => {
      assert.ok(entry)
      Object.assign(entry, { Layers: null })
      return files.map(file =>
        String(file.name).endsWith('.json')
          ? {
              ...file,
              content: JSON.stringify({
                os: 'linux',
                architecture: 'amd64',
                rootfs: { type: 'layers', diff_ids: null },
                history: null,
              }),
            }
          : file,
      )
    })
    assert.deepEqual(await readAll(await open(context, empty)), [[]])
  })

  test('several images, one with two tags, one without any', async context => {
    const members = dockerArchiveMembers({ app: image, '': other })
    const manifest = JSON.parse(String(members.at(-1)?.content))
    manifest[0].RepoTags = ['app:1', 'app:latest']
    const opened = await open(context, [...members.slice(0, -1), { name: 'manifest.json', content: JSON.stringify(manifest) }])
    assert.deepEqual(
      opened.listing.nodes.map(node => node.names),
      [['app:1', 'app:latest'], []],
    )
    assert.equal((await readAll(opened)).length, 2)
  })

  test('an image of which a file is missing does not hide the others', async context => {
    const members = dockerArchiveMembers({ app: image, two: other })
    const config = JSON.parse(String(members.at(-1)?.content))[0].Config
    const opened = await open(
      context,
      members.filter(({ name }) => name !== config),
    )
    assert.deepEqual(codes(opened), ['ARCHIVE_MEMBER_MISSING'])
    assert.equal((await readAll(opened)).length, 1)
  })

  test('a layer that is missing is told, and the rest can be read', async context => {
    const members = dockerArchiveMembers({ app: image })
    const layer = JSON.parse(String(members.at(-1)?.content))[0].Layers[1]
    const opened = await open(
      context,
      members.filter(({ name }) => name !== layer),
    )
    assert.deepEqual(codes(opened), ['LAYER_MISSING'])
    const [node] = imagesOf(opened.listing.nodes)
    assert.ok(node)
    const { layers } = await loadImage(opened.source, node.descriptor)
    await assert.rejects(
      layerFacts(opened.source, layers[1]?.blob ?? node.descriptor),
      error => error instanceof ImageError && error.code === 'BLOB_MISSING',
    )
  })

  test('docker 25 and later: both in one, the index preferred, images only docker lists added', async context => {
    const members = [...ociArchiveMembers({ 'app:1': image }), ...dockerArchiveMembers({ app: image, '': other })]
    const both = await open(context, members)
    assert.deepEqual(
      both.listing.nodes.map(node => node.descriptor.digest === image.descriptor.digest),
      [true, false],
    )
    assert.deepEqual(
      both.listing.documents.map(({ name }) => name),
      ['index.json', 'oci-layout', 'manifest.json'],
    )
    assert.equal((await readAll(both)).length, 2)
    assert.equal((await open(context, members, 'oci-archive')).listing.nodes.length, 1)
    const asDocker = await open(context, members, 'docker-archive')
    assert.deepEqual(
      asDocker.listing.nodes.map(node => node.names),
      [['app:latest'], []],
    )
  })

  test('docker 25 and an untagged image: an index that lists nothing', async context => {
    const empty = [
      { name: 'index.json', content: '{"schemaVersion":2,"manifests":null}' },
      { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    ]
    assert.equal((await readAll(await open(context, [...empty, ...dockerArchiveMembers({ '': image })]))).length, 1)
  })

  test('docker 25.0.0: manifests without layers give way to manifest.json', async context => {
    const hollow = imageFixture([], { config: JSON.parse(configOf(image)) })
    const opened = await open(context, [...ociArchiveMembers({ 'app:1': hollow }), ...dockerArchiveMembers({ app: image })])
    const [layers] = await readAll(opened)
    assert.equal(layers?.length, 2)
    assert.equal(opened.listing.nodes.length, 1)
  })

  test('containerd store: a nested index, platforms whose blobs are not there', async context => {
    const index = indexFixture([image, other])
    const absent = new Set<string>(other.blobs.keys())
    const members = ociArchiveMembers({ 'docker.io/library/app:1': index }).filter(
      ({ name }) => !absent.has(`sha256:${String(name).split('/').at(-1)}`),
    )
    const opened = await open(context, members)
    const [node] = opened.listing.nodes
    assert.ok(node?.kind === 'index')
    assert.deepEqual(
      node.children.map(child => child.kind),
      ['image', 'missing'],
    )
    await readAll(opened)
  })
})

describe('what is no image says what it is', () => {
  const root = ['bin/', 'etc/', 'usr/', 'var/', '.dockerenv'].map(name => ({ name }))
  const id = 'ab'.repeat(32)
  const cases: readonly (readonly [string, readonly TarFixture[] | Buffer, string, RegExp])[] = [
    ['docker export', root, 'NOT_AN_IMAGE', /docker export.*docker save/s],
    ['a layer with whiteouts', [{ name: 'etc/.wh.passwd' }], 'NOT_AN_IMAGE', /single image layer/],
    [
      'docker before 1.10',
      [{ name: 'repositories', content: '{}' }, { name: `${id}/json` }, { name: `${id}/layer.tar` }],
      'DOCKER_ARCHIVE_TOO_OLD',
      /1\.10.*docker load/s,
    ],
    ['manifest.json that is null', [{ name: 'manifest.json', content: 'null' }], 'DOCKER_MANIFEST_INVALID', /null/],
    [
      'manifest.json of a web page',
      [{ name: 'manifest.json', content: '{"name":"app"}' }],
      'DOCKER_MANIFEST_INVALID',
      /not a list/,
    ],
    [
      'index.json of a web page',
      [{ name: 'index.json', content: '{}' }, { name: 'index.html' }],
      'NOT_AN_IMAGE',
      /without an image/,
    ],
    [
      'a layout inside a folder',
      ociArchiveMembers({ t: image }).map(member => ({ ...member, name: `out/${member.name}` })),
      'NOT_AN_IMAGE',
      /"out".*Unpack/s,
    ],
    ['an empty tar', [], 'NOT_AN_IMAGE', /empty tar/],
    ['an empty file', Buffer.alloc(0), 'NOT_AN_IMAGE', /it is empty/],
    ['bzip2 that is cut short', Buffer.from('BZh91AY&SY'), 'COMPRESSION_DAMAGED', /cut short/],
    ['lz4', Buffer.from('04224d18', 'hex'), 'NOT_AN_IMAGE', /lz4/],
    ['zip', Buffer.from('PK\u0003\u0004xxxx'), 'NOT_AN_IMAGE', /zip/],
    ['text', Buffer.from('hello'.repeat(300)), 'NOT_AN_IMAGE', /not a tar/],
    ['text inside gzip', gzipSync(Buffer.from('hello'.repeat(300))), 'NOT_AN_IMAGE', /not a tar/],
    [
      'gzip that is cut short',
      gzipSync(tarFixture(ociArchiveMembers({ t: image }))).subarray(0, 200),
      'COMPRESSION_DAMAGED',
      /cut short/,
    ],
    [
      'zstd that is damaged',
      Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(100, 0xff)]),
      'COMPRESSION_DAMAGED',
      /zstd/,
    ],
    [
      'xz that is damaged',
      Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.alloc(100, 0xff)]),
      'COMPRESSION_DAMAGED',
      /xz/,
    ],
  ]
  for (const [name, content, code, message] of cases) test(name, context => refused(open(context, content), code, message))

  test('names of manifest.json in another case are read as docker reads them, and told', async context => {
    const members = dockerArchiveMembers({ 'x:1': image }).map(each => {
      const text = String(each.content)
      const respelt = text
        .replace('"Config"', '"config"')
        .replace('"Layers"', '"LAYERS"')
        .replace(/\}\]$/, ',"repotags":["evil:1"]}]')
      return each.name === 'manifest.json' ? { ...each, content: respelt } : each
    })
    const opened = await open(context, members)
    assert.equal((await readAll(opened))[0]?.length, 2)
    assert.deepEqual(
      [opened.listing.nodes[0]?.names, opened.listing.diagnostics.map(({ code }) => code)],
      [['x:1'], ['JSON_NAME_CASE']],
    )
  })

  test('an empty list of images is legal', async context => {
    assert.deepEqual((await open(context, [{ name: 'manifest.json', content: '[]' }])).listing.nodes, [])
  })
})

function configOf(fixture: typeof image): string {
  const { config } = JSON.parse((fixture.blobs.get(fixture.descriptor.digest) ?? '').toString())
  const bytes = fixture.blobs.get(config.digest) ?? Buffer.alloc(0)
  assert.equal(digestOf(bytes), config.digest)
  return bytes.toString()
}
