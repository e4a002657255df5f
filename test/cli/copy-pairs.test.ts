import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { readBlob } from '../../src/blob/read.ts'
import type { BlobSink, BlobSource } from '../../src/blob/source.ts'
import { listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { parseDestination, parseLocation } from '../../src/image/location.ts'
import { parseReference } from '../../src/image/reference.ts'
import { copyImage } from '../../src/session/write/copy-image.ts'
import { openSource } from '../../src/transport/open.ts'
import { openRegistryDestination, openRegistryImage } from '../../src/transport/remote.ts'
import { openSink } from '../../src/transport/sink.ts'
import { imageFixture, indexFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { collect, layerFacts, scratch } from '../kit/image/local-image.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const NAME = 'app:1'
const { signal } = new AbortController()
const image = imageFixture(
  (['gzip', 'none', 'zstd'] as const).map(compression => layerFixture({ [compression]: 'x'.repeat(3000) }, { compression })),
  { manifest: { annotations: { a: 'b' }, unknown: { kept: [1, 1e3] } }, config: { unknown: 'too' } },
)
const other = imageFixture([layerFixture({ other: 'o' })], { platform: { os: 'linux', architecture: 's390x' } })
const about = imageFixture([layerFixture({ sbom: '{}' })], { platform: { os: 'unknown', architecture: 'unknown' } })
const attestation = {
  ...about,
  descriptor: {
    ...about.descriptor,
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.descriptor.digest },
  },
}
const index = indexFixture([image, other, attestation], { annotations: { index: 'kept' }, unknown: 1 })

/** One place of a kind: written once, then read. */
type Place = { readonly write: () => Promise<BlobSink>; readonly read: () => Promise<BlobSource>; readonly name?: string }

function onDisk(prefix: string, name: string) {
  return (context: TestContext): Place => {
    const text = `${prefix}${join(scratch(context), name)}`
    return {
      name: NAME,
      write: () => openSink(parseDestination(`${text}:${NAME}`, existsSync)),
      read: () => openSource(parseLocation(text, existsSync)),
    }
  }
}

const KINDS: Readonly<Record<string, (context: TestContext) => Place | Promise<Place>>> = {
  layout: onDisk('oci:', 'layout'),
  'oci-archive': onDisk('oci-archive:', 'oci.tar'),
  'docker-archive': onDisk('docker-archive:', 'docker.tar'),
  registry: async context => {
    const registry = await TestRegistry.start()
    context.after(() => registry.close())
    const reference = parseReference(`${registry.host}/team/app:1`)
    return {
      write: () => openRegistryDestination(reference, { environment: {} }),
      read: async () => openRegistryImage(reference, { environment: {} }),
    }
  },
  'standard streams': () => {
    const output = new PassThrough({ highWaterMark: 1 << 30 })
    return {
      write: () => openSink({ transport: 'standard-stream' }, { output }),
      read: () => openSource({ transport: 'standard-stream' }, { input: Readable.from([output.read()]) }),
    }
  },
}

async function copy(source: BlobSource, root: Descriptor, place: Place): Promise<void> {
  const sink = await place.write()
  await copyImage(source, root, sink, place.name, { signal })
  await sink.abort()
}

/** The source and root of a place, opened until the test ends. */
async function opened(context: TestContext, place: Place): Promise<{ source: BlobSource; root: Descriptor }> {
  const source = await place.read()
  context.after(() => source.close())
  const [root] = await source.roots()
  assert.ok(root)
  return { source, root }
}

describe('copies between every pair of places', () => {
  for (const [from, make] of Object.entries(KINDS)) {
    for (const [to, makeOther] of Object.entries(KINDS)) {
      test(`${from} to ${to}`, async context => {
        const [place, target] = [await make(context), await makeOther(context)]
        await copy(memorySource(image), image.descriptor, place)
        const before = await opened(context, place)
        await copy(before.source, before.root, target)
        const after = await opened(context, target)
        const [one, two] = [await loadImage(before.source, before.root), await loadImage(after.source, after.root)]
        assert.deepEqual(two.config?.raw, one.config?.raw)
        for (const { blob, diffID } of two.layers) assert.equal((await layerFacts(after.source, blob)).diffID, diffID)
        assert.equal(two.layers.length, 3)
        if (to === 'docker-archive') return
        assert.equal(after.root.digest, before.root.digest)
        assert.deepEqual(two.manifest.raw, one.manifest.raw)
        for (const { blob } of one.layers)
          assert.deepEqual(await collect(readBlob(after.source, blob)), await collect(readBlob(before.source, blob)))
      })
    }
  }

  test('an index goes with all it lists, byte for byte, through every place that holds one', async context => {
    let from: { source: BlobSource; root: Descriptor } = { source: memorySource(index), root: index.descriptor }
    for (const kind of ['layout', 'registry', 'oci-archive', 'standard streams', 'layout']) {
      const place = await KINDS[kind]?.(context)
      assert.ok(place)
      await copy(from.source, from.root, place)
      from = await opened(context, place)
      assert.equal(from.root.digest, index.descriptor.digest, kind)
      const [node] = (await listImages(from.source)).nodes
      assert.equal(node?.kind, 'index')
      for (const [digest, bytes] of index.blobs) {
        const blob = { mediaType: '', digest: digest as Descriptor['digest'], size: bytes.length }
        assert.deepEqual(await collect(readBlob(from.source, blob)), bytes, kind)
      }
    }
  })
})
