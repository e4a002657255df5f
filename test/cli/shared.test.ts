import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-shared-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const base = layerFixture({ 'usr/lib/base': 'b'.repeat(3000) })
const own = (name: string) => layerFixture({ [`app/${name}`]: name })
const recompressed = { ...base, compression: 'none' as const }
const images = {
  a: imageFixture([base, own('a')]),
  b: imageFixture([base, own('b')]),
  c: imageFixture([recompressed, own('a')]),
}
const layout = writeLayout(join(directory, 'layout'), images)
const elsewhere = writeLayout(join(directory, 'elsewhere'), { b: images.b })

describe('peel inspect --shared', () => {
  test('tells what several images share, of one place and of several', async () => {
    const { status, stdout, stderr } = await peel(
      ['inspect', `${layout}:a`, `${elsewhere}:b`, `${layout}:c`, '--shared', '--json'],
      { env },
    )
    assert.equal(status, 0, stderr)
    const found = JSON.parse(stdout)
    const size = (name: keyof typeof images, layer: number) => images[name].layers[layer]?.size ?? 0
    const sizes = (['a', 'b', 'c'] as const).map(name => size(name, 0) + size(name, 1))
    assert.deepEqual(found.images, [
      { reference: `${layout}:a`, digest: images.a.descriptor.digest, size: sizes[0], unique: 0 },
      { reference: `${elsewhere}:b`, digest: images.b.descriptor.digest, size: sizes[1], unique: size('b', 1) },
      { reference: `${layout}:c`, digest: images.c.descriptor.digest, size: sizes[2], unique: size('c', 0) },
    ])
    assert.deepEqual(
      found.layers.map(({ digest, images: owners }: { digest: string; images: number[] }) => [digest, owners]),
      [
        [images.a.layers[0]?.digest, [0, 1]],
        [images.a.layers[1]?.digest, [0, 2]],
        [images.b.layers[1]?.digest, [1]],
        [images.c.layers[0]?.digest, [2]],
      ],
    )
    assert.equal(found.layers[0].diffId, found.layers[3].diffId)
    assert.equal(
      found.total,
      sizes.reduce((sum, each) => sum + each, 0),
    )
    assert.equal(
      found.stored,
      found.layers.reduce((sum: number, each: { size: number }) => sum + each.size, 0),
    )
  })

  test('says it in words, with what another compression keeps apart', async () => {
    const { stdout } = await peel(['inspect', `${layout}:a`, `${layout}:b`, `${layout}:c`, '--shared'], { env })
    assert.match(stdout, /1–2/)
    assert.match(stdout, /sharing saves \d+ B \(\d+ %\)\n\d+ B more would be shared/)
  })

  test('a place of which no image is named stands for all of its images', async () => {
    const { status, stdout, stderr } = await peel(['inspect', layout, '--shared', '--json'], { env })
    assert.equal(status, 0, stderr)
    const { images: found, total, stored } = JSON.parse(stdout)
    assert.deepEqual(
      found.map(({ reference, digest }: { reference: string; digest: string }) => [reference, digest]),
      (['a', 'b', 'c'] as const).map(name => [`${layout}:${name}`, images[name].descriptor.digest]),
    )
    assert.ok(stored < total)
  })

  test('several images need it, and it reads documents only', async () => {
    const status = async (...args: string[]) => (await peel(['inspect', ...args], { env })).status
    assert.equal(await status(`${layout}:a`, `${layout}:b`), 2)
    assert.equal(await status(`${layout}:a`, `${layout}:b`, '--shared', '--layers'), 2)
    assert.equal(await status(`${layout}:a`, `${layout}:none`, '--shared'), 3)
    const lost = writeLayout(join(directory, 'lost'), images)
    for (const { digest } of images.a.layers) rmSync(join(lost, 'blobs', digest.replace(':', '/')))
    assert.equal(await status(`${lost}:a`, `${lost}:b`, '--shared'), 0)
  })
})
