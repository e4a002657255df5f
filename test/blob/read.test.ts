import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Descriptor, EMPTY_DESCRIPTOR } from '../../src/blob/descriptor.ts'
import { digestOf, parseDigest } from '../../src/blob/digest.ts'
import { DOCUMENT_LIMIT, readBlob, readDocument, verified } from '../../src/blob/read.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { fc } from '../kit/seeded-check.ts'

const descriptorOf = (bytes: Uint8Array): Descriptor => ({ mediaType: 'x/y', digest: digestOf(bytes), size: bytes.length })

/** Holds one stretch of bytes, whatever is asked of it. */
function holding(...chunks: readonly Uint8Array[]): BlobSource {
  return {
    name: 'test:',
    roots: async () => [],
    async *fetchUnverified() {
      yield* chunks
    },
    locate: async () => undefined,
    close: async () => {},
  }
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('readBlob', () => {
  test('gives the bytes in whatever chunks they come', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array()), async chunks => {
        const whole = Buffer.concat(chunks)
        assert.deepEqual(await collect(readBlob(holding(...chunks), descriptorOf(whole))), whole)
      }),
    ))

  test('never hands on the last chunk of a blob that is wrong', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (bytes, place, flip) => {
          const changed = Buffer.from(bytes)
          const index = place % changed.length
          changed[index] = (changed[index] ?? 0) ^ flip
          const seen: Uint8Array[] = []
          await assert.rejects(
            async () => {
              for await (const chunk of verified(holding(changed).fetchUnverified(EMPTY_DESCRIPTOR), descriptorOf(bytes)))
                seen.push(chunk)
            },
            { code: 'BLOB_DIGEST_MISMATCH' },
          )
          assert.deepEqual(seen, [])
        },
      ),
    ))

  test('stops at the first byte too many, and says when there are too few', async () => {
    const blob = descriptorOf(Buffer.from('abc'))
    await assert.rejects(collect(readBlob(holding(Buffer.from('ab'), Buffer.from('cd')), blob)), {
      code: 'BLOB_SIZE_MISMATCH',
      message: /more than 3/,
    })
    await assert.rejects(collect(readBlob(holding(Buffer.from('ab')), blob)), {
      code: 'BLOB_SIZE_MISMATCH',
      message: /it has 2 bytes/,
    })
  })

  test('a digest that cannot be computed here checks the size alone', async () => {
    const blob = { mediaType: 'x/y', digest: parseDigest(`blake3:${'0'.repeat(64)}`), size: 3 }
    assert.deepEqual(await collect(readBlob(holding(Buffer.from('abc')), blob)), Buffer.from('abc'))
  })

  test('embedded data stands in for the blob only when it is right', async () => {
    const missing = holding()
    assert.equal((await readDocument(missing, EMPTY_DESCRIPTOR)).toString(), '{}')
    await assert.rejects(readDocument(missing, { ...EMPTY_DESCRIPTOR, data: 'e3s=' }), ImageError)
  })

  test('a document over the limit is refused before a byte is read', async () => {
    const blob = { ...EMPTY_DESCRIPTOR, size: DOCUMENT_LIMIT + 1 }
    await assert.rejects(readDocument(holding(), blob), { code: 'DOCUMENT_TOO_LARGE' })
  })
})
