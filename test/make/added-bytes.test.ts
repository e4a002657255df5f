import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { FilePath } from '../../src/layer/file-path.ts'
import { contentHash } from '../../src/make/added-bytes.ts'
import type { SourceTree } from '../../src/make/source-tree.ts'

const MIB = 1024 * 1024

/** A file of zeros, and how much of it was read. */
function zeros() {
  const seen = { bytes: 0, isClosed: false }
  const tree: SourceTree = {
    diagnostics: [],
    files: async function* () {},
    open: () => ({
      read: (into, start, length) => {
        into.fill(0, start, start + length)
        seen.bytes += length
        return length
      },
      end: () => undefined,
      [Symbol.dispose]: () => {
        seen.isClosed = true
      },
    }),
  }
  return { tree, seen }
}

test('a large file is hashed in turns, between which the run is ended', async () => {
  const { tree, seen } = zeros()
  const stop = new AbortController()
  setImmediate(() => stop.abort('SIGINT'))
  await assert.rejects(contentHash(tree, 'large' as FilePath, 1024 * MIB, stop.signal), reason => reason === 'SIGINT')
  assert.ok(seen.bytes <= 12 * MIB, `${seen.bytes} bytes were read`)
  assert.ok(seen.isClosed)
})

test('turns change no hash', async () => {
  for (const size of [0, 1, 4 * MIB, 9 * MIB + 1]) {
    const { tree } = zeros()
    const hash = await contentHash(tree, 'file' as FilePath, size, undefined)
    assert.deepEqual(hash, createHash('sha256').update(Buffer.alloc(size)).digest(), `${size}`)
  }
})
