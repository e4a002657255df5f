import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FrameSpools } from '../../../src/worker/spool/frame-spools.ts'
import { readSpool, SPOOLED_FROM } from '../../../src/worker/spool/inflated-spool.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-frames-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const MIB = 1024 * 1024
/** Frames in the tar: too short for a spool, one that ends within a block, one that ends at a block's end. */
const FRAMES = [3 * MIB + 7, 13 * MIB + 5, 12 * MIB] as const

test('each frame is spooled from where it begins, and found once the layer is known to be right', async () => {
  const starts = [0, FRAMES[0], FRAMES[0] + FRAMES[1]] as const
  const tar = Buffer.alloc(FRAMES[0] + FRAMES[1] + FRAMES[2])
  for (let at = 0; at < tar.length; at += 1000) tar.writeUInt32LE(at, Math.min(at, tar.length - 4))
  const points = starts.slice(1).map(uncompressed => ({ compressed: uncompressed, uncompressed }))
  for (const verified of [false, true]) {
    const place = join(directory, verified ? 'right' : 'wrong')
    const spools = new FrameSpools(place, () => true)
    for (let at = 0; at < tar.length; at += 256 * 1024) {
      const end = Math.min(tar.length, at + 256 * 1024)
      spools.write(
        tar.subarray(at, end),
        points.filter(({ uncompressed }) => uncompressed <= end),
      )
      await spools.ready()
    }
    await spools.close(verified)
    const [first, second, third] = await Promise.all(
      FRAMES.map(async (size, frame) => {
        const [start, pieces] = [starts[frame] ?? 0, []] as [number, Buffer[]]
        for await (const piece of readSpool({ place, uncompressed: start }, SPOOLED_FROM + 1, size)) pieces.push(piece)
        return Buffer.concat(pieces).equals(tar.subarray(start + SPOOLED_FROM + 1, start + size))
      }),
    )
    assert.deepEqual([first, second, third], [true, verified, verified])
    if (!verified) assert.deepEqual(readdirSync(directory), [])
  }
})

test('a frame that has checkpoints is not spooled', async () => {
  const place = join(directory, 'has-checkpoints')
  const spools = new FrameSpools(place, () => false)
  for (let at = 0; at < 14 * MIB; at += 256 * 1024) spools.write(Buffer.alloc(256 * 1024), [])
  assert.equal(spools.isWriting, false)
  await spools.close(true)
  assert.deepEqual(
    readdirSync(directory).filter(name => name.startsWith('has-checkpoints')),
    [],
  )
})
