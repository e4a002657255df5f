import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readDocument } from '../../src/blob/read.ts'
import { parseElf } from '../../src/check/elf.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { demoSteps } from '../../src/session/demo-files.ts'
import { demoSource } from '../../src/session/demo-image.ts'

describe('the files of the demo image', () => {
  const members = (architecture: string, words: RegExp) =>
    demoSteps(architecture).find(({ createdBy }) => words.test(createdBy))?.members ?? assert.fail(String(words))

  test('the application is root’s as it is copied, and a user’s with the same content once it is chowned', () => {
    const [copied, chowned] = [members('amd64', /^COPY \. /), members('amd64', /chown -R 1000:1000/)]
    const owners = (of: typeof copied) => [...new Set(of.map(({ uid, gid }) => `${uid ?? 0}:${gid ?? 0}`))]
    assert.deepEqual([owners(copied), owners(chowned)], [['0:0'], ['1000:1000']])
    const contents = (of: typeof copied) => of.map(({ name, content }) => [name, content?.toString('base64')])
    assert.deepEqual(contents(chowned), contents(copied))
  })

  test('programs are position-independent ELF files of their machine', () => {
    for (const [architecture, machine] of [
      ['amd64', 62],
      ['arm64', 183],
    ] as const) {
      const busybox =
        members(architecture, /^ADD rootfs/).find(({ name }) => name === 'usr/bin/busybox')?.content ?? assert.fail()
      const { bits, littleEndian, type, machine: made, interpreter, sections } = parseElf(busybox) ?? assert.fail()
      assert.deepEqual([bits, littleEndian, type, made, interpreter, sections], [64, true, 3, machine, undefined, 0])
      // The version and the ABI, and nothing behind the head but zeros: it is made by no linker.
      assert.deepEqual([...busybox.subarray(6, 16)], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
      assert.ok(busybox.subarray(20, 64).every(byte => byte === 0))
      assert.equal(busybox.length, 180_000)
    }
  })
})

describe('the demo image', () => {
  test('is the same on every run', async () => {
    const [first, second] = await Promise.all([demoSource().roots(), demoSource().roots()])
    assert.deepEqual(first, second)
  })

  test('is two platforms, small, and right in every document', async () => {
    const source = demoSource()
    const listing = await listImages(source)
    assert.deepEqual(listing.diagnostics, [])
    const images = await Promise.all(imagesOf(listing.nodes).map(({ descriptor }) => loadImage(source, descriptor)))
    assert.deepEqual(
      images.map(({ platform }) => platform?.architecture),
      ['amd64', 'arm64'],
    )
    for (const image of images) {
      assert.deepEqual(image.diagnostics, [])
      assert.equal(image.layers.length, 8)
      assert.equal(image.steps.filter(({ layer }) => layer === undefined).length, 5)
      assert.ok(image.layers.reduce((sum, { blob }) => sum + blob.size, 0) < 1_500_000)
      for (const { blob } of image.layers) assert.equal((await readDocument(source, blob)).length, blob.size)
    }
  })
})
