import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SOCI_V1, sociManifest, ztocDescriptor } from '../../src/artifact/soci/soci-index.ts'
import { asking } from '../../src/session/asking.ts'
import { readingCost } from '../../src/session/reading-cost.ts'
import { openSession } from '../../src/session/session.ts'
import { type ImageFixture, imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { estargzFixture } from '../kit/image/lazy-layer-fixture.ts'
import { noise } from '../kit/noise.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const layers = [
  layerFixture([{ name: 'a', content: noise(1_500_000) }]),
  estargzFixture([{ name: 'b', content: noise(1000) }]),
  layerFixture({ c: 'x' }),
]
const image = imageFixture(layers)

/** An index that has the first layer; what is in it is not looked at here. */
function indexed(): ImageFixture {
  const [first] = image.layers
  assert.ok(first !== undefined)
  const zero = ztocDescriptor(noise(5000), first, { spanSize: 4_194_304, spans: undefined })
  const { descriptor, bytes } = sociManifest([zero], image.descriptor)
  return { descriptor, blobs: new Map([[descriptor.digest, bytes]]), layers: [] }
}

describe('what reading an image would cost', () => {
  let registry: TestRegistry
  let directory = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-cost-'))
    registry = await TestRegistry.start({ referrers: 'api' })
    registry.store.add('app', 'latest', image)
    registry.store.add('indexed', 'latest', image)
    registry.store.add('indexed', 'index', indexed())
  })
  after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })
  const cost = async (name: string, askAbove?: number) => {
    const options = asking({ cache: false })
    await using session = await openSession(`${registry.host}/${name}`, options, options.signal)
    const loaded = await session.load(session.choose(), options.signal)
    return await readingCost(session, loaded, askAbove === undefined ? {} : { askAbove })
  }
  const blobsAsked = (from: number) =>
    registry.log.slice(from).filter(line => image.layers.some(({ digest }) => line.includes(digest)))

  test('is told from documents alone: pulled layers, tables of contents, a SOCI index', async () => {
    const start = registry.seen.length
    const plain = await cost('app')
    const sizes = image.layers.map(({ size }) => size)
    assert.deepEqual(
      plain.layers.map(({ how }) => how),
      ['pull', 'table', 'pull'],
    )
    assert.equal(plain.bytes, (sizes[0] ?? 0) + Math.min(65_536, sizes[1] ?? 0) + (sizes[2] ?? 0))
    assert.deepEqual([plain.asks, (await cost('app', 1_000_000)).asks], [false, true])
    const withIndex = await cost('indexed')
    assert.deepEqual(
      withIndex.layers.map(({ how }) => how),
      ['index', 'table', 'pull'],
    )
    assert.equal(withIndex.layers[0]?.bytes, 5000)
    assert.deepEqual(blobsAsked(start), [])
  })

  test('inspect, history, tags, referrers and what they show of documents never pull a layer', async () => {
    const start = registry.seen.length
    const env = { XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' }
    for (const [command, name] of [
      ['inspect', 'indexed'],
      ['history', 'indexed'],
      ['tags', 'indexed'],
      ['referrers', 'indexed'],
    ] as const) {
      const { status, stdout, stderr } = await peel([command, `${registry.host}/${name}`], { env })
      assert.equal(status, 0, stderr)
      assert.ok(stdout.length > 0)
      if (command === 'referrers') assert.ok(stdout.includes(SOCI_V1))
    }
    assert.deepEqual(blobsAsked(start), [])
  })
})
