import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { digestOf } from '../../../src/blob/digest.ts'
import { DOCKER_LIST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../src/blob/media-type.ts'
import type { BlobSource } from '../../../src/blob/source.ts'
import { ImageError } from '../../../src/error.ts'
import { chooseImage, imagesOf } from '../../../src/image/choose.ts'
import { allNodes, listImages } from '../../../src/image/list.ts'
import { loadImage } from '../../../src/image/load.ts'
import { hostPlatform } from '../../../src/image/platform.ts'
import { validateDocument } from '../../../src/image/validate.ts'
import { openSource } from '../../../src/transport/open.ts'
import { dockerArchive, dockerArchiveMembers, ociArchive, ociArchiveMembers } from '../image/archive-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, memorySource } from '../image/image-fixture.ts'
import { layerFacts } from '../image/local-image.ts'
import { processorMilliseconds } from '../processor-time.ts'
import { tarFixture } from '../tar/tar-fixture.ts'
import { mutateBytes, mutateJson, mutateTar, pick, type Random, seeded } from './mutation.ts'

/** One case may take this long on a busy machine; a hang takes for ever. */
const CASE_MILLISECONDS = 5000
const RSS_LIMIT_BYTES = 512 * 1024 * 1024

const amd64 = imageFixture(
  [layerFixture({ 'etc/passwd': 'root' }), layerFixture({ 'etc/.wh.passwd': '' }, { compression: 'zstd' })],
  {
    config: {
      history: [{ created_by: 'one' }, { created_by: 'none', empty_layer: true }, { created_by: 'two' }],
      config: { Env: ['A=b'], Labels: { a: 'b' }, Healthcheck: { Test: ['CMD', 'x'], Interval: 1 } },
    },
  },
)
const arm64 = imageFixture([layerFixture({ b: 'c' }, { compression: 'none' })], {
  platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
})
const index = indexFixture([amd64, arm64])

/** Opens and reads `count` mutated images; only an ImageError may come out, soon, and in bounded memory. */
export async function fuzzDocuments(seed: number, count: number): Promise<number> {
  return runCases(seed, count, async random => {
    const source = memorySource(random(2) === 0 ? mutatedImage(random) : mutatedIndex(random))
    return readEverything(source)
  })
}

/** The same over whole archives, plain and packed, written to `file`. */
export async function fuzzArchives(seed: number, count: number, file: string): Promise<number> {
  const images = { 'app:1': amd64, two: arm64 }
  const tars = [
    ociArchive(images),
    dockerArchive(images),
    tarFixture([...ociArchiveMembers({ x: index }), ...dockerArchiveMembers(images)]),
  ]
  return runCases(seed, count, async random => {
    const tar = pick(random, tars)
    const mutated = pick(random, [mutateTar, mutateBytes, (r: Random, bytes: Buffer) => mutateBytes(r, bytes, 512)])(random, tar)
    const packed = pick(random, [
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      gzipSync,
      zstdCompressSync,
      (bytes: Buffer) => mutateBytes(random, gzipSync(bytes)),
      (bytes: Buffer) => mutateBytes(random, zstdCompressSync(bytes)),
    ])(mutated)
    writeFileSync(file, packed)
    const source = await openSource({
      transport: pick(random, ['path', 'path', 'oci-archive', 'docker-archive']),
      path: file,
      selector: {},
    })
    try {
      return await readEverything(source)
    } finally {
      await source.close()
    }
  })
}

/** Gives how many cases could still be opened: a fuzz that breaks everything at once looks at nothing. */
async function runCases(seed: number, count: number, run: (random: Random) => Promise<boolean>): Promise<number> {
  let opened = 0
  for (let index = 0; index < count; index++) {
    const start = processorMilliseconds()
    try {
      if (await run(seeded(seed * 1_000_003 + index))) opened++
    } catch (thrown) {
      assert.ok(thrown instanceof ImageError, `seed ${seed} case ${index}: ${thrown instanceof Error ? thrown.stack : thrown}`)
      assert.match(thrown.message, /^Cannot /, `seed ${seed} case ${index}`)
    }
    assert.ok(processorMilliseconds() - start < CASE_MILLISECONDS, `seed ${seed} case ${index} took too long`)
  }
  assert.ok(process.memoryUsage().rss < RSS_LIMIT_BYTES, `${process.memoryUsage().rss} bytes of memory`)
  return opened
}

async function readEverything(source: BlobSource): Promise<boolean> {
  const listing = await listImages(source)
  for (const node of allNodes(listing.nodes)) {
    if (node.kind === 'index') validateDocument('index', node.document.raw, 'it')
  }
  let opened = false
  for (const node of imagesOf(listing.nodes)) {
    const image = await loadImage(source, node.descriptor).catch(only(ImageError))
    if (image === undefined) continue
    validateDocument('manifest', image.manifest.raw, 'it')
    if (image.config !== undefined) validateDocument('config', image.config.raw, 'it')
    opened = true
    for (const { blob } of image.layers.slice(0, 8)) await layerFacts(source, blob).catch(only(ImageError))
  }
  try {
    chooseImage(listing, { host: hostPlatform('x64') })
  } catch (thrown) {
    only(ImageError)(thrown)
  }
  return opened
}

function only(kind: typeof ImageError) {
  return (thrown: unknown): undefined => {
    if (!(thrown instanceof kind)) throw thrown
  }
}

/** An image whose documents are mutated and whose digests are right all the same, so that the documents are read. */
function mutatedImage(random: Random): ImageFixture {
  const source = pick(random, [amd64, arm64])
  const blobs = new Map(source.blobs)
  const json = (digest: string) => JSON.parse((source.blobs.get(digest) ?? '').toString())
  const put = (value: unknown, mediaType: string): Descriptor => {
    const text = Buffer.from(JSON.stringify(value) ?? '')
    const bytes = random(8) === 0 ? mutateBytes(random, text) : text
    const digest = digestOf(bytes)
    blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const manifest = json(source.descriptor.digest)
  const config = put(
    random(2) === 0 ? mutateJson(random, json(manifest.config.digest)) : json(manifest.config.digest),
    OCI_CONFIG,
  )
  const written = { ...manifest, config }
  return { descriptor: put(random(2) === 0 ? mutateJson(random, written) : written, OCI_MANIFEST), blobs, layers: source.layers }
}

function mutatedIndex(random: Random): ImageFixture {
  const images = [mutatedImage(random), mutatedImage(random)]
  const blobs = new Map(images.flatMap(image => [...image.blobs]))
  let bytes = Buffer.from(
    JSON.stringify(
      mutateJson(random, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: images.map(image => image.descriptor) }),
    ),
  )
  // Indexes inside each other now and then.
  for (let depth = random(4) === 0 ? random(40) : 0; depth > 0; depth--) {
    blobs.set(digestOf(bytes), bytes)
    bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }] }),
    )
  }
  blobs.set(digestOf(bytes), bytes)
  return {
    descriptor: { mediaType: pick(random, [OCI_INDEX, DOCKER_LIST]), digest: digestOf(bytes), size: bytes.length },
    blobs,
    layers: [],
  }
}
