import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { readZtoc } from '../../../src/artifact/soci/read-ztoc.ts'
import { digestOf } from '../../../src/blob/digest.ts'
import { OCI_LAYER } from '../../../src/blob/media-type.ts'
import { makeZtoc } from '../../../src/worker/soci/ztoc-maker.ts'
import { scratch } from '../../kit/image/local-image.ts'
import { noise } from '../../kit/noise.ts'
import { tarFixture } from '../../kit/tar/tar-fixture.ts'

const SPAN = 128 * 1024
const tar = tarFixture([
  { name: 'a', content: noise(300_000, 'a') },
  { name: 'b', content: noise(500_000, 'b') },
])

function made(
  context: TestContext,
  bytes: Buffer,
  change: { readonly size?: number; readonly digest?: string; readonly offset?: number } = {},
) {
  const file = join(scratch(context), 'blob')
  writeFileSync(file, Buffer.concat([Buffer.alloc(change.offset ?? 0), bytes]))
  const blob = {
    mediaType: `${OCI_LAYER}+gzip`,
    digest: (change.digest ?? digestOf(bytes)) as never,
    size: change.size ?? bytes.length,
  }
  return makeZtoc({ blob, local: { file, offset: change.offset ?? 0, size: bytes.length }, spanSize: SPAN })
}
const spansOf = (result: ReturnType<typeof makeZtoc>) =>
  'ztoc' in result ? readZtoc(result.ztoc).spans : assert.fail(result.skipped)
/** Where gzip members begin; those that lie 256 KiB apart are starts of their own. */
const MEMBERS = [0, 300_000, 301_000, 700_000]

test('members of gzip are starts, in their order, at most one in so many bytes; each digest is of its own bytes', context => {
  const parts = MEMBERS.map((at, index) => gzipSync(tar.subarray(at, MEMBERS[index + 1]), { level: 0 }))
  const blob = Buffer.concat(parts)
  const { uncompressed, compressed, bits, sha256, uncompressedSize, compressedSize } = spansOf(made(context, blob))
  const own = [...uncompressed.entries()].filter(([, at]) => MEMBERS.includes(at))
  // One 1,000 bytes behind another start is none, and neither is one too near to a border of blocks.
  assert.deepEqual(
    own.map(([, at]) => at),
    [0, 300_000],
  )
  const begins = MEMBERS.map((_, index) => parts.slice(0, index).reduce((sum, { length }) => sum + length, 0) + 10)
  for (const [span, at] of own) assert.deepEqual([compressed[span], bits[span]], [begins[MEMBERS.indexOf(at)], 0])
  assert.deepEqual([uncompressedSize, compressedSize], [tar.length, blob.length])
  for (let span = 1; span < uncompressed.length; span++) {
    assert.ok(
      (uncompressed[span] ?? 0) - (uncompressed[span - 1] ?? 0) >= SPAN && (compressed[span] ?? 0) > (compressed[span - 1] ?? 0),
    )
  }
  for (const [span, digest] of sha256.entries()) {
    const from = (compressed[span] ?? 0) - ((bits[span] ?? 0) > 0 ? 1 : 0)
    assert.equal(`sha256:${digest}`, digestOf(blob.subarray(from, compressed[span + 1] ?? blob.length)))
  }
})

test('a tar that is not compressed has a span every so many bytes, wherever it lies in its file', context => {
  for (const offset of [0, 700]) {
    const result = made(context, tar, { offset })
    const { algorithm, uncompressed, compressed, sha256 } = spansOf(result)
    const starts = Array.from({ length: Math.ceil(tar.length / SPAN) }, (_, span) => span * SPAN)
    assert.deepEqual([algorithm, [...uncompressed], [...compressed]], ['none', starts, starts])
    assert.deepEqual(
      sha256.map(each => `sha256:${each}`),
      starts.map(at => digestOf(tar.subarray(at, at + SPAN))),
    )
    assert.equal('list' in result && result.list, undefined)
  }
})

test('a layer that can have none says why; a blob that is not what it should be is an error', context => {
  const why = (bytes: Buffer) => {
    const result = made(context, bytes)
    return 'skipped' in result ? result.skipped : 'made'
  }
  assert.equal(why(zstdCompressSync(tar)), 'it is compressed with zstd, which SOCI does not know')
  assert.match(why(Buffer.from('BZh91AY&SY')), /bzip2/)
  assert.match(why(gzipSync(tar.subarray(0, 2000))), /./)
  assert.notEqual(why(gzipSync(tar.subarray(0, 2000))), 'made')
  assert.equal(why(gzipSync(tarFixture([{ name: 'a', content: 'x', uid: 2 ** 32 }]))), 'it has an entry that a zTOC cannot hold')
  assert.equal(why(gzipSync(tar)), 'made')
  assert.throws(() => made(context, tar, { size: tar.length + 1 }), /BLOB_SIZE_MISMATCH|bytes/)
  assert.throws(() => made(context, tar, { digest: digestOf(Buffer.from('x')) }), /digest/)
})
