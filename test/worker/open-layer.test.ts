import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import type { BlobSource } from '../../src/blob/source.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { prepareCopy, SpoolAllowance } from '../../src/worker/open-layer.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { type ImageFixture, imageFixture, layerFixture, memorySource, writeLayout } from '../kit/image/image-fixture.ts'
import { onSmallDisk, openText, scratch } from '../kit/image/local-image.ts'
import { peerTest } from '../kit/peer.ts'

const pool = createLayerPool({ size: 1 })
after(() => pool.close())

const noise = (bytes: number) => createHash('shake256', { outputLength: bytes }).digest('hex').slice(0, bytes)
const layer = layerFixture({ 'etc/': '', 'etc/passwd': 'root', noise: noise(1_000_000) })
const zeros = layerFixture({ zeros: '\0'.repeat(3_000_000) })
const image = imageFixture([layer, zeros, layerFixture({ a: 'plain' }, { compression: 'none' })])

async function localSource(context: TestContext, from: ImageFixture = image): Promise<BlobSource> {
  const layout = writeLayout(join(scratch(context), 'layout'), { app: from })
  return (await openText(context, `oci:${layout}:app`)).source
}

const blobOf = (position: number) => image.layers[position] ?? assert.fail()
const spooled = (directory: string) => readdirSync(directory).filter(name => name.startsWith('.peel-'))

describe('reading a layer that will be copied from', () => {
  for (const [where, sourceOf] of [
    ['here', localSource],
    ['elsewhere', async () => memorySource(image)],
  ] as const) {
    test(`a layer that lies ${where} is inflated once: its tar is at hand, and gone when closed`, async context => {
      const directory = scratch(context)
      const source = await sourceOf(context)
      const { reading, opened } = await (await prepareCopy(pool, source, blobOf(0), directory, new SpoolAllowance(directory)))()
      assert.equal(reading.tarSize, layer.tar.length)
      assert.equal(spooled(directory).length, 1)
      assert.ok(opened)
      // Forwards, backwards, over and inside what is read ahead.
      for (const [offset, length] of [
        [0, 512],
        [700_000, 300_000],
        [512, 1024],
        [262_000, 300],
        [0, layer.tar.length],
      ] as const) {
        const into = Buffer.alloc(length + 7)
        opened.read(into, 7, offset, length)
        assert.ok(into.subarray(7).equals(layer.tar.subarray(offset, offset + length)), `${offset}`)
      }
      assert.throws(() => opened.read(Buffer.alloc(10), 0, layer.tar.length - 5, 10), { code: 'LAYER_CHANGED' })
      await opened.close()
      assert.deepEqual(spooled(directory), [])
    })
  }

  test('a tar that is much larger than its blob, or lies there uncompressed, is not spooled', async context => {
    const [directory, source] = [scratch(context), await localSource(context)]
    for (const position of [1, 2]) {
      const { reading, opened } = await (
        await prepareCopy(pool, source, blobOf(position), directory, new SpoolAllowance(directory))
      )()
      assert.equal(reading.changeset.length, 1)
      assert.equal(opened, undefined)
      assert.deepEqual(spooled(directory), [])
    }
  })

  test('what the cache knows is not read again', async context => {
    const [directory, source] = [scratch(context), await localSource(context)]
    const cached = createLayerPool({ size: 1, cache: createChangesetCache({ directory: join(directory, 'cache') }) })
    context.after(() => cached.close())
    await cached.readLayer(source, blobOf(0))
    const { reading, opened } = await (await prepareCopy(cached, source, blobOf(0), directory, new SpoolAllowance(directory)))()
    assert.equal(reading.diffID, (await cached.readLayer(source, blobOf(0))).diffID)
    assert.equal(opened, undefined)
    assert.deepEqual(spooled(directory), [])
  })

  test('a layer that is damaged, and one whose reading is cancelled, leave nothing', async context => {
    const [directory, source] = [scratch(context), await localSource(context)]
    const allowance = new SpoolAllowance(directory)
    const wrong = { ...blobOf(0), size: blobOf(0).size - 1 }
    const readWrong = await prepareCopy(pool, source, wrong, directory, allowance)
    await assert.rejects(readWrong(), { code: 'BLOB_SIZE_MISMATCH' })
    const stopped = AbortSignal.abort(new Error('stopped'))
    const read = await prepareCopy(pool, source, blobOf(0), directory, allowance)
    await assert.rejects(read({ signal: stopped }), /stopped/)
    assert.deepEqual(spooled(directory), [])
  })

  peerTest('a disk without room to spare is left alone, and one that fills up only ends the spool', ['mount'], async context => {
    const source = await localSource(context)
    await onSmallDisk(context, '6m', async directory => {
      const without = await (await prepareCopy(pool, source, blobOf(0), directory, new SpoolAllowance(directory)))()
      assert.equal(without.opened, undefined)
      const generous = { take: async () => true, give: () => {} }
      const large = imageFixture([layerFixture({ noise: noise(8_000_000) })])
      const [blob = assert.fail()] = large.layers
      const read = await prepareCopy(pool, await localSource(context, large), blob, directory, generous)
      const full = await read()
      assert.equal(full.reading.changeset.length, 1)
      assert.equal(full.opened, undefined)
      assert.deepEqual(spooled(directory), [])
    })
  })

  test('promises add up, and what is given back can be taken again', async context => {
    const allowance = new SpoolAllowance(scratch(context))
    assert.equal(await allowance.take(Number.MAX_SAFE_INTEGER), false)
    assert.equal(await allowance.take(1000), true)
    allowance.give(1000)
    assert.equal(await allowance.take(1000), true)
  })
})
