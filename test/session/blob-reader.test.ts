import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { blobReader, READ_WHOLE } from '../../src/session/artifact/blob-reader.ts'
import { imageFixture, memorySource } from '../kit/image/image-fixture.ts'

test('a blob up to 128 KiB is read whole, which proves it; parts of a larger one, and what is read of it, are not proven', async () => {
  const read = async (size: number, claimed = size) => {
    const bytes = Buffer.alloc(size, 7)
    const digest = digestOf(bytes)
    const blobs = new Map<string, Buffer>([[digest, bytes]])
    const source = memorySource({ ...imageFixture([]), blobs })
    const reader = await blobReader(source, { mediaType: 'x', digest, size: claimed })
    const [begin, end] = [await reader.read(0, 5), await reader.read(claimed - 3, 100)]
    return [reader.size, reader.proven, begin.length, end.length]
  }
  assert.equal(READ_WHOLE, 131_072)
  assert.deepEqual(await read(READ_WHOLE), [READ_WHOLE, true, 5, 3])
  assert.deepEqual(await read(READ_WHOLE + 1), [READ_WHOLE + 1, false, 5, 3])
  await assert.rejects(read(10, 11), /BLOB_SIZE_MISMATCH|bytes/)
})
