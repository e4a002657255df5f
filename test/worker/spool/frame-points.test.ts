import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FramePointWriter, framePlaces, takeFramePoint } from '../../../src/worker/spool/frame-points.ts'
import { scratch } from '../../kit/image/local-image.ts'

const point = (uncompressed: number, dictionary = Buffer.from('dictionary')) => ({
  compressed: uncompressed / 2,
  uncompressed,
  window: 7,
  checksum: uncompressed === 200,
  dictionary,
})

test('checkpoints are found by where they are; the nearest before a byte is taken, and damaged ones are let go', async context => {
  const place = join(scratch(context), 'layer')
  const writer = new FramePointWriter(place, { held: false })
  assert.equal(writer.isUsed, false)
  for (const at of [200, 100, 1000]) writer.add(point(at))
  assert.deepEqual([writer.isUsed, writer.isWriting], [true, true])
  await writer.close()
  assert.equal(writer.isWriting, false)
  const places = await framePlaces(place)
  assert.deepEqual(
    places.map(({ uncompressed, compressed }) => [uncompressed, compressed]),
    [
      [100, 50],
      [200, 100],
      [1000, 500],
    ],
  )
  const taken = async (least: number, most: number) => (await takeFramePoint(place, places, least, most))?.uncompressed
  assert.deepEqual(
    [await taken(0, 99), await taken(0, 100), await taken(0, 999), await taken(0, 5000)],
    [undefined, 100, 200, 1000],
  )
  assert.deepEqual([await taken(200, 999), await taken(199, 999)], [undefined, 200])
  assert.deepEqual(await takeFramePoint(place, places, 0, 200), point(200))
  writeFileSync(`${place}.200.100.point`, 'damaged')
  assert.equal(await taken(0, 999), 100)
  assert.deepEqual(
    places.map(({ uncompressed }) => uncompressed),
    [100, 1000],
  )
})

test('those of a layer that turns out wrong are never found', async context => {
  const directory = scratch(context)
  for (const verified of [false, true]) {
    const place = join(directory, String(verified))
    const writer = new FramePointWriter(place, { held: true })
    writer.add(point(100))
    await writer.close(verified)
    assert.equal((await framePlaces(place)).length, verified ? 1 : 0)
  }
})

test('more than the disk takes at once is left out, and taken again once it has caught up', async context => {
  const place = join(scratch(context), 'layer')
  const writer = new FramePointWriter(place, { held: false })
  const window = Buffer.alloc(8 * 1024 * 1024)
  for (const at of [1, 2, 3, 4, 5]) writer.add(point(at, window))
  await writer.ready()
  await writer.close()
  writer.add(point(6, window))
  await writer.close()
  assert.deepEqual(
    (await framePlaces(place)).map(({ uncompressed }) => uncompressed),
    [1, 2, 3, 6],
  )
})
