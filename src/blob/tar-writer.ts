import { FIELD, headerChecksum } from './tar-header.ts'
import { BLOCK, EMPTY_MEMBER, type TarMember, type TarMemberInput, tarPadding } from './tar-member.ts'
import { decimal, formatPaxTime, writeNumeric } from './tar-number.ts'

/** The end of an archive: two zero blocks. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

/**
 * The headers of a member: one ustar block where that can say everything, a PAX header before it where it cannot (long
 * names, sub-second or negative times, large numbers, extended attributes). Names are written as the bytes they are. The
 * content follows, `size` bytes of it for a file and none for anything else, then `tarPaddingBytes(size)`.
 */
export function tarHeader(input: TarMemberInput): Buffer {
  const member: TarMember = { ...EMPTY_MEMBER, ...input }
  const split = splitName(member.name)
  const records = paxRecords(member, split)
  if (records.length === 0) return ustarBlock(member, split)
  const body = Buffer.concat(records)
  const name = `PaxHeaders.0/${member.name.replace(/\/+$/, '').replace(/^.*\//, '')}`.slice(0, 100)
  const pax = ustarBlock({ ...EMPTY_MEMBER, name, typeflag: 'x', mode: 0o644, size: body.length }, ['', name])
  return Buffer.concat([pax, body, tarPaddingBytes(body.length), ustarBlock(fittingOctal(member), split)])
}

/** The zeros that fill the last block of `size` bytes of content. */
export function tarPaddingBytes(size: number): Buffer {
  return TAR_END.subarray(0, tarPadding(size))
}

/** Largest numbers of an 8 and a 12 byte field in octal. */
const [SMALL, LARGE] = [8 ** 7 - 1, 8 ** 11 - 1]

/** ustar's own way with long names: up to 155 bytes of directories in the prefix. Undefined: it has no way. */
function splitName(name: string): readonly [prefix: string, name: string] | undefined {
  if (name.length <= 100) return ['', name]
  const slash = name.indexOf('/', name.length - 101)
  if (slash <= 0 || slash > 155 || slash === name.length - 1) return undefined
  return [name.slice(0, slash), name.slice(slash + 1)]
}

function paxRecords(member: TarMember, split: readonly [string, string] | undefined): Buffer[] {
  const { mtime } = member
  const plainTime = mtime.nanoseconds === 0 && mtime.seconds >= 0 && mtime.seconds <= LARGE
  const records: Buffer[] = []
  const add = (key: string, value: string | Uint8Array) => void records.push(paxRecord(key, value))
  if (!plainTime) add('mtime', formatPaxTime(mtime))
  if (split === undefined) add('path', member.name)
  if (member.linkName.length > 100) add('linkpath', member.linkName)
  if (member.userName.length > 32) add('uname', member.userName)
  if (member.groupName.length > 32) add('gname', member.groupName)
  if (member.uid > SMALL || member.uid < 0) add('uid', decimal(member.uid))
  if (member.gid > SMALL || member.gid < 0) add('gid', decimal(member.gid))
  if (member.size > LARGE) add('size', decimal(member.size))
  for (const [name, value] of member.xattrs) {
    // A key cannot hold "=": libarchive's form percent-encodes it. A value is raw in the one, base64 in the other.
    if (!name.includes('=')) add(`SCHILY.xattr.${name}`, value)
    else add(`LIBARCHIVE.xattr.${percentEncoded(name)}`, Buffer.from(value).toString('base64').replace(/=+$/, ''))
  }
  return records
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value
  const rest = key.length + bytes.length + 3
  let length = rest + String(rest).length
  if (String(length).length > String(rest).length) length = rest + String(length).length
  return Buffer.concat([Buffer.from(`${length} ${key}=`, 'latin1'), bytes, NEWLINE])
}

const NEWLINE = Buffer.from('\n')

function percentEncoded(name: string): string {
  return name.replace(/[%=]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** Numbers that PAX records hold in full become zero in the block behind them. */
function fittingOctal(member: TarMember): TarMember {
  const fit = (value: number, limit: number) => (value < 0 || value > limit ? 0 : value)
  const mtime = { seconds: fit(member.mtime.seconds, LARGE), nanoseconds: 0 }
  return { ...member, mtime, uid: fit(member.uid, SMALL), gid: fit(member.gid, SMALL), size: fit(member.size, LARGE) }
}

function ustarBlock(member: TarMember, split: readonly [string, string] | undefined): Buffer {
  const block = Buffer.alloc(BLOCK)
  const [prefix, name] = split ?? ['', member.name]
  const string = (field: keyof typeof FIELD, value: string) => void block.write(value, FIELD[field][0], FIELD[field][1], 'latin1')
  const number = (field: keyof typeof FIELD, value: number) => writeNumeric(block, FIELD[field][0], FIELD[field][1], value)
  string('name', name)
  number('mode', member.mode)
  number('uid', member.uid)
  number('gid', member.gid)
  number('size', member.size)
  number('mtime', member.mtime.seconds)
  string('typeflag', member.typeflag)
  string('linkName', member.linkName)
  block.write('ustar\x0000', FIELD.magic[0], 'latin1')
  string('userName', member.userName)
  string('groupName', member.groupName)
  // Linux device numbers fit in octal; larger ones have no PAX record and go in base-256, which every reader knows.
  number('devMajor', member.devMajor)
  number('devMinor', member.devMinor)
  string('prefix', prefix)
  block.write(`${headerChecksum(block, 0).toString(8).padStart(6, '0')}\0 `, FIELD.checksum[0], 'latin1')
  return block
}
