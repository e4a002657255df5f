import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { splitDigest } from '../../src/blob/digest.ts'
import { imageFixture, layerFixture, memorySource, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { rebuilt } from '../kit/rebuild/rebuild.ts'

const layers = [
  layerFixture({ base: 'b' }),
  layerFixture({ data: 'd'.repeat(3000) }),
  layerFixture({ name: { flag: '1', link: 'data' }, other: 'o' }),
]
const image = imageFixture(layers)
const dropped = layers[1]?.tar.length

describe('dropped layers', () => {
  test('their tar is among what is saved', async context => {
    const workshop = memoryWorkshop()
    for (const more of [[], [{ type: 'remove', path: 'base' } as const]]) {
      const done = await rebuilt(memorySource(image), [{ type: 'drop-layer', position: 1 }, ...more], workshop)
      context.after(() => done[Symbol.asyncDispose]())
      assert.equal(done.layers[1]?.tarSizeBefore, dropped)
      assert.ok(done.saved.tar >= (dropped ?? 0))
    }
  })

  test('a kept link into them is told of; one that is damaged can be dropped all the same', async context => {
    const directory = scratch(context)
    const source = writeLayout(join(directory, 'source'), { app: image })
    const drop = (...more: string[]) =>
      peel(['squash', `oci:${source}:app`, '--dry-run', '--json', '--drop-layer', '2', '--no-cache', ...more])
    for (const more of [[], ['--remove', '/base']]) {
      const { status, stderr } = await drop(...more)
      assert.equal(status, 0, stderr)
      assert.match(stderr, /layer 3, \/name: a hard link to a file that is not in the layers that are left/)
    }
    const [algorithm, encoded] = splitDigest(image.layers[1]?.digest ?? image.descriptor.digest)
    rmSync(join(source, 'blobs', algorithm, encoded))
    const { status, stdout, stderr } = await drop()
    assert.equal(status, 0, stderr)
    assert.equal((JSON.parse(stdout) as { saved: { tar: number } }).saved.tar, 0)
  })
})
