import { Builder } from 'flatbuffers'
import type { TarEntry } from '../../blob/tar-member.ts'
import type { SpanTable } from '../../layer/span-table.ts'
import { packCheckpoints } from './checkpoints.ts'

export type ZtocParts = {
  readonly spans: SpanTable
  readonly entries: readonly TarEntry[]
  /** Uncompressed bytes between two checkpoints, as it was asked for. */
  readonly spanSize: number
}

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

/** Writes the zTOC of a layer (`ztoc.fbs` beside this file), in the version that soci-snapshotter writes. */
export function writeZtoc({ spans, entries, spanSize }: ZtocParts): Uint8Array {
  const builder = new Builder(entries.length * 160 + spans.windows.length + 4096)
  const tables = entries.map(entry => writeEntry(builder, entry))
  const list = vectorOf(builder, tables)
  builder.startObject(1)
  builder.addFieldOffset(0, list, 0)
  const contents = builder.endObject()
  const spanTable = writeSpans(builder, spans, spanSize)
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
  return builder.asUint8Array()
}

function writeEntry(builder: Builder, entry: TarEntry): number {
  const [name, target] = [textOf(builder, entry.name), textOf(builder, linked(entry) ? entry.linkName : '')]
  const type = builder.createSharedString(TYPES[entry.typeflag] ?? 'reg')
  const [user, group] = [shared(builder, entry.userName), shared(builder, entry.groupName)]
  const modified = builder.createSharedString(timeText(entry))
  const records = vectorOf(
    builder,
    entry.xattrs.map(([key, value]) => writeRecord(builder, `SCHILY.xattr.${key}`, value)),
  )
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
  builder.addFieldOffset(13, records, 0)
  return builder.endObject()
}

const linked = ({ typeflag }: TarEntry) => typeflag === '1' || typeflag === '2'

/** The bytes of a name, which need not be UTF-8. */
function textOf(builder: Builder, binary: string): number {
  return builder.createString(Buffer.from(binary, 'latin1')) as number
}

function shared(builder: Builder, binary: string): number {
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

function writeSpans(builder: Builder, spans: SpanTable, spanSize: number): number {
  const packed = spans.algorithm === 'gzip' ? packCheckpoints(spans, spanSize) : plainInfo(spans, spanSize)
  const checkpoints = builder.createByteVector(packed)
  const digests = vectorOf(
    builder,
    spans.sha256.map(hex => builder.createString(`sha256:${hex}`) as number),
  )
  builder.startObject(4)
  builder.addFieldInt8(0, spans.algorithm === 'gzip' ? 1 : 2, 1)
  builder.addFieldInt32(1, spans.sha256.length - 1, 0)
  builder.addFieldOffset(2, digests, 0)
  builder.addFieldOffset(3, checkpoints, 0)
  return builder.endObject()
}

/** Of an uncompressed layer: version, span size and size of the tar, as a flatbuffer of its own. */
function plainInfo({ uncompressedSize }: SpanTable, spanSize: number): Uint8Array {
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
