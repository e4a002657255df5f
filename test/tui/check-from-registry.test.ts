import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createLayerWork } from '../../src/cli/interface/layer-work.ts'
import { createWorld } from '../../src/cli/interface/world.ts'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const KEYS = 'AWS_ACCESS_KEY_ID=AKIAQYLPMN5HHHFPZAM2\nAWS_SECRET_ACCESS_KEY=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\n'
const image = imageFixture([layerFixture({ 'app/.env': KEYS }), layerFixture({ 'app/main': 'x' })])

/** The check of an image in a registry, with threads of its own over this cache, as each start of the program has them. */
async function checked(t: TestContext, host: string, directory: string) {
  const cache = createChangesetCache({ directory })
  const pool = createLayerPool({ size: 1, cache })
  t.after(() => pool.close())
  const common = { ...DEFAULT_COMMON, cache: false, threads: { pool, cache, [Symbol.asyncDispose]: () => pool.close() } }
  const { signal } = new AbortController()
  const opened = await createWorld(common, createLayerWork(common)).open(`docker://${host}/app:1`, {}, signal)
  t.after(() => opened.close())
  const options = { whole: false, priority: () => 0, onProgress: () => undefined }
  const readings = await Promise.all(opened.image.layers.map((_, layer) => opened.readLayer(layer, options, signal)))
  await opened.analyse(readings, signal)
  const again = async (layer: number) => {
    await opened.readLayer(layer, { ...options, whole: true }, signal)
    return opened.check(readings, signal)
  }
  return { found: await opened.check(readings, signal), readings, again }
}

const rulesOf = ({ findings }: { readonly findings: readonly { readonly id: string }[] }) => findings.map(({ id }) => id)

test('layers of a registry that are known from before keep their secrets, and those that were never searched are told', async t => {
  const registry = await TestRegistry.start({})
  t.after(() => registry.close())
  registry.store.add('app', '1', image)
  const directory = mkdtempSync(join(tmpdir(), 'peel-check-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const cold = await checked(t, registry.host, join(directory, 'searched'))
  assert.deepEqual([rulesOf(cold.found).includes('secret/aws'), cold.found.isWhole], [true, true])
  const warm = await checked(t, registry.host, join(directory, 'searched'))
  assert.ok(warm.readings.every(reading => 'remembered' in reading))
  assert.deepEqual([rulesOf(warm.found).includes('secret/aws'), warm.found.isWhole], [true, true])
})

test('a layer of a registry that was read without a search is named until it is read whole', async t => {
  const registry = await TestRegistry.start({})
  t.after(() => registry.close())
  registry.store.add('app', '1', image)
  const directory = mkdtempSync(join(tmpdir(), 'peel-check-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const pool = createLayerPool({ size: 1, cache: createChangesetCache({ directory }) })
  t.after(() => pool.close())
  for (const blob of image.layers) await pool.readLayer(memorySource(image), blob)
  const { found, again } = await checked(t, registry.host, directory)
  assert.deepEqual([rulesOf(found).includes('secret/aws'), found.isWhole, found.unseen], [false, false, [0, 1]])
  const first = await again(0)
  assert.deepEqual([rulesOf(first).includes('secret/aws'), first.isWhole, first.unseen], [true, false, [1]])
  assert.equal((await again(1)).isWhole, true)
})
