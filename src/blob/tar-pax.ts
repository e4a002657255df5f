import type { ByteText } from './byte-text.ts'
import { asByteText } from './byte-text.ts'
import type { TarHeader } from './tar-header.ts'
import type { TarTime } from './tar-member.ts'
import { damagedHeader, parseDecimal, parsePaxTime } from './tar-number.ts'

/** The records of one PAX extended header: keys one character per byte, values raw. Later records win. */
export type PaxRecords = {
  readonly values: ReadonlyMap<string, Buffer>
  /** Offsets and lengths of a sparse 0.0 map, whose keys repeat. */
  readonly sparse: readonly number[]
}

/**
 * Reads `length key=value\n` records.
 * @throws ImageError `TAR_HEADER_DAMAGED`
 */
export function parsePax(bytes: Buffer): PaxRecords {
  const values = new Map<string, Buffer>()
  const sparse: number[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + recordLength(bytes, at)
    const equals = bytes.indexOf(EQUALS, at)
    const start = bytes.indexOf(SPACE, at) + 1
    if (end > bytes.length || bytes[end - 1] !== NEWLINE || equals === -1 || equals >= end || equals <= start) throw record()
    const key = bytes.toString('latin1', start, equals)
    const value = bytes.subarray(equals + 1, end - 1)
    if (key.includes('\0') || (NAMES.has(key) && value.includes(0))) throw record()
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      if ((sparse.length % 2 === 0) !== (key === 'GNU.sparse.offset')) throw damagedHeader('its sparse map is out of order')
      sparse.push(parseDecimal(value.toString('latin1'), key))
    } else values.set(key, value)
    at = end
  }
  return { values, sparse }
}

/** The fields that PAX records set over the header block. An empty value leaves the block's own (POSIX pax). */
export type PaxMerge = { readonly mtime: TarTime | undefined; readonly xattrs: readonly (readonly [ByteText, Buffer])[] }

/** @throws ImageError `TAR_HEADER_DAMAGED` */
export function mergePax(header: TarHeader, { values }: PaxRecords): PaxMerge {
  let mtime: TarTime | undefined
  const xattrs = new Map<ByteText, Buffer>()
  for (const [key, value] of values) {
    if (key.startsWith(SCHILY)) xattrs.set(asByteText(key.slice(SCHILY.length)), value)
    else if (key.startsWith(LIBARCHIVE)) {
      const name = percentDecoded(key.slice(LIBARCHIVE.length))
      // bsdtar writes both; the raw form is the exact one.
      if (!values.has(SCHILY + name)) xattrs.set(asByteText(name), Buffer.from(value.toString('latin1'), 'base64'))
    } else if (value.length === 0) continue
    else if (key === 'mtime') mtime = parsePaxTime(value.toString('latin1'))
    else mergeField(header, key, value)
  }
  if (header.format === 'ustar') header.format = 'pax'
  return { mtime, xattrs: xattrs.size === 0 ? [] : [...xattrs].sort(([a], [b]) => (a < b ? -1 : 1)) }
}

const SCHILY = 'SCHILY.xattr.'
const LIBARCHIVE = 'LIBARCHIVE.xattr.'
const NAMES = new Set(['path', 'linkpath', 'uname', 'gname'])
const [SPACE, EQUALS, NEWLINE] = [0x20, 0x3d, 0x0a]

function mergeField(header: TarHeader, key: string, value: Buffer): void {
  if (key === 'path') header.name = value.toString('latin1')
  else if (key === 'linkpath') header.linkName = value.toString('latin1')
  else if (key === 'uname') header.userName = value.toString('latin1')
  else if (key === 'gname') header.groupName = value.toString('latin1')
  else if (key === 'size') header.size = parseDecimal(value.toString('latin1'), key)
  else if (key === 'uid') header.uid = parseDecimal(value.toString('latin1'), key)
  else if (key === 'gid') header.gid = parseDecimal(value.toString('latin1'), key)
  // Their values are not kept, yet runtimes refuse the header over a wrong one.
  else if (key === 'atime' || key === 'ctime') {
    parsePaxTime(value.toString('latin1'))
    header.hasAccessTime = true
  }
}

/** The decimal length that starts a record; it counts itself. */
function recordLength(bytes: Buffer, start: number): number {
  let length = 0
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at] ?? 0
    if (byte === SPACE && at > start && length > at - start) return length
    if (byte < 0x30 || byte > 0x39) break
    length = length * 10 + byte - 0x30
  }
  throw record()
}

/** libarchive percent-encodes attribute names (archive_write_set_format_pax.c, url_encode). */
function percentDecoded(name: string): string {
  return name.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function record() {
  return damagedHeader('a PAX record is malformed')
}
