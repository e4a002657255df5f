import { Builder } from 'flatbuffers'
import type { TarEntry } from '../../blob/tar-member.ts'
import type { SpanTable } from '../../layer/span-table.ts'
import { CHECKPOINT_HEAD, packCheckpoints, packedSize, type SpanStart } from './checkpoints.ts'

export const BUILD_TOOL = 'peel'

const TYPES: Readonly<Record<string, string>> = {
  '0': 'reg',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'dir',
  '6': 'fifo',
}

/** Whether a zTOC can hold the entry: it knows no sparse files, and no owner beyond 32 bits. */
export function fitsZtoc({ typeflag, sparse, uid, gid }: TarEntry): boolean {
  return Object.hasOwn(TYPES, typeflag) && sparse === undefined && uid < 2 ** 32 && gid < 2 ** 32
}

/** The spans of a layer as they are written: where each starts, the sha256 of each, and the sizes of the whole. */
export type WrittenSpans = Pick<SpanTable, 'algorithm' | 'sha256' | 'compressedSize' | 'uncompressedSize'> & {
  readonly starts: readonly SpanStart[]
  /** Uncompressed bytes between two checkpoints, as it was asked for. */
  readonly spanSize: number
}

/** A zTOC, and how many of its bytes lie before the first checkpoint: where there are any, nothing lies behind the last. */
export type WrittenZtoc = { readonly bytes: Uint8Array<ArrayBuffer>; readonly headSize: number }

/**
 * Writes the zTOC of a layer (`ztoc.fbs` beside this file), in the version that soci-snapshotter writes: entries as they are read,
 * then the spans. The checkpoints, most of its bytes, lie at its end, so that a reader can take the rest without them.
 */
export class ZtocWriter {
  readonly #builder = new Builder(64 * 1024)
  readonly #entries: number[] = []

  add(entry: TarEntry): void {
    this.#entries.push(writeEntry(this.#builder, entry))
  }

  finish(spans: WrittenSpans): WrittenZtoc {
    const builder = this.#builder
    const list = vectorOf(builder, this.#entries)
    builder.startObject(1)
    builder.addFieldOffset(0, list, 0)
    const contents = builder.endObject()
    const spanTable = writeSpans(builder, spans)
    const version = builder.createString('0.9')
    const tool = builder.createString(BUILD_TOOL)
    builder.startObject(6)
    builder.addFieldOffset(0, version, 0)
    builder.addFieldOffset(1, tool, 0)
    builder.addFieldInt64(2, BigInt(spans.compressedSize), 0n)
    builder.addFieldInt64(3, BigInt(spans.uncompressedSize), 0n)
    builder.addFieldOffset(4, contents, 0)
    builder.addFieldOffset(5, spanTable, 0)
    builder.finish(builder.endObject())
    const bytes = builder.asUint8Array()
    return spans.algorithm === 'gzip'
      ? withCheckpoints(bytes, bytes.length - spanTable, spans)
      : { bytes: bytes.slice(), headSize: bytes.length }
  }
}

/** Puts the packed checkpoints behind all else, and into the place that `writeSpans` left their offset. */
function withCheckpoints(head: Uint8Array, spanTable: number, { starts, spanSize }: WrittenSpans): WrittenZtoc {
  const packed = packedSize(starts.length)
  const bytes = new Uint8Array(head.length + 4 + packed)
  bytes.set(head)
  const words = Buffer.from(bytes.buffer)
  const fields = spanTable - words.readInt32LE(spanTable)
  const field = spanTable + words.readUInt16LE(fields + 4 + CHECKPOINTS * 2)
  words.writeUInt32LE(head.length - field, field)
  words.writeUInt32LE(packed, head.length)
  packCheckpoints(words.subarray(head.length + 4), starts, spanSize)
  return { bytes, headSize: head.length + 4 + CHECKPOINT_HEAD }
}

/** The number of the field in the table of spans. */
const CHECKPOINTS = 3

function writeEntry(builder: Builder, entry: TarEntry): number {
  const name = textOf(builder, entry.name)
  const target = linked(entry) ? textOf(builder, entry.linkName) : 0
  const type = builder.createSharedString(TYPES[entry.typeflag] ?? 'reg')
  const [user, group] = [shared(builder, entry.userName), shared(builder, entry.groupName)]
  const modified = builder.createSharedString(timeText(entry))
  const records = entry.xattrs.map(([key, value]) => writeRecord(builder, `SCHILY.xattr.${key}`, value))
  const list = records.length === 0 ? 0 : vectorOf(builder, records)
  builder.startObject(14)
  builder.addFieldOffset(0, name, 0)
  builder.addFieldOffset(1, type, 0)
  builder.addFieldInt64(2, BigInt(entry.dataOffset), 0n)
  builder.addFieldInt64(3, BigInt(entry.typeflag === '0' ? entry.size : 0), 0n)
  builder.addFieldOffset(4, target, 0)
  builder.addFieldInt64(5, BigInt(entry.mode), 0n)
  builder.addFieldInt32(6, entry.uid | 0, 0)
  builder.addFieldInt32(7, entry.gid | 0, 0)
  builder.addFieldOffset(8, user, 0)
  builder.addFieldOffset(9, group, 0)
  builder.addFieldOffset(10, modified, 0)
  builder.addFieldInt64(11, BigInt(entry.devMajor), 0n)
  builder.addFieldInt64(12, BigInt(entry.devMinor), 0n)
  builder.addFieldOffset(13, list, 0)
  return builder.endObject()
}

const linked = ({ typeflag }: TarEntry) => typeflag === '1' || typeflag === '2'

/** The bytes of a name, which need not be UTF-8. */
function textOf(builder: Builder, binary: string): number {
  return builder.createString(Buffer.from(binary, 'latin1')) as number
}

/** A name that many entries have is written once; none has no field. */
function shared(builder: Builder, binary: string): number {
  if (binary === '') return 0
  return builder.createSharedString(Buffer.from(binary, 'latin1').toString('utf8')) as number
}

function writeRecord(builder: Builder, name: string, value: Uint8Array): number {
  const key = textOf(builder, name)
  const content = builder.createString(value) as number
  builder.startObject(2)
  builder.addFieldOffset(0, key, 0)
  builder.addFieldOffset(1, content, 0)
  return builder.endObject()
}

function writeSpans(builder: Builder, spans: WrittenSpans): number {
  const gzip = spans.algorithm === 'gzip'
  const plain = gzip ? 0 : builder.createByteVector(plainInfo(spans))
  const digests = vectorOf(
    builder,
    spans.sha256.map(hex => builder.createString(`sha256:${hex}`) as number),
  )
  builder.startObject(4)
  builder.addFieldInt8(0, gzip ? 1 : 2, 1)
  builder.addFieldInt32(1, spans.sha256.length - 1, 0)
  builder.addFieldOffset(2, digests, 0)
  if (gzip) builder.addFieldInt32(CHECKPOINTS, LATER, 0)
  else builder.addFieldOffset(CHECKPOINTS, plain, 0)
  return builder.endObject()
}

/** Holds the place of an offset that is known when all else is written; not the default, which would not be written. */
const LATER = 1

/** Of an uncompressed layer: version, span size and size of the tar, as a flatbuffer of its own. */
function plainInfo({ uncompressedSize, spanSize }: WrittenSpans): Uint8Array {
  const builder = new Builder(64)
  builder.startObject(3)
  builder.addFieldInt32(0, 2, 0)
  builder.addFieldInt64(1, BigInt(spanSize), 0n)
  builder.addFieldInt64(2, BigInt(uncompressedSize), 0n)
  builder.finish(builder.endObject())
  return builder.asUint8Array()
}

function vectorOf(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4)
  for (const offset of offsets.toReversed()) builder.addOffset(offset)
  return builder.endVector()
}

/** RFC 3339 in UTC, with as many digits of a second as it has; a year that it cannot hold is the epoch. */
function timeText({ mtime: { seconds, nanoseconds } }: TarEntry): string {
  const date = new Date(seconds * 1000)
  const year = Number.isNaN(date.getTime()) ? -1 : date.getUTCFullYear()
  if (year < 0 || year > 9999) return '1970-01-01T00:00:00Z'
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`
  return `${date.toISOString().slice(0, 19)}${fraction}Z`
}
