import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { ImageError } from '../../src/error.ts'
import { entriesOf } from '../../src/layer/changeset.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { fc } from '../kit/seeded-check.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const SPARSE = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '5000', 'GNU.sparse.name': 'sparse' }
const SEED = tarFixture([
  { name: 'd/' },
  { name: 'd/file', content: 'x'.repeat(1500) },
  { name: 'n'.repeat(300), flag: '2', link: 't'.repeat(300) },
  { name: 'sparse', content: `1\n10\n5\n${'\0'.repeat(505)}hello`, pax: SPARSE },
  { name: 'huge', uid: 2 ** 40, pax: { 'SCHILY.xattr.user.a': Buffer.from([1, 2, 3]), mtime: '-1.25' } },
  { name: 'd/.wh.x' },
  { name: 'old', magic: 'gnu', content: 'y' },
])

const isDamaged = (result: string | { readonly diagnostics: readonly string[] }) =>
  typeof result === 'string' ? result === 'LAYER_DAMAGED' : result.diagnostics.includes('COMPRESSION_DAMAGED')

/** Bytes overwritten, removed or repeated anywhere in the archive, or in its compressed form. */
const damage = fc.array(fc.tuple(fc.nat(SEED.length), fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.nat(2)), {
  minLength: 1,
  maxLength: 8,
})
const forms = [(bytes: Buffer) => bytes, gzipSync, (bytes: Buffer) => zstdCompressSync(bytes)] as const

function damaged(bytes: Buffer, changes: readonly (readonly [number, Uint8Array, number])[]): Buffer {
  return changes.reduce<Buffer>((current, [offset, with_, kind]) => {
    const at = offset % Math.max(1, current.length)
    if (kind === 0) return Buffer.concat([current.subarray(0, at), with_, current.subarray(at + with_.length)])
    if (kind === 1) return Buffer.concat([current.subarray(0, at), current.subarray(at + with_.length * 64)])
    return Buffer.concat([current.subarray(0, at), current.subarray(Math.max(0, at - 512), at), current.subarray(at)])
  }, bytes)
}

test('whatever the bytes, a layer is read or refused, the same in pieces of any size', () => {
  const outcome = (bytes: Buffer, step: number) => {
    try {
      const { diffID, changeset } = readLayerBytes(bytes, step)
      return { diffID, entries: [...entriesOf(changeset)], diagnostics: changeset.diagnostics.map(({ code }) => code) }
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      return error.code
    }
  }
  const runs = Number(process.env['PEEL_SOAK_RUNS'] ?? 30_000)
  fc.assert(
    fc.property(damage, fc.nat(2), fc.boolean(), fc.integer({ min: 1, max: 2000 }), (changes, form, outside, step) => {
      const compress = forms[form] ?? forms[0]
      const bytes = outside ? damaged(compress(SEED), changes) : compress(damaged(SEED, changes))
      const [pieces, whole] = [outcome(bytes, step), outcome(bytes, bytes.length)]
      // How much a decoder hands on before it finds damage depends on the pieces it is given.
      if (isDamaged(pieces) || isDamaged(whole)) assert.deepEqual([isDamaged(pieces), isDamaged(whole)], [true, true])
      else assert.deepEqual(pieces, whole)
    }),
    { numRuns: runs },
  )
})
