import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { constants, gzipSync, inflateRawSync } from 'node:zlib'
import { SOCI_V1, SOCI_V2, sociManifest, ztocDescriptor, ztocsByLayer } from '../../src/artifact/soci/soci-index.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_LAYER, OCI_MANIFEST } from '../../src/blob/media-type.ts'
import { makeZtoc } from '../../src/worker/soci/ztoc-maker.ts'
import { noise } from '../kit/noise.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const SPAN = 32 * 1024
const WINDOW = 32 * 1024

/** A table of a flatbuffer by the format alone: its fields are found in its vtable, offsets are relative to where they stand. */
class Table {
  readonly #bytes: Buffer
  readonly #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  static root(bytes: Buffer): Table {
    return new Table(bytes, bytes.readUInt32LE(0))
  }

  field(number: number): number | undefined {
    const virtual = this.#at - this.#bytes.readInt32LE(this.#at)
    const offset = 4 + number * 2 < this.#bytes.readUInt16LE(virtual) ? this.#bytes.readUInt16LE(virtual + 4 + number * 2) : 0
    return offset === 0 ? undefined : this.#at + offset
  }

  byte = (number: number, absent: number) => this.#read(number, at => this.#bytes.readInt8(at), absent)
  int = (number: number) => this.#read(number, at => this.#bytes.readInt32LE(at), 0)
  long = (number: number) => this.#read(number, at => Number(this.#bytes.readBigInt64LE(at)), 0)
  text = (number: number) => this.#read(number, at => this.#content(at).toString(), '')
  bytes = (number: number) => this.#read(number, at => this.#content(at), Buffer.alloc(0))
  table = (number: number) => this.#read(number, at => new Table(this.#bytes, this.#follow(at)), this)
  tables = (number: number) => this.#read(number, at => this.#list(at).map(each => new Table(this.#bytes, each)), [])
  texts = (number: number) =>
    this.#read(number, at => this.#list(at).map(each => this.#sized(each).toString()), [] as readonly string[])

  #read<Value>(number: number, read: (at: number) => Value, absent: Value): Value {
    const at = this.field(number)
    return at === undefined ? absent : read(at)
  }

  #follow = (at: number) => at + this.#bytes.readUInt32LE(at)
  #sized = (at: number) => this.#bytes.subarray(at + 4, at + 4 + this.#bytes.readUInt32LE(at))
  #content = (at: number) => this.#sized(this.#follow(at))
  #list(at: number): readonly number[] {
    const start = this.#follow(at)
    return Array.from({ length: this.#bytes.readUInt32LE(start) }, (_, index) => this.#follow(start + 4 + index * 4))
  }
}

/** The stream as inflatePrime takes it up: from `bits` bits before the end of its first byte on. */
function shifted(bytes: Buffer, bits: number): Buffer {
  if (bits === 0) return bytes
  const moved = Buffer.alloc(bytes.length)
  for (let at = 0; at < bytes.length; at++) moved[at] = ((bytes[at] ?? 0) >> (8 - bits)) | (((bytes[at + 1] ?? 0) << bits) & 0xff)
  return moved
}

type Checkpoint = { readonly compressed: number; readonly uncompressed: number; readonly bits: number; readonly window: Buffer }

/** Packed as zinfo has it, version 2: an int32 of how many, an int64 of the span's size, then 8, 8, 1 and 32,768 bytes each, little-endian. */
function unpacked(packed: Buffer): readonly Checkpoint[] {
  const count = packed.readInt32LE(0)
  assert.equal(packed.length, 12 + count * (8 + 8 + 1 + WINDOW))
  assert.equal(Number(packed.readBigInt64LE(4)), SPAN)
  return Array.from({ length: count }, (_, index) => {
    const at = 12 + index * (17 + WINDOW)
    return {
      compressed: Number(packed.readBigInt64LE(at)),
      uncompressed: Number(packed.readBigInt64LE(at + 8)),
      bits: packed[at + 16] ?? 0,
      window: packed.subarray(at + 17, at + 17 + WINDOW),
    }
  })
}

describe('an index as soci-snapshotter reads it', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-soci-reader-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  const tar = tarFixture([
    { name: 'usr/', mode: 0o755 },
    { name: 'usr/noise', content: noise(150_000), mode: 0o4755, uid: 70_000, gid: 5 },
    { name: 'usr/text', content: noise(400_000, 'text').toString('base64'), pax: { 'SCHILY.xattr.user.x': 'value' } },
    { name: 'usr/again', flag: '1', link: 'usr/noise' },
    { name: 'usr/link', flag: '2', link: 'text' },
    { name: 'usr/empty', content: '' },
    { name: 'usr/runs', content: Buffer.alloc(300_000, 7) },
  ])
  const blob = gzipSync(tar, { level: 6 })
  const layer = { mediaType: `${OCI_LAYER}+gzip`, digest: digestOf(blob), size: blob.length }
  const made = (bytes: Buffer, mediaType: string) => {
    const file = join(directory, 'blob')
    writeFileSync(file, bytes)
    const local = { file, offset: 0, size: bytes.length }
    const result = makeZtoc({ blob: { mediaType, digest: digestOf(bytes), size: bytes.length }, local, spanSize: SPAN })
    assert.ok('ztoc' in result, JSON.stringify(result))
    return { ztoc: Buffer.from(result.ztoc), list: result.list }
  }

  test('fields, checkpoints and digests of a gzip layer: each span inflates from its window and bits to its part of the tar', () => {
    const root = Table.root(made(blob, layer.mediaType).ztoc)
    const spans = root.table(5)
    assert.deepEqual([root.text(0), root.long(2), root.long(3), spans.byte(0, 1)], ['0.9', blob.length, tar.length, 1])
    const points = unpacked(spans.bytes(3))
    const digests = spans.texts(2)
    // Its span manager refuses another count, and offsets that do not grow.
    assert.deepEqual([spans.int(1), digests.length], [points.length - 1, points.length])
    assert.ok(points.length > 8 && points.some(({ bits }) => bits > 0))
    assert.deepEqual([points[0]?.uncompressed, points[0]?.bits], [0, 0])
    for (const [span, { compressed, uncompressed, bits, window }] of points.entries()) {
      const next = points[span + 1]
      const end = next?.compressed ?? blob.length
      const until = next?.uncompressed ?? tar.length
      assert.ok(compressed < end && uncompressed < until && bits < 8)
      const bytes = blob.subarray(compressed - (bits > 0 ? 1 : 0), end)
      assert.equal(digests[span], digestOf(bytes))
      const before = tar.subarray(Math.max(0, uncompressed - WINDOW), uncompressed)
      assert.ok(window.equals(Buffer.concat([Buffer.alloc(WINDOW - before.length), before])))
      const plain = inflateRawSync(shifted(bytes, bits), { dictionary: window, finishFlush: constants.Z_SYNC_FLUSH })
      assert.ok(plain.subarray(0, until - uncompressed).equals(tar.subarray(uncompressed, until)), `span ${span}`)
    }
  })

  test('entries: names, types, places, owners and records, each header where the one before it ends', () => {
    const entries = Table.root(made(blob, layer.mediaType).ztoc).table(4).tables(0)
    assert.deepEqual(
      entries.map(each => [each.text(0), each.text(1), each.text(4)]),
      [
        ['usr/', 'dir', ''],
        ['usr/noise', 'reg', ''],
        ['usr/text', 'reg', ''],
        ['usr/again', 'hardlink', 'usr/noise'],
        ['usr/link', 'symlink', 'text'],
        ['usr/empty', 'reg', ''],
        ['usr/runs', 'reg', ''],
      ],
    )
    const [, noisy, text] = entries
    assert.deepEqual([noisy?.long(5), noisy?.int(6), noisy?.int(7)], [0o4755, 70_000, 5])
    assert.deepEqual(
      text?.tables(13).map(each => [each.text(0), each.text(1)]),
      [['SCHILY.xattr.user.x', 'value']],
    )
    let header = 0
    for (const each of entries) {
      const [offset, size] = [each.long(2), each.long(3)]
      assert.ok(offset >= header + 512 && offset % 512 === 0)
      assert.match(tar.toString('latin1', header, offset), /ustar/)
      header = Math.ceil((offset + size) / 512) * 512
    }
  })

  test('a layer that is not compressed: a span table of version, size of a span and size of the tar', () => {
    const spans = Table.root(made(tar, OCI_LAYER).ztoc).table(5)
    const info = Table.root(Buffer.from(spans.bytes(3)))
    assert.deepEqual([spans.byte(0, 1), info.int(0), info.long(1), info.long(2)], [2, 2, SPAN, tar.length])
    const digests = spans.texts(2)
    assert.deepEqual([spans.int(1), digests.length], [Math.ceil(tar.length / SPAN) - 1, Math.ceil(tar.length / SPAN)])
    for (const [span, digest] of digests.entries()) assert.equal(digest, digestOf(tar.subarray(span * SPAN, (span + 1) * SPAN)))
  })

  test('the manifest: the type of its config is the version, only the first has a subject, annotations name the layer', () => {
    const { ztoc, list } = made(blob, layer.mediaType)
    const descriptor = ztocDescriptor(ztoc, layer, { spanSize: SPAN, spans: list })
    const image = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from('image')), size: 7, annotations: { a: 'b' } }
    for (const [type, subject] of [
      [SOCI_V1, image],
      [SOCI_V2, undefined],
    ] as const) {
      const { bytes, descriptor: index } = sociManifest([descriptor], subject)
      const manifest = JSON.parse(bytes.toString())
      assert.deepEqual([manifest.schemaVersion, manifest.mediaType, index.artifactType], [2, OCI_MANIFEST, type])
      assert.deepEqual(manifest.config, { mediaType: type, digest: digestOf(Buffer.from('{}')), size: 2 })
      assert.deepEqual(manifest.subject?.digest, subject?.digest)
      assert.equal(manifest.annotations['com.amazon.soci.build-tool-identifier'], 'peel')
      const [{ mediaType, digest, size, annotations }] = manifest.layers
      assert.deepEqual([mediaType, digest, size], ['application/octet-stream', digestOf(ztoc), ztoc.length])
      assert.equal(annotations['com.amazon.soci.image-layer-digest'], layer.digest)
      assert.equal(annotations['com.amazon.soci.image-layer-mediaType'], layer.mediaType)
      assert.equal(annotations['com.amazon.soci.span-size'], String(SPAN))
    }
  })

  test('a list of spans to fetch first, which names the same layer, is not taken for its zTOC', () => {
    const { ztoc, list } = made(blob, layer.mediaType)
    const descriptor = ztocDescriptor(ztoc, layer, { spanSize: SPAN, spans: list })
    const bytes = Buffer.from('{"version":"1.0","prefetch_spans":[]}')
    const prefetch = {
      mediaType: 'application/vnd.amazon.soci.prefetch.v1+json',
      digest: digestOf(bytes),
      size: bytes.length,
      annotations: { 'com.amazon.soci.image-layer-digest': layer.digest },
    }
    for (const blobs of [
      [descriptor, prefetch],
      [prefetch, descriptor],
    ])
      assert.equal(ztocsByLayer(blobs).get(layer.digest)?.digest, descriptor.digest)
  })
})
