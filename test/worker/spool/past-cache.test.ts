import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BlobFile } from '../../../src/worker/spool/blob-file.ts'
import { SpooledTar } from '../../../src/worker/spool/spooled-tar.ts'
import { TarSpool } from '../../../src/worker/spool/tar-spool.ts'
import { onSmallDisk, scratch } from '../../kit/image/local-image.ts'
import { peerTest } from '../../kit/peer.ts'

const MiB = 1024 * 1024
/** Several blocks and a rest that ends on no border. */
const bytes = createHash('shake256', { outputLength: 21 * MiB + 4321 }).digest()
const SIZES = [0, 1, 4096, 4 * MiB - 1, 4 * MiB, 4 * MiB + 1, 8 * MiB, bytes.length]

/** Pieces of many lengths, all of them in one buffer that is used again. */
function* pieces(all: Buffer): Generator<Buffer> {
  const buffer = Buffer.alloc(6 * MiB)
  for (let at = 0, step = 1; at < all.length; step = (step * 7919) % (6 * MiB)) {
    const end = Math.min(all.length, at + Math.max(4000, step))
    yield buffer.subarray(0, all.copy(buffer, 0, at, end))
    at = end
  }
}

/** Where files are written past the cache if the disk can, and on a file system of memory alone. */
function places(name: string, run: (directory: string) => Promise<void>): void {
  test(name, context => run(scratch(context)))
  peerTest(`${name}, in memory`, ['mount'], context => onSmallDisk(context, '64m', run))
}

describe('the file of a blob', () => {
  places('is what was written to it, whatever its size', async directory => {
    for (const size of SIZES) {
      const path = join(directory, `blob-${size}`)
      const file = await BlobFile.create(path)
      for (const piece of pieces(bytes.subarray(0, size))) await file.write(piece)
      await file.finish()
      assert.ok(readFileSync(path).equals(bytes.subarray(0, size)), `${size} bytes`)
      // Closed for sure, so that the file system can be.
      await file.discard()
    }
  })

  peerTest('is refused by a full disk, and can be thrown away', ['mount'], context =>
    onSmallDisk(context, '10m', async directory => {
      const path = join(directory, 'blob')
      const file = await BlobFile.create(path)
      const writing = async () => {
        for (const piece of pieces(bytes)) await file.write(piece)
        await file.finish()
      }
      await assert.rejects(writing(), { code: 'NO_SPACE' })
      await file.discard()
      assert.equal(existsSync(path), false)
    }),
  )
})

describe('the spool of a tar', () => {
  async function spooled(file: string, size: number, limit?: number): Promise<void> {
    const spool = new TarSpool({ file, ...(limit !== undefined && { limit }) })
    let count = 0
    try {
      for (const piece of pieces(bytes.subarray(0, size))) {
        spool.write(piece)
        // Sometimes nothing is noticed of what was written, as when a little inflates to much.
        if (spool.isWriting && ++count % 3 === 0) await turn()
      }
      await spool.finish()
    } finally {
      while (spool.isWriting) await turn()
      spool.close()
      await turn()
    }
  }

  places('is read as it was written: in order, with what is looked at again, and anywhere', async directory => {
    for (const size of SIZES) {
      const file = join(directory, `tar-${size}`)
      await spooled(file, size)
      assert.equal(statSync(file).size, size)
      for (const inOrder of [false, true]) {
        const tar = new SpooledTar(file, size)
        if (inOrder) tar.inOrder()
        for (const [offset, length] of looks(size)) {
          const into = Buffer.alloc(length + 3)
          assert.ok(tar.read(into, 3, offset, length))
          assert.ok(into.subarray(3).equals(bytes.subarray(offset, offset + length)), `${offset} of ${size}`)
        }
        assert.equal(tar.read(Buffer.alloc(10), 0, size - 5, 10), false)
        tar.close()
      }
    }
  })

  test('of more than its limit is empty, also when the limit is passed at the very end', async context => {
    for (const limit of [100, 4 * MiB, bytes.length - 1]) {
      const file = join(scratch(context), 'tar')
      await spooled(file, bytes.length, limit)
      assert.equal(statSync(file).size, 0, `limit ${limit}`)
    }
    await kept(context, bytes.length)
  })

  async function kept(context: TestContext, limit: number): Promise<void> {
    const file = join(scratch(context), 'tar')
    await spooled(file, bytes.length, limit)
    // A slow disk may end it; what is there is whole.
    assert.ok([0, bytes.length].includes(statSync(file).size))
  }

  peerTest('on a full disk is empty, or an error where it must be whole', ['mount'], context =>
    onSmallDisk(context, '10m', async directory => {
      const file = join(directory, 'tar')
      await spooled(file, bytes.length, 2 * bytes.length)
      assert.equal(statSync(file).size, 0)
      await assert.rejects(spooled(join(directory, 'whole'), bytes.length), { code: 'NO_SPACE' })
    }),
  )
})

/** Headers and files one after the other, then the start once more. */
function* looks(size: number): Generator<[offset: number, length: number]> {
  for (let at = 0; at < size; at += 700_000) {
    yield [at, Math.min(512, size - at)]
    yield [at, Math.min(700_000, size - at)]
  }
  if (size > 10) yield [size - 10, 10]
  yield [0, Math.min(size, 5 * MiB)]
}
