import assert from 'node:assert/strict'
import { describe, type TestContext } from 'node:test'
import { readBlob, readDocument } from '../../src/blob/read.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { chooseImage } from '../../src/image/choose.ts'
import { allNodes, type ImageListing } from '../../src/image/list.ts'
import { type Image, loadImage } from '../../src/image/load.ts'
import { formatPlatform, hostPlatform, parsePlatform } from '../../src/image/platform.ts'
import { corpusJson, corpusPath, corpusTest } from '../kit/corpus.ts'
import { collect, layerFacts, openText } from '../kit/image/local-image.ts'

type Opened = { readonly source: BlobSource; readonly listing: ImageListing; readonly image: Image }
type Check = { readonly error: string; readonly names?: string } | ((opened: Opened) => void | Promise<void>)

const host = hostPlatform('x64')
const HOSTILE = 'root:x:0'

/** The right outcome of every case of malformed/EXPECTED.json, as the user meets it: an error when opening, or a look at the image. */
const CASES: Readonly<Record<string, Check>> = {
  ok: sound,
  'no-index': { error: 'NOT_AN_IMAGE', names: 'index.json' },
  'index-bad-json': { error: 'JSON_INVALID', names: 'index.json' },
  'index-no-mediatype': sound,
  'index-manifests-null': { error: 'NO_IMAGES' },
  'index-duplicate-keys': async opened => {
    assert.deepEqual(codes(opened.listing), ['JSON_DUPLICATE_NAME'])
    await layersRead(opened)
  },
  'layout-file-missing': opened => assert.deepEqual(codes(opened.listing), ['LAYOUT_FILE_MISSING']),
  'layout-version-2': opened => assert.deepEqual(codes(opened.listing), ['LAYOUT_VERSION']),
  'ref-full-name': opened => assert.equal(opened.listing.nodes[0]?.names[0], 'docker.io/library/x:1.0'),
  'ref-containerd': opened => assert.deepEqual(opened.listing.nodes[0]?.names, ['1.0', 'docker.io/library/x:1.0']),
  'ref-weird': opened => assert.deepEqual(opened.listing.nodes[0]?.names, ['a b', 'esc\u001b[31m']),
  'ref-none': sound,
  'digest-traversal': { error: 'DIGEST_INVALID' },
  'digest-traversal-alg': { error: 'DIGEST_INVALID' },
  'digest-uppercase': { error: 'DIGEST_INVALID', names: 'EF83' },
  'digest-blake3': { error: 'BLOB_MISSING', names: 'blake3:' },
  'digest-sha512': layersRead,
  'manifest-size-wrong': { error: 'BLOB_SIZE_MISMATCH' },
  'manifest-size-string': { error: 'DESCRIPTOR_INVALID', names: '"size" is a string' },
  'manifest-content-changed': { error: 'BLOB_SIZE_MISMATCH' },
  'layer-content-changed': ({ source, image }) => layerFails(source, image, /^BLOB_(DIGEST|SIZE)_MISMATCH$/),
  'layer-missing': ({ source, image }) => layerFails(source, image, /^BLOB_MISSING$/),
  'layer-size-wrong': ({ source, image }) => layerFails(source, image, /^BLOB_SIZE_MISMATCH$/),
  'config-missing': async opened => {
    assert.equal(opened.image.config, undefined)
    assert.deepEqual(
      opened.image.diagnostics.map(({ code, severity }) => [code, severity]),
      [['CONFIG_MISSING', 'error']],
    )
    assert.equal(opened.image.layers[0]?.diffID, undefined)
    await layerFacts(opened.source, blobOf(opened.image))
  },
  'manifest-missing': { error: 'BLOB_MISSING' },
  'data-field': async ({ source, listing }) => {
    const embedded = listing.nodes.find(node => node.names[0] === 'data')
    assert.ok(embedded?.kind === 'other')
    assert.equal((await readDocument(source, embedded.descriptor)).toString(), '{"a":1}')
    // Also where only the unverified door is used, as a worker that hashes by itself does.
    assert.equal((await collect(source.fetchUnverified(embedded.descriptor))).toString(), '{"a":1}')
  },
  'ambiguous-manifest': { error: 'MANIFEST_AMBIGUOUS' },
  'no-mediatype-in-manifest': sound,
  'docker-types-in-layout': sound,
  schema1: { error: 'SCHEMA1_UNSUPPORTED' },
  'artifact-manifest-rc': { error: 'NOT_AN_IMAGE', names: 'a/b (application/vnd.oci.artifact.manifest.v1+json)' },
  'artifact-config-type': { error: 'NOT_AN_IMAGE', names: 'application/vnd.example.config' },
  'config-bad-dates': ({ image }) => assert.notEqual(image.config?.value.created, undefined),
  'config-extra-fields': sound,
  'config-control-characters': ({ image }) => {
    assert.ok(image.steps.some(step => step.history?.createdBy?.includes('\u001b') === true))
  },
  'index-nested-3': opened =>
    assert.deepEqual(
      [...allNodes(opened.listing.nodes)].map(node => node.kind),
      ['index', 'index', 'index', 'image'],
    ),
  platforms: ({ listing }) => {
    const wanted = ['linux/amd64', 'linux/arm/v7', 'linux/arm64', 'windows/amd64']
    const found = wanted.map(text => chooseImage(listing, { platform: parsePlatform(text), host }).platform)
    assert.deepEqual(
      found.map(platform => platform && formatPlatform(platform)),
      wanted,
    )
    assert.throws(() => chooseImage(listing, { platform: parsePlatform('linux/s390x'), host }), withCode('PLATFORM_NOT_FOUND'))
  },
  'index-empty': { error: 'NO_IMAGES' },
  'blob-symlink-passwd': ({ source, image }) => layerFails(source, image, /^BLOB_(DIGEST|SIZE)_MISMATCH$/),
  'blob-is-directory': ({ source, image }) => layerFails(source, image, /^BLOB_(NOT_A_FILE|MISSING)$/),
  'gzip-bomb-64MiB': async ({ source, image }) => {
    const { bytes, diffID } = await layerFacts(source, blobOf(image))
    assert.ok(bytes < 100_000)
    assert.equal(diffID, image.layers[0]?.diffID)
  },
}

describe('malformed images get a clear error or are read with a diagnostic', () => {
  corpusTest('every case has a check', () => {
    assert.deepEqual(Object.keys(corpusJson('malformed', 'EXPECTED.json') as object).sort(), Object.keys(CASES).sort())
  })
  for (const [name, check] of Object.entries(CASES)) {
    corpusTest(name, context => (typeof check === 'function' ? look(context, name, check) : refused(context, name, check)))
  }
})

async function look(context: TestContext, name: string, check: (opened: Opened) => void | Promise<void>): Promise<void> {
  const { source, listing } = await openText(context, corpusPath('malformed', name))
  const image = await loadImage(source, chooseImage(listing, { host }).descriptor)
  await check({ source, listing, image })
}

async function refused(context: TestContext, name: string, { error, names }: { error: string; names?: string }): Promise<void> {
  await assert.rejects(
    async () => {
      const { source, listing } = await openText(context, corpusPath('malformed', name))
      await loadImage(source, chooseImage(listing, { host }).descriptor)
    },
    thrown => {
      assert.ok(thrown instanceof ImageError, String(thrown))
      assert.equal(thrown.code, error)
      assert.match(thrown.message, /^Cannot /)
      assert.ok(!thrown.message.includes(HOSTILE))
      if (names !== undefined) assert.ok(`${thrown.message} ${thrown.hint}`.includes(names), thrown.message)
      return true
    },
  )
}

async function sound(opened: Opened): Promise<void> {
  assert.deepEqual(codes(opened.listing), [])
  assert.deepEqual(opened.image.diagnostics, [])
  await layersRead(opened)
}

async function layersRead({ source, image }: Opened): Promise<void> {
  assert.ok(image.layers.length > 0)
  for (const { blob, diffID } of image.layers) assert.equal((await layerFacts(source, blob)).diffID, diffID)
}

/** The layer does not verify: an error, and not a byte of what lies there instead is handed on. */
async function layerFails(source: BlobSource, image: Image, code: RegExp): Promise<void> {
  const seen: Buffer[] = []
  await assert.rejects(
    async () => {
      for await (const chunk of readBlob(source, blobOf(image))) seen.push(Buffer.from(chunk))
    },
    thrown => thrown instanceof ImageError && code.test(thrown.code),
  )
  assert.ok(!Buffer.concat(seen).includes(HOSTILE))
}

function blobOf(image: Image) {
  const [layer] = image.layers
  assert.ok(layer)
  return layer.blob
}

function codes(listing: ImageListing): string[] {
  return listing.diagnostics.map(({ code }) => code)
}

function withCode(code: string) {
  return (thrown: unknown) => thrown instanceof ImageError && thrown.code === code
}
