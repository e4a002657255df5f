import { asByteText } from '../../blob/byte-text.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { detachedEntry, type TarEntry, type TarTime, tarPadding } from '../../blob/tar-member.ts'
import type { Changeset } from '../../layer/changeset.ts'
import { ChangesetBuilder } from '../../layer/changeset-builder.ts'
import type { Xattr } from '../../layer/entry.ts'
import type { SpanTable } from '../../layer/span-table.ts'
import { TYPEFLAGS } from '../../layer/table-of-contents.ts'
import { plainSpans, unpackCheckpoints } from './checkpoints.ts'
import { FlatTable, invalidSoci } from './flat-table.ts'
import type { SpanList } from './span-list.ts'

/** A layer as its zTOC describes it. Nothing of it is proven by the layer. */
export type Ztoc = { readonly changeset: Changeset; readonly spans: SpanTable; readonly tool: string }

const ENTRIES = 2_000_000
const SHA256 = /^sha256:([0-9a-f]{64})$/

/** The checkpoints of a zTOC of which only the head was read: `list` says where its windows are. */
export type ListedSpans = { readonly ztoc: Descriptor; readonly list: SpanList }

/**
 * Reads a zTOC of SOCI (`ztoc.fbs` beside this file): the entries become the changeset that the layer itself would, without digests
 * of contents, since it has none. `bytes` is all of it, or its head, where it has a list of its spans.
 * @throws ImageError `SOCI_INVALID`
 */
export function readZtoc(bytes: Uint8Array, listed?: ListedSpans): Ztoc {
  const root = FlatTable.root(bytes)
  const spans = spansOf(root, listed)
  const entries = entriesOf(root, spans)
  const builder = new ChangesetBuilder({ blobBytes: bytes.length })
  let header = 0
  for (const entry of entries) {
    if (entry.dataOffset < header || entry.dataOffset + entry.storedSize > spans.uncompressedSize)
      throw invalidSoci('an entry lies where none can')
    if (builder.add({ ...entry, headerOffset: header })) builder.setHash(entry.size === 0 ? EMPTY : NO_HASH)
    header = entry.dataOffset + entry.storedSize + tarPadding(entry.storedSize)
  }
  return { changeset: builder.finish(), spans, tool: root.text(1) }
}

function spansOf(root: FlatTable, listed: ListedSpans | undefined): SpanTable {
  const table = root.table(5)
  if (table === undefined) throw invalidSoci('it has no spans')
  const algorithm = table.number(0, 1, 1) === 1 ? 'gzip' : 'none'
  const [compressedSize, uncompressedSize] = [root.number(2, 8), root.number(3, 8)]
  if (listed !== undefined && algorithm !== 'gzip') throw invalidSoci('its spans are not those that are listed')
  const points = listed === undefined ? packedPoints(table, algorithm) : listedPoints(listed)
  const sha256 = table.texts(2).map(digest => SHA256.exec(digest)?.[1] ?? '')
  if (sha256.length !== points.compressed.length || sha256.includes('')) throw invalidSoci('not every span has its sha256')
  if (!increases(points.compressed, compressedSize) || !increases(points.uncompressed, uncompressedSize))
    throw invalidSoci('its spans are not in order')
  // The byte that a span shares with the one before must be there.
  const isNone = points.bits.some((bits, span) => bits > 7 || (bits > 0 && points.compressed[span] === 0))
  if (isNone) throw invalidSoci('a span begins in the middle of no byte')
  return { algorithm, ...points, sha256, compressedSize, uncompressedSize }
}

function packedPoints(table: FlatTable, algorithm: SpanTable['algorithm']) {
  return algorithm === 'gzip' ? unpackCheckpoints(table.bytes(3)) : plainSpans(table.bytes(3))
}

function listedPoints({ ztoc, list: { headSize, rowSha256, compressed, uncompressed, bits } }: ListedSpans) {
  return { compressed, uncompressed, bits, windows: { ztoc, offset: headSize, sha256: rowSha256 } }
}

function increases(offsets: Float64Array, end: number): boolean {
  return offsets.every((offset, index) => Number.isSafeInteger(offset) && offset >= 0 && offset < (offsets[index + 1] ?? end + 1))
}

/** In the order they lie in the tar. */
function entriesOf(root: FlatTable, { uncompressedSize }: SpanTable): readonly TarEntry[] {
  const entries: TarEntry[] = []
  for (const table of root.table(4)?.tables(0) ?? []) {
    if (entries.length === ENTRIES || entries.length * BLOCK > uncompressedSize)
      throw invalidSoci('it has more entries than its tar can')
    entries.push(entryOf(table))
  }
  return entries.sort((a, b) => a.dataOffset - b.dataOffset)
}

/** A header is this long at least. */
const BLOCK = 512

function entryOf(table: FlatTable): TarEntry {
  const type = table.text(1)
  const typeflag = Object.hasOwn(TYPEFLAGS, type) ? (TYPEFLAGS[type] ?? '0') : undefined
  if (typeflag === undefined) throw invalidSoci('an entry has an unknown type')
  const size = typeflag === '0' ? table.number(3, 8) : 0
  const entry = detachedEntry({
    name: table.text(0),
    typeflag,
    linkName: table.text(4),
    mode: table.number(5, 8),
    uid: table.number(6, 4),
    gid: table.number(7, 4),
    userName: table.text(8),
    groupName: table.text(9),
    size,
    mtime: timeOf(table.text(10)),
    devMajor: table.number(11, 8),
    devMinor: table.number(12, 8),
    xattrs: xattrsOf(table),
  })
  return { ...entry, dataOffset: table.number(2, 8) }
}

/** RFC 3339, to the nanosecond; years outside of 0–9999, which Go cannot write so, come as nothing. */
function timeOf(text: string): TarTime {
  const [, date, fraction = '', zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  const milliseconds = Date.parse(`${date}${zone}`)
  if (Number.isNaN(milliseconds)) return { seconds: 0, nanoseconds: 0 }
  return { seconds: milliseconds / 1000, nanoseconds: Number(fraction.padEnd(9, '0')) }
}

const XATTR = 'SCHILY.xattr.'

function xattrsOf(table: FlatTable): readonly Xattr[] {
  const xattrs: Xattr[] = []
  for (const record of table.tables(13)) {
    const name = record.text(0)
    if (name.startsWith(XATTR)) xattrs.push([asByteText(name.slice(XATTR.length)), Buffer.from(record.text(1), 'latin1')])
  }
  return xattrs.sort(([a], [b]) => (a < b ? -1 : 1))
}

const NO_HASH = new Uint8Array(32)
/** sha256 of nothing. */
const EMPTY = Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex')
