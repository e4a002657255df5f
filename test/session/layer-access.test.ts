import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ImageError } from '../../src/error.ts'
import { displayPath } from '../../src/layer/file-path.ts'
import { type Asking, asking } from '../../src/session/asking.ts'
import { createLayerThreads } from '../../src/session/layer-threads.ts'
import { withImage, withSession } from '../../src/session/opened-image.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const image = imageFixture([
  layerFixture({ 'etc/passwd': 'root\n', 'etc/old': 'gone\n', link: { flag: '2', link: 'etc/passwd' } }),
  layerFixture({ 'etc/.wh.old': '', 'etc/new': 'new\n' }),
  layerFixture({ 'etc/passwd': 'root and more\n' }),
])

/** A layout of the test's own, the blobs' files, and how a script asks. */
function place(context: TestContext, options: Partial<Asking> = {}) {
  const directory = writeLayout(join(scratch(context), 'layout'), { t: image })
  const blobFile = (layer: number) => join(directory, 'blobs/sha256', image.layers[layer]?.digest.slice(7) ?? '')
  return { reference: `oci:${directory}:t`, blobFile, asked: asking({ cache: false, ...options }) }
}

async function text(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('the tree of all layers, and of the first few', async context => {
  const { reference, asked } = place(context)
  await withImage(asked, reference, async ({ layers }) => {
    const names = async (count?: number) =>
      [...(await layers.tree(count)).snapshot.walk()].map(({ path }) => displayPath(path)).filter(path => path.includes('/'))
    assert.deepEqual(await names(), ['etc/new', 'etc/passwd'])
    assert.deepEqual(await names(1), ['etc/old', 'etc/passwd'])
  })
})

test('a typed path is decided by the layers above it: those below are not read', async context => {
  const { reference, asked, blobFile } = place(context)
  rmSync(blobFile(0))
  await withImage(asked, reference, async ({ layers }) => {
    const { snapshot, readings } = await layers.around('etc/new')
    assert.equal(snapshot.find('etc/new' as never)?.layer, 1)
    assert.deepEqual(
      readings.map(reading => reading !== undefined),
      [false, true, true],
    )
    await assert.rejects(layers.around('etc/old-or-not'), { code: 'BLOB_MISSING' })
  })
})

test('contents come from the layer that carries them', async context => {
  const { reference, asked } = place(context)
  await withImage(asked, reference, async ({ layers }) => {
    const { snapshot, readings } = await layers.listedTree()
    const files = ['etc/new', 'etc/passwd'].flatMap(path => snapshot.find(path as never) ?? [])
    const found = new Map<string, string>()
    for await (const [file, bytes] of layers.contents(readings, files)) found.set(displayPath(file.path), await text(bytes))
    assert.deepEqual(Object.fromEntries(found), { 'etc/new': 'new\n', 'etc/passwd': 'root and more\n' })
    const [first] = await layers.list([0])
    const older = (await layers.tree(1)).snapshot.find('etc/passwd' as never)
    assert.equal(await text(layers.content(first, older?.content)), 'root\n')
    assert.throws(() => layers.content(undefined, { layer: 0, entry: 0 }), { code: 'CONTENT_NOT_A_FILE' })
  })
})

test('a layer that cannot be read fails the tree with its number; readable() gives its error in its place', async context => {
  const { reference, asked, blobFile } = place(context)
  rmSync(blobFile(1))
  await withImage(asked, reference, async ({ layers }) => {
    await assert.rejects(
      layers.tree(),
      (error: ImageError) => error.code === 'BLOB_MISSING' && /layer 2 \(sha256:/.test(error.message),
    )
    const codes: unknown[] = []
    for await (const reading of layers.readable()) codes.push('code' in reading ? reading.code : 'read')
    assert.deepEqual(codes, ['read', 'BLOB_MISSING', 'read'])
  })
})

test('layers are numbered from 1 by a person; an unknown number is refused', async context => {
  const { reference, asked } = place(context)
  await withImage(asked, reference, async ({ layers }) => {
    assert.equal(layers.positionOf(3), 2)
    for (const wrong of [0, 4]) assert.throws(() => layers.positionOf(wrong), { code: 'LAYER_NOT_FOUND' })
  })
})

test('progress only grows, to the size of all blobs at most, and ends; an aborted signal ends the reading', async context => {
  const seen: number[] = []
  let ended = 0
  const progress = () => ({ update: (done: number, total: number) => seen.push(done / total), end: () => ended++ })
  const { reference, asked } = place(context, { progress })
  await withImage(asked, reference, async ({ layers }) => {
    await layers.tree()
  })
  assert.ok(seen.every((share, at) => share >= (seen[at - 1] ?? 0) && share <= 1))
  assert.equal(ended, 1)
  const stop = new AbortController()
  await assert.rejects(
    withImage({ ...asked, signal: stop.signal }, reference, async ({ layers }) => {
      stop.abort(new Error('enough'))
      return layers.tree()
    }),
    { message: 'enough' },
  )
})

test('two sessions share threads that neither of them closes', async context => {
  const { reference, asked } = place(context)
  const threads = createLayerThreads(asked)
  try {
    for (const _ of [1, 2]) {
      await withSession({ ...asked, threads } as Asking, reference, async session => {
        assert.equal(session.pool, threads.pool)
        const { layers } = await session.load(session.choose())
        const blob = layers[0]?.blob
        assert.ok(blob !== undefined)
        assert.equal((await session.readLayer(blob)).changeset.diagnostics.length, 0)
      })
    }
  } finally {
    await threads.pool.close()
  }
})
