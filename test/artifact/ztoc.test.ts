import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { Builder } from 'flatbuffers'
import { packCheckpoints, packedSize, unpackCheckpoints } from '../../src/artifact/soci/checkpoints.ts'
import { readZtoc, type Ztoc } from '../../src/artifact/soci/read-ztoc.ts'
import { ztocDescriptor } from '../../src/artifact/soci/soci-index.ts'
import { SPAN_LIST, spanListOf } from '../../src/artifact/soci/span-list.ts'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_LAYER } from '../../src/blob/media-type.ts'
import { ImageError } from '../../src/error.ts'
import { type Changeset, entriesOf } from '../../src/layer/changeset.ts'
import { spanRange } from '../../src/layer/span-table.ts'
import { readBySpans } from '../../src/worker/soci/span-content.ts'
import { makeZtoc } from '../../src/worker/soci/ztoc-maker.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { noise } from '../kit/noise.ts'
import { peerTest, run } from '../kit/peer.ts'
import { cases, fc } from '../kit/seeded-check.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const SPAN = 16 * 1024
let directory = ''
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'peel-ztoc-'))
})
after(() => rmSync(directory, { recursive: true }))

type Made = Ztoc & {
  readonly bytes: Uint8Array
  /** The same index, of which the head was read alone; the whole one where it has no list. */
  readonly partly: Ztoc
}

function made(bytes: Buffer, spanSize = SPAN): Made {
  const file = join(directory, 'blob')
  writeFileSync(file, bytes)
  const blob: Descriptor = { mediaType: `${OCI_LAYER}+gzip`, digest: digestOf(bytes), size: bytes.length }
  const result = makeZtoc({ blob, local: { file, offset: 0, size: bytes.length }, spanSize })
  assert.ok('ztoc' in result, JSON.stringify(result))
  const whole = readZtoc(result.ztoc)
  const ztoc = ztocDescriptor(result.ztoc, blob, { spanSize, spans: result.list })
  const list = spanListOf(ztoc)
  const partly = list === undefined ? whole : readZtoc(result.ztoc.subarray(0, list.headSize), { ztoc, list })
  return { ...whole, bytes: result.ztoc, partly }
}

test('packed checkpoints are as many as they say; the older form leaves out the first, which begins behind a plain header', () => {
  const starts = [10, 500].map((compressed, bits) => ({
    compressed,
    uncompressed: bits * SPAN,
    bits,
    window: Buffer.alloc(32 * 1024, bits),
  }))
  const packed = Buffer.alloc(packedSize(2))
  packCheckpoints(packed, starts, SPAN)
  const unpacked = ({ compressed, uncompressed, bits, windows }: ReturnType<typeof unpackCheckpoints>) => [
    ...[compressed, uncompressed, bits].map(each => [...each]),
    [0, 1].map(span => windows[span * 32 * 1024]),
  ]
  assert.deepEqual(unpacked(unpackCheckpoints(packed)), [
    [10, 500],
    [0, SPAN],
    [0, 1],
    [0, 1],
  ])
  const older = Buffer.concat([packed.subarray(0, packedSize(0)), packed.subarray(packedSize(1))])
  assert.deepEqual(unpacked(unpackCheckpoints(older)), [
    [10, 500],
    [0, SPAN],
    [0, 1],
    [0, 1],
  ])
  const head = Buffer.alloc(packedSize(0))
  head.writeInt32LE(1)
  assert.deepEqual([...unpackCheckpoints(head).compressed], [10])
  for (const count of [0, -1, 2]) {
    head.writeInt32LE(count)
    assert.throws(() => unpackCheckpoints(head), /not as many as it says/)
  }
  assert.throws(() => unpackCheckpoints(head.subarray(1)), /it has no checkpoints/)
  assert.throws(() => unpackCheckpoints(packed.subarray(0, -1)), /not as many as it says/)
})

const sliceOf = (bytes: Uint8Array) => async (start: number, end: number) => Buffer.from(bytes.subarray(start, end))

async function content(blob: Buffer, { changeset, spans }: Ztoc, entry: number, range = {}, ztoc?: Uint8Array): Promise<Buffer> {
  const chunks: Buffer[] = []
  const parts = { blob: sliceOf(blob), ztoc: sliceOf(ztoc ?? Buffer.alloc(0)) }
  for await (const chunk of readBySpans(parts, changeset, spans, entry, range)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Entries as the layer's reader has them, without digests of contents and with offsets. */
const comparable = (changeset: Changeset) =>
  [...entriesOf(changeset)].map(({ sha256: _, ...entry }, index) => ({ ...entry, at: changeset.dataOffsets[index] }))

/** Content that deflate takes apart in many ways: text, noise, runs, and mixtures. */
const piece = fc.oneof(
  fc.tuple(fc.nat(40_000), fc.nat(1000)).map(([length, seed]) => noise(length, String(seed))),
  fc.tuple(fc.nat(60_000), fc.nat(99)).map(([length, seed]) =>
    Buffer.from(
      Array.from({ length }, (_, index) => ((index * index + seed) % 61).toString(36))
        .join('')
        .slice(0, length),
    ),
  ),
  fc.tuple(fc.nat(200_000), fc.nat(255)).map(([length, byte]) => Buffer.alloc(length, byte)),
)
const entryOf = fc.record({
  name: fc.constantFrom('a', 'usr/b', './c', 'etc/.wh.gone', 'd\u00e9', 'very/'.repeat(30)),
  content: fc.array(piece, { maxLength: 3 }).map(pieces => Buffer.concat(pieces)),
  mode: fc.constantFrom(0o644, 0o4755),
  uid: fc.constantFrom(0, 1000, 70_000),
})
const members = fc.array(fc.tuple(fc.array(entryOf, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 9 })), {
  minLength: 1,
  maxLength: 3,
})

describe('zTOCs', () => {
  test('every file of random layers is read through its offsets, and lists what the layer does', async () => {
    let [images, files, spans, shifted] = [0, 0, 0, 0]
    await fc.assert(
      fc.asyncProperty(members, async parts => {
        // Several gzip members, each at a level of its own, as parallel compressors write them.
        const tars = parts.map(([entries], index) =>
          tarFixture(
            entries.map(
              (entry, each): TarFixture => ({
                ...entry,
                name: entry.name.endsWith('/') ? `${entry.name}${index}${each}/` : `${entry.name}${index}${each}`,
                ...(entry.name.endsWith('/') && { content: '' }),
                pax: { 'SCHILY.xattr.user.x': 'v' },
              }),
            ),
            { end: index === parts.length - 1 },
          ),
        )
        const blob = Buffer.concat(tars.map((tar, index) => gzipSync(tar, { level: parts[index]?.[1] ?? 6 })))
        const ztoc = made(blob)
        const layer = readLayerBytes(blob)
        assert.deepEqual(comparable(ztoc.changeset), comparable(layer.changeset))
        assert.deepEqual(comparable(ztoc.partly.changeset), comparable(layer.changeset))
        const tar = Buffer.concat(tars)
        for (const entry of entriesOf(layer.changeset)) {
          if (entry.type !== 'file') continue
          const start = layer.changeset.dataOffsets[entry.index] ?? 0
          assert.ok((await content(blob, ztoc, entry.index)).equals(tar.subarray(start, start + entry.size)))
          const range = { offset: entry.size >> 1, length: 10 }
          assert.ok(
            (await content(blob, ztoc.partly, entry.index, range, ztoc.bytes)).equals(
              tar.subarray(start + range.offset, start + Math.min(entry.size, range.offset + 10)),
            ),
          )
          files++
        }
        images++
        spans += ztoc.spans.sha256.length
        shifted += ztoc.spans.bits.filter(bits => bits > 0).length
      }),
      { numRuns: cases(100, 3000) },
    )
    assert.ok(images >= 40 && files > 70 && spans > 100 && shifted > 25, `${images} ${files} ${spans} ${shifted}`)
  })

  test('spans cover the blob from its header to its end, each with the digest of its bytes', () => {
    const blob = gzipSync(
      tarFixture([
        { name: 'a', content: noise(300_000) },
        { name: 'b', content: 'text '.repeat(50_000) },
      ]),
    )
    const { spans } = made(blob)
    assert.ok(spans.sha256.length > 5)
    for (const [span, sha256] of spans.sha256.entries()) {
      const { start, end } = spanRange(spans, span)
      assert.equal(`sha256:${sha256}`, digestOf(blob.subarray(start, end)))
    }
    assert.deepEqual(
      [spans.compressed[0], spans.uncompressed[0], spanRange(spans, spans.sha256.length - 1).end],
      [10, 0, blob.length],
    )
  })

  test('a layer that is not compressed has spans of one size', async () => {
    const blob = tarFixture([{ name: 'a', content: noise(100_000) }])
    const ztoc = made(blob)
    assert.deepEqual([ztoc.spans.algorithm, ztoc.spans.sha256.length], ['none', Math.ceil(blob.length / SPAN)])
    assert.ok((await content(blob, ztoc, 0)).equals(noise(100_000)))
  })

  test('what a zTOC cannot hold has none, and a blob that is not its digest is refused', () => {
    const file = join(directory, 'other')
    const order = (bytes: Buffer, digest = digestOf(bytes)) => {
      writeFileSync(file, bytes)
      return {
        blob: { mediaType: OCI_LAYER, digest, size: bytes.length },
        local: { file, offset: 0, size: bytes.length },
        spanSize: SPAN,
      }
    }
    assert.ok('skipped' in makeZtoc(order(gzipSync(tarFixture([{ name: 'a', flag: 'S' }])))))
    assert.ok('skipped' in makeZtoc(order(gzipSync(noise(2000)))))
    assert.throws(() => makeZtoc(order(gzipSync(tarFixture([{ name: 'a' }])), digestOf(Buffer.from('x')))), /has the digest/)
  })
})

describe('damaged and lying indexes', () => {
  const entries = [
    { name: 'secret', content: noise(50_000, 'a') },
    { name: 'public', content: noise(50_000, 'b') },
  ]
  const blob = gzipSync(tarFixture(entries))
  const refused = (promise: Promise<unknown>) =>
    assert.rejects(
      promise,
      error => error instanceof ImageError && (error.code === 'CONTENT_CHANGED' || error.code === 'SOCI_INVALID'),
    )

  test('an index that moves a file is found out by the tar header', async () => {
    const ztoc = made(blob)
    const { changeset } = ztoc
    const moved = {
      ...changeset,
      dataOffsets: Float64Array.from([changeset.dataOffsets[1] ?? 0, changeset.dataOffsets[1] ?? 0]),
      headerOffsets: Float64Array.from([changeset.headerOffsets[1] ?? 0, changeset.headerOffsets[1] ?? 0]),
    }
    await refused(content(blob, { ...ztoc, changeset: moved }, 0))
    assert.ok((await content(blob, { ...ztoc, changeset: moved }, 1)).equals(noise(50_000, 'b')))
  })

  test('a layer whose bytes are others is found out by the digest of the span, before they are inflated', async () => {
    const ztoc = made(blob)
    const other = Buffer.from(blob)
    other[blob.length >> 1] = (other[blob.length >> 1] ?? 0) ^ 1
    await refused(Promise.all([0, 1].map(entry => content(other, ztoc, entry))))
  })

  test('a checkpoint that is not the listed one is refused, and a list that does not fit is none', async () => {
    const { partly, bytes } = made(blob)
    const last = bytes.slice()
    const at = bytes.length - 1
    last[at] = (last[at] ?? 0) ^ 1
    assert.ok((await content(blob, partly, 1, {}, bytes)).equals(noise(50_000, 'b')))
    await refused(content(blob, partly, 1, {}, last))
    const { windows } = partly.spans
    assert.ok('ztoc' in windows)
    const text = windows.ztoc.annotations?.[SPAN_LIST] ?? ''
    const listed = (list: string, size = bytes.length) =>
      spanListOf({ ...windows.ztoc, size, annotations: { [SPAN_LIST]: list } })
    assert.ok(listed(text) !== undefined)
    for (const wrong of ['', `${text} `, text.slice(0, -1), text.replace(',', ',x'), `9${text}`, `${text} ${text}`.repeat(9)])
      assert.equal(listed(wrong), undefined)
    assert.equal(listed(text, bytes.length + 1), undefined)
    const [head, first = '', ...others] = text.split(' ')
    const before = first.replace(/^10,0,0/, '0,0,3')
    const list = listed([head, before, ...others].join(' ')) ?? assert.fail()
    assert.throws(() => readZtoc(bytes.subarray(0, list.headSize), { ztoc: windows.ztoc, list }), /in the middle of no byte/)
  })

  test('any bytes changed: an error of ours or an index, in bounded time', () => {
    const { bytes } = made(blob)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(200),
        (changes, cut) => {
          const damaged = Buffer.from(bytes)
          for (const [at, value] of changes) damaged[at < bytes.length / 2 ? at % 2000 : at] = value
          try {
            readZtoc(damaged.subarray(0, damaged.length - cut))
          } catch (error) {
            assert.ok(error instanceof ImageError && error.code === 'SOCI_INVALID', String(error))
          }
        },
      ),
      { numRuns: cases(500, 50_000) },
    )
  })

  test('vectors that count millions, tables that are all one', () => {
    const { bytes } = made(blob)
    for (let at = 0; at + 4 < Math.min(bytes.length, 3000); at += 4) {
      for (const value of [0xffffffff, 0x7fffffff, 0x00ffffff]) {
        const damaged = Buffer.from(bytes)
        damaged.writeUInt32LE(value, at)
        try {
          readZtoc(damaged)
        } catch (error) {
          assert.ok(error instanceof ImageError && error.code === 'SOCI_INVALID', String(error))
        }
      }
    }
  })
})

/** A zTOC whose entries are all one table, whose extended attributes are all one record without a name. */
function sharedTables(entries: number, attributes: number): Uint8Array {
  const builder = new Builder()
  const all = (table: number, count: number) => {
    builder.startVector(4, count, 4)
    for (let index = 0; index < count; index++) builder.addOffset(table)
    return builder.endVector()
  }
  const object = (fields: Readonly<Record<number, number>>) => {
    builder.startObject(14)
    for (const [field, at] of Object.entries(fields)) builder.addFieldOffset(Number(field), at, 0)
    return builder.endObject()
  }
  const [name, type] = [builder.createString('a'), builder.createString('reg')]
  const entry = object({ 0: name, 1: type, 13: all(object({}), attributes) })
  const contents = object({ 0: all(entry, entries) })
  const packed = Buffer.alloc(packedSize(1))
  packCheckpoints(packed, [{ compressed: 10, uncompressed: 0, bits: 0, window: Buffer.alloc(0) }], SPAN)
  const digests = all(builder.createString(digestOf(Buffer.alloc(0))), 1)
  const checkpoints = builder.createByteVector(packed)
  builder.startObject(14)
  builder.addFieldInt8(0, 1, 0)
  builder.addFieldOffset(2, digests, 0)
  builder.addFieldOffset(3, checkpoints, 0)
  const spans = builder.endObject()
  builder.startObject(14)
  builder.addFieldInt64(2, 1n << 40n, 0n)
  builder.addFieldInt64(3, 1n << 40n, 0n)
  builder.addFieldOffset(4, contents, 0)
  builder.addFieldOffset(5, spans, 0)
  builder.finish(builder.endObject())
  return builder.asUint8Array()
}

describe('zTOCs whose tables are shared', () => {
  test('a few are read; as many as would take minutes are refused', () => {
    assert.equal(readZtoc(sharedTables(100, 100)).changeset.length, 100)
    assert.throws(() => readZtoc(sharedTables(50_000, 50_000)), /its tables share too many others/)
  })
})

describe('flatc', () => {
  const schema = fileURLToPath(new URL('../../src/artifact/soci/ztoc.fbs', import.meta.url))
  const blob = gzipSync(
    tarFixture([
      { name: 'usr/', mode: 0o755 },
      { name: 'usr/a', content: noise(90_000), uid: 7, mtime: 1_700_000_000 },
      { name: 'l', flag: '2', link: 'usr/a' },
    ]),
  )

  peerTest('reads what is written by the schema, and what it writes is read', ['flatc'], () => {
    const { bytes, changeset, spans } = made(blob)
    const file = join(directory, 'layer.ztoc')
    writeFileSync(file, bytes)
    run('flatc', [
      '--json',
      '--strict-json',
      '--raw-binary',
      '--natural-utf8',
      '--defaults-json',
      '-o',
      directory,
      schema,
      '--',
      file,
    ])
    const text = readFileSync(join(directory, 'layer.json'), 'utf8')
    const json = JSON.parse(text)
    assert.deepEqual(
      [json.version, json.tool, json.compressed_size, json.uncompressed_size],
      ['0.9', 'peel', blob.length, spans.uncompressedSize],
    )
    assert.deepEqual(
      json.contents.entries.map((entry: Record<string, unknown>) => [
        entry['name'],
        entry['type'],
        entry['target'] ?? '',
        entry['modified'],
      ]),
      [
        ['usr/', 'dir', '', '2023-11-14T22:13:20Z'],
        ['usr/a', 'reg', '', '2023-11-14T22:13:20Z'],
        ['l', 'symlink', 'usr/a', '2023-11-14T22:13:20Z'],
      ],
    )
    assert.deepEqual(
      [json.contents.entries[1].offset, json.contents.entries[1].size, json.contents.entries[1].uid],
      [1024, 90_000, 7],
    )
    assert.deepEqual([json.spans.last_span, json.spans.digests.length], [spans.sha256.length - 1, spans.sha256.length])
    assert.equal(json.spans.checkpoints.length, 12 + spans.sha256.length * 32_785)
    run('flatc', ['--binary', '-o', join(directory, 'again'), schema, join(directory, 'layer.json')])
    const again = readZtoc(readFileSync(join(directory, 'again', 'layer.bin')))
    assert.deepEqual(comparable(again.changeset), comparable(changeset))
    assert.deepEqual(again.spans, spans)
  })
})
