import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { openLayout } from '../../src/transport/layout.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { type ImageFixture, imageFixture, layerFixture, memorySource, writeLayout } from '../kit/image/image-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-pool-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const image = imageFixture([
  layerFixture({ 'etc/passwd': 'root' }),
  layerFixture({ 'etc/.wh.passwd': '', big: { content: randomBytes(3_000_000) } }),
  layerFixture({ plain: 'x' }, { compression: 'none' }),
  layerFixture({ zstd: 'x' }, { compression: 'zstd' }),
])

function layoutSource(fixture: ImageFixture): BlobSource {
  const layout = writeLayout(mkdtempSync(join(directory, 'layout-')), { t: fixture })
  const locate = async (blob: Descriptor) => ({
    file: join(layout, 'blobs', blob.digest.replace(':', '/')),
    offset: 0,
    size: blob.size,
  })
  return { ...memorySource(fixture), locate }
}

/** A blob that never ends; counts what is taken from it. */
function endlessSource() {
  const taken = { chunks: 0, closed: false }
  const source: BlobSource = {
    ...memorySource(image),
    async *fetchUnverified(_blob, _range, signal) {
      try {
        for (;;) {
          signal?.throwIfAborted()
          taken.chunks++
          yield Buffer.alloc(1024 * 1024)
          await new Promise(setImmediate)
        }
      } finally {
        taken.closed = true
      }
    },
  }
  return { source, taken }
}

const endless: Descriptor = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digestOf(Buffer.from('endless')),
  size: 2 ** 40,
}
const codeOf = (error: unknown) => (error instanceof ImageError ? error.code : String(error))

describe('layer pool', () => {
  test('readings that spare the machine take half of the threads, and leave the others to those that do not', async () => {
    const begun: string[] = []
    const gate = Promise.withResolvers<void>()
    const source: BlobSource = {
      ...memorySource(image),
      async *fetchUnverified(blob, ...rest) {
        begun.push(blob.digest)
        await gate.promise
        yield* memorySource(image).fetchUnverified(blob, ...rest)
      },
    }
    const [first, second, third, other] = image.layers
    assert.ok(first && second && third && other)
    const pool = createLayerPool({ size: 4 })
    try {
      const sparing = [first, second, third].map(layer => pool.readLayer(source, layer, { isSparing: () => true }))
      while (begun.length < 2) await new Promise(setImmediate)
      const reading = pool.readLayer(source, other)
      while (!begun.includes(other.digest)) await new Promise(setImmediate)
      assert.equal(begun.length, 3)
      gate.resolve()
      await Promise.all([...sparing, reading])
      assert.equal(begun.length, 4)
    } finally {
      await pool.close()
    }
  })

  for (const [kind, sourceOf] of [
    ['local files', layoutSource],
    ['streams', memorySource],
  ] as const) {
    test(`reads every layer from ${kind}`, async () => {
      const pool = createLayerPool({ size: 2 })
      const source = sourceOf(image)
      const readings = await Promise.all(image.layers.map(layer => pool.readLayer(source, layer)))
      await pool.close()
      assert.deepEqual(
        readings.map(({ compression, changeset }) => [compression, changeset.length]),
        [
          ['gzip', 1],
          ['gzip', 2],
          ['none', 1],
          ['zstd', 1],
        ],
      )
      assert.deepEqual(
        readings.map(({ digest }) => digest),
        image.layers.map(({ digest }) => digest),
      )
    })

    test(`content that is not what the digest says is refused from ${kind}`, async () => {
      const [layer] = image.layers as [Descriptor]
      const blobs = new Map(image.blobs).set(layer.digest, Buffer.from(image.blobs.get(layer.digest) ?? '').reverse())
      const pool = createLayerPool({ size: 1 })
      await assert.rejects(
        pool.readLayer(sourceOf({ ...image, blobs }), layer),
        error => codeOf(error) === 'BLOB_DIGEST_MISMATCH',
      )
      assert.equal((await pool.readLayer(sourceOf(image), layer)).changeset.length, 1, 'the thread goes on')
      await pool.close()
    })
  }

  test('cancelling waits for nothing more, stops the source, and leaves the pool usable', async () => {
    const pool = createLayerPool({ size: 1 })
    const { source, taken } = endlessSource()
    const controller = new AbortController()
    const running = pool.readLayer(source, endless, { signal: controller.signal })
    const waiting = pool.readLayer(source, endless, { signal: controller.signal })
    while (taken.chunks < 8) await new Promise(resolve => setTimeout(resolve, 5))
    const before = taken.chunks
    controller.abort(new Error('enough'))
    for (const each of await Promise.allSettled([running, waiting])) {
      assert.equal(each.status === 'rejected' && each.reason.message, 'enough')
    }
    assert.ok(taken.chunks <= before + 1, `${taken.chunks - before} chunks were taken afterwards`)
    const reading = await pool.readLayer(memorySource(image), image.layers[0] ?? endless)
    assert.equal(reading.changeset.length, 1)
    assert.ok(taken.closed)
    await pool.close()
  })

  test('a source faster than the worker waits', async () => {
    const pool = createLayerPool({ size: 1 })
    const { source, taken } = endlessSource()
    const controller = new AbortController()
    let [done, ahead] = [0, 0]
    const onProgress = (bytes: number) => {
      done = bytes
      ahead = Math.max(ahead, taken.chunks * 1024 * 1024 - done)
      if (taken.chunks > 60) controller.abort()
    }
    await assert.rejects(pool.readLayer(source, endless, { signal: controller.signal, onProgress }))
    assert.ok(done > 0 && ahead <= 8 * 1024 * 1024, `${ahead} bytes ahead`)
    await pool.close()
  })

  test("a source's own failure reaches the caller", async () => {
    const pool = createLayerPool({ size: 1 })
    const missing = { ...endless, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }
    await assert.rejects(pool.readLayer(memorySource(image), missing), error => codeOf(error) === 'BLOB_MISSING')
    const foreign = { ...endless, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' }
    await assert.rejects(pool.readLayer(memorySource(image), foreign), error => codeOf(error) === 'LAYER_FOREIGN')
    await pool.close()
  })

  test('what cannot be listed is refused without reading it', async () => {
    const pool = createLayerPool({ size: 1 })
    const { source, taken } = endlessSource()
    const read = (mediaType: string) => pool.readLayer(source, { ...endless, mediaType }).catch(codeOf)
    assert.equal(await read('application/vnd.oci.image.layer.v1.tar+gzip+encrypted'), 'LAYER_ENCRYPTED')
    assert.equal(await read('application/vnd.erofs.layer.v1'), 'LAYER_TYPE_UNSUPPORTED')
    assert.equal(taken.chunks, 0)
    await pool.close()
  })

  test('a media type that names another compression is a finding', async () => {
    const pool = createLayerPool({ size: 1 })
    const layer = { ...(image.layers[0] ?? endless), mediaType: 'application/vnd.oci.image.layer.v1.tar' }
    const { changeset } = await pool.readLayer(memorySource(image), layer)
    assert.deepEqual(
      changeset.diagnostics.map(({ code }) => code),
      ['MEDIA_TYPE_MISMATCH'],
    )
    await pool.close()
  })

  test('a higher priority goes first, then the larger layer, whatever the cache is asked before', async () => {
    const pool = createLayerPool({ size: 1, cache: createChangesetCache({ directory: join(directory, 'empty-cache') }) })
    const order: number[] = []
    const source = memorySource(image)
    const priorities = [0, 0, 0, 1]
    await Promise.all(
      image.layers.map(async (layer, position) => {
        await pool.readLayer(source, layer, { priority: () => priorities[position] ?? 0 })
        order.push(position)
      }),
    )
    assert.deepEqual(order.slice(0, 2), [3, 1])
    await pool.close()
  })

  test('with a cache a layer is read once, also by pools that share the directory', async () => {
    const cache = createChangesetCache({ directory: join(directory, 'cache') })
    const [layer] = image.layers as [Descriptor]
    const pools = [createLayerPool({ size: 1, cache }), createLayerPool({ size: 1, cache })]
    await Promise.all(pools.map(pool => pool.readLayer(memorySource(image), layer)))
    const absent: BlobSource = { ...memorySource(image), fetchUnverified: () => assert.fail('read again') }
    const [pool] = pools as [(typeof pools)[0]]
    assert.equal((await pool.readLayer(absent, layer)).changeset.length, 1)
    await assert.rejects(pool.readLayer(absent, { ...layer, size: 1 }), error => codeOf(error) === 'BLOB_SIZE_MISMATCH')
    await Promise.all(pools.map(each => each.close()))
    const names = readdirSync(join(directory, 'cache'), { recursive: true }).map(String)
    assert.deepEqual(names.filter(name => name.includes('sha256')).length, 1)
  })

  test('a layer that the image was saved without is missing, whatever the cache knows of it', async context => {
    const cache = createChangesetCache({ directory: join(directory, 'cache-of-lost') })
    const layout = writeLayout(mkdtempSync(join(directory, 'layout-')), { t: image })
    const source = await openLayout(layout)
    const pool = createLayerPool({ size: 1, cache })
    context.after(() => pool.close())
    const [blob] = image.layers
    assert.ok(blob)
    await pool.readLayer(source, blob)
    assert.equal((await pool.known(source, blob))?.digest, blob.digest)

    rmSync(join(layout, 'blobs', blob.digest.replace(':', '/')))
    assert.equal(await pool.known(source, blob), undefined)
    await assert.rejects(
      pool.readLayer(source, blob),
      (error: unknown) => error instanceof ImageError && error.code === 'BLOB_MISSING',
    )
  })

  test('closing ends what waits and what runs', async () => {
    const pool = createLayerPool({ size: 1 })
    const { source } = endlessSource()
    const reads = [pool.readLayer(source, endless), pool.readLayer(source, endless)]
    const settled = Promise.allSettled(reads)
    await new Promise(resolve => setTimeout(resolve, 50))
    await pool.close()
    for (const each of await settled) assert.equal(each.status, 'rejected')
  })
})
