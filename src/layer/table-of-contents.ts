import { asByteText } from '../blob/byte-text.ts'
import { isRecord } from '../blob/descriptor.ts'
import type { JsonRecord } from '../blob/json.ts'
import { detachedEntry, type TarEntry, type TarTime } from '../blob/tar-member.ts'
import { ImageError } from '../error.ts'
import type { Changeset } from './changeset.ts'
import { ChangesetBuilder } from './changeset-builder.ts'
import { type ChunkTable, ChunkTableBuilder, type ClaimedChunk } from './chunk-table.ts'
import type { Xattr } from './entry.ts'

export type TableOfContents = { readonly changeset: Changeset; readonly chunks: ChunkTable }

export type TableOptions = {
  /** Offset in the blob before which all contents lie. */
  readonly end: number
  /** The table's own entry in the layer's tar, where it has one (eStargz); it is the last. */
  readonly own?: { readonly name: string; readonly hash: Uint8Array }
}

/** Entries and chunks of one table; a layer of a million files has one of 300 MB. */
const ENTRIES_LIMIT = 2_000_000

/**
 * Reads a table of contents: the JSON that eStargz (stargz-snapshotter docs/estargz.md) and zstd:chunked (containers/storage
 * pkg/chunked/internal) share. It becomes the changeset that the layer itself would, but that JSON has no bytes: a name that is
 * not UTF-8 cannot be in it. Offsets in the tar are not known and 0. Anything that is not as the format has it makes the whole
 * table useless, since the layer itself can be read instead.
 * @throws ImageError `TOC_INVALID`, `TOC_LOSSY`
 */
export function parseTableOfContents(json: Buffer, { end, own }: TableOptions): TableOfContents {
  const entries = entriesOf(json)
  const builder = new ChangesetBuilder()
  const chunks = new ChunkTableBuilder()
  for (let at = 0; at < entries.length; ) {
    const record = recordAt(entries, at)
    const pieces = [record]
    for (at++; at < entries.length && recordAt(entries, at)['type'] === 'chunk'; at++) pieces.push(recordAt(entries, at))
    addEntry(builder, chunks, pieces)
  }
  if (own !== undefined && builder.add(memberOf({ name: own.name, type: 'reg', size: json.length }))) builder.setHash(own.hash)
  const changeset = builder.finish()
  return { changeset, chunks: chunks.finish(changeset.length, end) }
}

function entriesOf(json: Buffer): readonly unknown[] {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
  } catch {
    throw invalid('it is not JSON')
  }
  if (!isRecord(value) || !Array.isArray(value['entries'])) throw invalid('it has no entries')
  if (value['version'] !== 1) throw invalid('its version is not 1')
  if (value['entries'].length > ENTRIES_LIMIT) throw invalid(`it has more than ${ENTRIES_LIMIT} entries`)
  return value['entries']
}

function recordAt(entries: readonly unknown[], index: number): JsonRecord {
  const entry = entries[index]
  if (!isRecord(entry)) throw invalid(`entry ${index} is not an object`)
  return entry
}

/** An entry, and the further chunks of its content that follow it. */
function addEntry(builder: ChangesetBuilder, chunks: ChunkTableBuilder, [record = {}, ...more]: readonly JsonRecord[]): void {
  const member = memberOf(record)
  if (more.some(chunk => chunk['name'] !== undefined && chunk['name'] !== record['name'])) throw invalid('a chunk is of no file')
  if (!builder.add(member)) return
  const pieces = [record, ...more].map(chunkOf)
  const [only] = pieces
  // The chunk's digest is the file's where the file is one chunk.
  const digest = digestOf(record, 'digest') ?? (pieces.length === 1 ? only?.digest : undefined)
  builder.setHash(member.size === 0 ? EMPTY : (digest ?? NO_HASH))
  if (member.size > 0)
    chunks.add(
      builder.length - 1,
      member.size,
      record['offset'] === undefined && record['innerOffset'] === undefined ? [] : pieces,
    )
}

function chunkOf(record: JsonRecord): ClaimedChunk {
  return {
    offset: count(record, 'offset'),
    inner: count(record, 'innerOffset'),
    start: count(record, 'chunkOffset'),
    // Left out, or 0, where the chunk goes to the end of the file.
    size: count(record, 'chunkSize') || undefined,
    digest: digestOf(record, 'chunkDigest'),
  }
}

/** Tar's type flags by the names that tables of contents have for them: eStargz, zstd:chunked and SOCI alike. */
export const TYPEFLAGS: Readonly<Record<string, string>> = {
  reg: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  dir: '5',
  fifo: '6',
}

function memberOf(record: JsonRecord): TarEntry {
  const typeflag = Object.hasOwn(TYPEFLAGS, String(record['type'])) ? TYPEFLAGS[String(record['type'])] : undefined
  if (typeflag === undefined) throw invalid('an entry has an unknown type')
  const size = typeflag === '0' ? count(record, 'size') : 0
  return detachedEntry({
    name: bytesOf(record, 'name'),
    typeflag,
    linkName: record['linkName'] === undefined ? '' : bytesOf(record, 'linkName'),
    mode: count(record, 'mode'),
    uid: count(record, 'uid'),
    gid: count(record, 'gid'),
    size,
    mtime: timeOf(record['modtime']),
    devMajor: count(record, 'devMajor'),
    devMinor: count(record, 'devMinor'),
    xattrs: xattrsOf(record['xattrs']),
  })
}

/** A name as paths have it, one character a byte. Bytes that were not UTF-8 were replaced when the table was written and are lost. */
function bytesOf(record: JsonRecord, key: string): string {
  const value = record[key]
  if (typeof value !== 'string' || value.includes('\0')) throw invalid(`an entry's ${key} is not a name`)
  if (!value.isWellFormed() || value.includes('\ufffd'))
    throw new ImageError('TOC_LOSSY', 'Cannot use the table of contents: it has lost the bytes of a name that is not UTF-8')
  return Buffer.from(value, 'utf8').toString('latin1')
}

function count(record: JsonRecord, key: string): number {
  const value = record[key] ?? 0
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(`an entry's ${key} is not a whole number`)
  return value
}

/** 32 bytes, where the record has a sha256. */
function digestOf(record: JsonRecord, key: string): Buffer | undefined {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(String(record[key] ?? '')) ?? []
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

/** RFC 3339, to the nanosecond. Absent: the epoch. */
function timeOf(value: unknown): TarTime {
  if (value === undefined || value === null || value === '') return { seconds: 0, nanoseconds: 0 }
  const [, date, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(String(value)) ?? []
  const milliseconds = Date.parse(`${date}${zone}`)
  if (Number.isNaN(milliseconds)) throw invalid('an entry has a time that is none')
  return { seconds: milliseconds / 1000, nanoseconds: Number(fraction.padEnd(9, '0')) }
}

/** Values are base64; ordered by name, as the tar reader orders them. */
function xattrsOf(value: unknown): readonly Xattr[] {
  if (value === undefined || value === null) return []
  if (!isRecord(value)) throw invalid('an entry has extended attributes that are none')
  const xattrs = Object.entries(value).map(([name, base64]): Xattr => {
    if (typeof base64 !== 'string') throw invalid('an extended attribute has no value')
    return [asByteText(bytesOf({ name }, 'name')), Buffer.from(base64, 'base64')]
  })
  return xattrs.sort(([a], [b]) => (a < b ? -1 : 1))
}

const NO_HASH = new Uint8Array(32)
/** sha256 of nothing. */
const EMPTY = Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex')

function invalid(why: string): ImageError {
  return new ImageError('TOC_INVALID', `Cannot use the table of contents: ${why}`)
}
