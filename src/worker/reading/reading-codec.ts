import { crc32 } from 'node:zlib'
import { asByteText } from '../../blob/byte-text.ts'
import type { Digest } from '../../blob/digest.ts'
import type { AccessPoint } from '../../blob/inflater.ts'
import type { Packing } from '../../blob/media-type.ts'
import type { Diagnostic } from '../../error.ts'
import { type Changeset, HASH_BYTES, type NumberColumn } from '../../layer/changeset.ts'
import type { Xattr } from '../../layer/entry.ts'
import { pages } from '../../layer/pages.ts'
import type { LayerReading } from '../../layer/reading.ts'
import { hasReadingForm, isSoundChangeset } from './reading-check.ts'

/** Raised whenever what is written changes its form or its meaning: older files are then not even looked at. */
export const FORMAT_VERSION = 7

/**
 * A reading as one stretch of bytes: for the disk, and for the way from a worker, which costs no copy. A fixed head (magic,
 * version, CRC-32 of the rest, length of the JSON part), what is small or irregular as JSON, then the columns as they lie in
 * memory, each on an eight byte boundary, in native byte order: reading back is making views. Numbers are written as narrow
 * as the column's largest allows, stored sizes only where they differ from the sizes, and the hashes of contents alone: a reading takes half the
 * memory, for as long as an image is open.
 */
export function encodeReading(reading: LayerReading): Uint8Array<ArrayBuffer> {
  const { changeset } = reading
  const packed = { ...changeset, ...packedHashes(changeset) }
  const [columns, sizes, widths]: [NumberColumn[], number[], number[]] = [[], [], []]
  let total = 0
  for (const name of COLUMNS) {
    const column = columnToWrite(packed, name)
    columns.push(column)
    sizes.push(column.byteLength)
    widths.push(column.BYTES_PER_ELEMENT)
    total += aligned(column.byteLength)
  }
  const json = Buffer.from(JSON.stringify({ ...plainParts(reading), sizes, widths }))
  let at = HEAD + aligned(json.length)
  const bytes = Buffer.from(new ArrayBuffer(at + total))
  json.copy(bytes, HEAD)
  for (const { buffer, byteOffset, byteLength } of columns) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += aligned(byteLength)
  }
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(FORMAT_VERSION, 4)
  bytes.writeUInt32LE(json.length, 8)
  bytes.writeUInt32LE(readingChecksum(bytes), 12)
  return bytes
}

/** Adds the `bytes` that begin at `offset` of an encoded reading to the checksum of those before: a large one in pieces. */
export function readingChecksum(bytes: Uint8Array, offset = 0, before = 0): number {
  return crc32(bytes.subarray(Math.max(0, HEAD - offset)), before)
}

/**
 * The reading in `bytes`, its columns views of them; undefined when they are of another version or damaged, which their
 * `checksum` tells, or have not the form of a reading. Bytes that were in no file need no checks.
 */
export function decodeReading(bytes: Uint8Array<ArrayBuffer>, checksum: number | 'trusted'): LayerReading | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD || buffer.byteOffset % 8 !== 0) return undefined
  if (buffer.toString('latin1', 0, 4) !== MAGIC || buffer.readUInt32LE(4) !== FORMAT_VERSION) return undefined
  if (checksum !== 'trusted' && checksum !== buffer.readUInt32LE(12)) return undefined
  const jsonLength = buffer.readUInt32LE(8)
  const start = HEAD + aligned(jsonLength)
  if (checksum === 'trusted') return assembled(JSON.parse(buffer.toString('utf8', HEAD, HEAD + jsonLength)), buffer, start)
  try {
    const parts: unknown = JSON.parse(buffer.toString('utf8', HEAD, HEAD + jsonLength))
    if (!isPlainParts(parts) || !fits(parts, buffer.length - start)) return undefined
    const reading = assembled(parts, buffer, start)
    return isSoundChangeset(reading.changeset, reading.tarSize) ? reading : undefined
  } catch {
    return undefined
  }
}

const MAGIC = 'PEEL'
const HEAD = 16

const COLUMNS = [
  'pathBytes',
  'pathEnds',
  'types',
  'modes',
  'uids',
  'gids',
  'mtimeSeconds',
  'mtimeNanoseconds',
  'sizes',
  'headerOffsets',
  'dataOffsets',
  'storedSizes',
  'contentHashes',
  'hashRows',
  'targetBytes',
  'targetEnds',
  'xattrIndexes',
] as const

type Column = (typeof COLUMNS)[number]
type Packed = Pick<Changeset, Exclude<Column, 'hashRows'>> & PackedHashes

/** Columns that code reads as what they are, whatever they hold. */
const FIXED: ReadonlySet<Column> = new Set(['pathBytes', 'pathEnds', 'types', 'modes', 'contentHashes', 'targetBytes'])

/** Empty where stored sizes are the sizes. */
function columnToWrite(changeset: Packed, name: Column): NumberColumn {
  const column = changeset[name]
  if (FIXED.has(name)) return column
  if (name === 'storedSizes' && column.every((value, index) => value === changeset.sizes[index])) return new Uint8Array(0)
  return narrow(column)
}

function narrow(column: NumberColumn): NumberColumn {
  let most = 0
  for (const value of column) {
    if (!(Number.isInteger(value) && value >= 0 && value <= 0xffffffff)) return column
    if (value > most) most = value
  }
  const width = most > 0xffff ? 4 : most > 0xff ? 2 : 1
  const narrowed = viewOf(pages(column.length * width), 0, column.length * width, width)
  narrowed.set(column)
  return narrowed
}

function viewOf(buffer: ArrayBuffer, offset: number, bytes: number, width: number): NumberColumn {
  if (width === 1) return new Uint8Array(buffer, offset, bytes)
  if (width === 2) return new Uint16Array(buffer, offset, bytes / 2)
  return width === 4 ? new Uint32Array(buffer, offset, bytes / 4) : new Float64Array(buffer, offset, bytes / 8)
}

type PlainParts = {
  readonly digest: Digest
  readonly size: number
  readonly diffID: Digest
  readonly compression: Packing
  readonly tarSize: number
  readonly points: readonly number[]
  readonly length: number
  readonly xattrSets: readonly (readonly (readonly [name: string, base64: string])[])[]
  readonly sparse: readonly (readonly [number, readonly (readonly [number, number])[]])[]
  readonly claimedSizes: readonly (readonly [number, number])[]
  readonly diagnostics: readonly Diagnostic[]
  /** Bytes of each column. */
  readonly sizes: readonly number[]
  /** Bytes of one number of each column. */
  readonly widths: readonly number[]
}

function plainParts({ changeset, accessPoints, ...reading }: LayerReading): Omit<PlainParts, 'sizes' | 'widths'> {
  return {
    ...reading,
    points: accessPoints.flatMap(({ compressed, uncompressed }) => [compressed, uncompressed]),
    length: changeset.length,
    xattrSets: changeset.xattrSets.map(set => set.map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const)),
    sparse: [...changeset.sparse],
    claimedSizes: [...changeset.claimedSizes],
    diagnostics: changeset.diagnostics,
  }
}

function isPlainParts(value: unknown): value is PlainParts {
  return hasReadingForm(value, COLUMNS.length)
}

/** Whether the columns fill what follows the JSON part, in whole numbers. */
function fits({ sizes, widths }: PlainParts, bytes: number): boolean {
  const whole = sizes.every((size, index) => size % (widths[index] ?? 1) === 0)
  return whole && sizes.reduce((sum, size) => sum + aligned(size), 0) === bytes
}

function assembled(parts: PlainParts, buffer: Buffer<ArrayBuffer>, start: number): LayerReading {
  const { digest, size, diffID, compression, tarSize, points } = parts
  let at = start
  const views = new Map<Column, NumberColumn | undefined>()
  for (const [index, name] of COLUMNS.entries()) {
    const bytes = parts.sizes[index] ?? 0
    views.set(name, viewOf(buffer.buffer, buffer.byteOffset + at, bytes, parts.widths[index] ?? 1))
    at += aligned(bytes)
  }
  if (views.get('hashRows')?.length !== parts.length) views.set('hashRows', undefined)
  if (views.get('storedSizes')?.length !== parts.length) views.set('storedSizes', views.get('sizes'))
  const changeset = {
    ...(Object.fromEntries(views) as unknown as Pick<Changeset, Column>),
    length: parts.length,
    xattrSets: parts.xattrSets.map(set => set.map(([name, base64]): Xattr => [asByteText(name), Buffer.from(base64, 'base64')])),
    sparse: new Map(parts.sparse),
    claimedSizes: new Map(parts.claimedSizes),
    diagnostics: parts.diagnostics,
  }
  const accessPoints: AccessPoint[] = []
  for (let index = 0; index < points.length; index += 2)
    accessPoints.push({ compressed: points[index] ?? 0, uncompressed: points[index + 1] ?? 0 })
  return { digest, size, diffID, compression, tarSize, accessPoints, changeset }
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8
}

/** Hashes without those that most entries share; no rows where each entry has its own all the same. */
type PackedHashes = { readonly contentHashes: Uint8Array; readonly hashRows: NumberColumn }

/** Bytes of a row's number before it is narrowed. */
const ROW_BYTES = 4

/** The hashes with one row for all entries without content and one for all empty files. */
function packedHashes({ length, contentHashes, hashRows }: Changeset): PackedHashes {
  if (hashRows !== undefined) return { contentHashes, hashRows }
  const plain = Buffer.from(contentHashes.buffer, contentHashes.byteOffset, contentHashes.byteLength)
  const rows = new Uint32Array(pages(length * ROW_BYTES))
  let count: number = SHARED.length
  for (let index = 0; index < length; index++) {
    const shared = sharedRow(plain, index)
    rows[index] = shared === -1 ? count++ : shared
  }
  if (count * HASH_BYTES + length * ROW_BYTES >= plain.length) return { contentHashes, hashRows: new Uint8Array(0) }
  const packed = Buffer.from(pages(count * HASH_BYTES))
  for (const [row, hash] of SHARED.entries()) hash.copy(packed, row * HASH_BYTES)
  // Neighbours with hashes of their own are neighbours here, too: copied together.
  for (let start = 0, end = 0; start < length; start = end) {
    const row = rows[start] ?? 0
    for (end = start + 1; end < length && rows[end] === row + end - start; ) end++
    if (row >= SHARED.length) plain.copy(packed, row * HASH_BYTES, start * HASH_BYTES, end * HASH_BYTES)
    else end = start + 1
  }
  return { contentHashes: packed, hashRows: rows }
}

/** No content; nothing, as empty files have it. */
const SHARED = [
  Buffer.alloc(HASH_BYTES),
  Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex'),
] as const

/** The shared row of a hash, or -1; the first byte tells for nearly all of them. */
function sharedRow(plain: Buffer, index: number): number {
  const at = index * HASH_BYTES
  const row = plain[at] === SHARED[0][0] ? 0 : plain[at] === SHARED[1][0] ? 1 : -1
  if (row === -1) return -1
  return SHARED[row]?.compare(plain, at, at + HASH_BYTES) === 0 ? row : -1
}
