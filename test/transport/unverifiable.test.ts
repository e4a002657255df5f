import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Digest } from '../../src/blob/digest.ts'
import { OCI_LAYER } from '../../src/blob/media-type.ts'
import { readBlob } from '../../src/blob/read.ts'
import { ImageError } from '../../src/error.ts'
import { copyImage } from '../../src/session/write/copy-image.ts'
import { openLayout } from '../../src/transport/layout.ts'
import { openLayoutSink } from '../../src/transport/layout-sink.ts'
import { openSink } from '../../src/transport/sink.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { imageFixture, layerFixture, memorySource, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code

test('a link in a layout that leads out of it is no blob; one inside it, and a linked layout, are read', async context => {
  const directory = scratch(context)
  const layout = writeLayout(join(directory, 'layout'), { '1': image })
  const [layer] = image.layers
  assert.ok(layer)
  const path = join(layout, 'blobs', ...layer.digest.split(':'))
  const read = async (place: string) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of readBlob(await openLayout(place), layer)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  renameSync(path, join(layout, 'blobs', 'store'))
  symlinkSync('../store', path)
  assert.ok((await read(layout)).equals(readFileSync(join(layout, 'blobs', 'store'))))
  symlinkSync(layout, join(directory, 'alias'))
  assert.ok(await read(join(directory, 'alias')))
  renameSync(join(layout, 'blobs', 'store'), join(directory, 'layout-of-mine'))
  symlinkSync(join(directory, 'layout-of-mine'), join(layout, 'blobs', 'store'))
  await assert.rejects(read(layout), isError('BLOB_NOT_A_FILE'))
  assert.equal(await (await openLayout(layout)).locate(layer), undefined, 'nor may a worker open it')
})

test('what is written to a layout stays in it: a directory of blobs elsewhere is refused, a blob elsewhere is not relied on', async context => {
  const directory = scratch(context)
  const copyInto = async (layout: string) => {
    await using sink = await openLayoutSink(layout, { name: 'new' })
    await copyImage(memorySource(image), image.descriptor, sink, 'new', { signal: new AbortController().signal })
  }
  for (const [index, name] of ['blobs', 'blobs/sha256'].entries()) {
    const layout = writeLayout(join(directory, `layout${index}`), { old: imageFixture([]) })
    const elsewhere = join(directory, `elsewhere${index}`)
    renameSync(join(layout, name), elsewhere)
    symlinkSync(elsewhere, join(layout, name))
    const before = readdirSync(elsewhere, { recursive: true })
    await assert.rejects(copyInto(layout), isError('DESTINATION_INVALID'))
    assert.deepEqual(readdirSync(elsewhere, { recursive: true }), before)
  }
  const layout = writeLayout(join(directory, 'layout'), { old: image })
  const path = join(layout, 'blobs', ...(image.layers[0]?.digest.split(':') ?? []))
  renameSync(path, join(directory, 'blob'))
  symlinkSync(join(directory, 'blob'), path)
  await copyInto(layout)
  assert.ok(lstatSync(path).isFile())
})

test('what cannot be verified is copied only where that is allowed, and never read as a layer', async context => {
  const directory = scratch(context)
  const layout = writeLayout(join(directory, 'layout'), { '1': image })
  for (const algorithm of ['blake3', 'foo', 'md5', 'sha384']) {
    const content = Buffer.from('a private file')
    const blob = { mediaType: OCI_LAYER, digest: `${algorithm}:${'a'.repeat(64)}` as Digest, size: content.length }
    mkdirSync(join(layout, 'blobs', algorithm), { recursive: true })
    writeFileSync(join(layout, 'blobs', algorithm, 'a'.repeat(64)), content)
    const source = await openLayout(layout)
    const target = join(directory, algorithm)
    const copyTo = async (allowUnverified: boolean) => {
      const sink = await openSink({ transport: 'oci', path: target, selector: {} })
      try {
        const signal = new AbortController().signal
        return await copyImage(source, blob, sink, undefined, { signal, allowUnverified })
      } finally {
        await sink.abort()
      }
    }
    await assert.rejects(copyTo(false), isError('DIGEST_UNVERIFIABLE'))
    await copyTo(true)
    const pool = createLayerPool({ size: 1 })
    await assert.rejects(pool.readLayer(source, blob), isError('DIGEST_UNVERIFIABLE'))
    await pool.close()
  }
})
