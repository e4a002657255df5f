import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { digestOf } from '../../../src/blob/digest.ts'
import { BlobCache } from '../../../src/transport/registry/blob-cache.ts'
import { scratch } from '../../kit/image/local-image.ts'

const BYTES = Buffer.from('content of a blob')
const BLOB: Descriptor = { mediaType: 'text/plain', digest: digestOf(BYTES), size: BYTES.length }

async function admitTo(cache: BlobCache): Promise<void> {
  const kept = (await cache.reserve(BLOB)) ?? assert.fail()
  writeFileSync(kept.file, BYTES)
  await kept.admit()
}

test('a blob that is admitted and looked for many times at once stays, and is found by all that come after', async context => {
  const directory = join(scratch(context), 'cache')
  const cache = new BlobCache(directory)
  const many = Array.from({ length: 20 }, async (_, index) => (index % 2 === 0 ? admitTo(cache) : cache.locate(BLOB)))
  await Promise.all(many)
  assert.ok(await cache.locate(BLOB))
  // Without its stamp the file is read and stamped by each of them.
  rmSync(join(directory, 'stamps', BLOB.digest.replace(':', '-')))
  const found = await Promise.all(Array.from({ length: 20 }, () => cache.locate(BLOB)))
  assert.ok(found.every(local => local !== undefined && existsSync(local.file)))
  assert.deepEqual(readdirSync(join(directory, 'stamps')), [BLOB.digest.replace(':', '-')])
  assert.deepEqual(readdirSync(join(directory, 'ingest')), [])
})

test('a right blob whose stamp cannot be written is given out and kept; a wrong one is removed', async context => {
  const directory = join(scratch(context), 'cache')
  const cache = new BlobCache(directory)
  await admitTo(cache)
  rmSync(join(directory, 'stamps'), { recursive: true })
  const { file } = (await cache.locate(BLOB)) ?? assert.fail()
  assert.ok(existsSync(file))
  mkdirSync(join(directory, 'stamps'))
  writeFileSync(file, BYTES.toString().toUpperCase())
  assert.equal(await cache.locate(BLOB), undefined)
  assert.equal(existsSync(file), false)
})
