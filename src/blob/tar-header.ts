import { BLOCK, type TarFormat } from './tar-member.ts'
import { damagedHeader, parseNumeric } from './tar-number.ts'

/** One header block, before extension headers have had their say. */
export type TarHeader = {
  name: string
  typeflag: string
  linkName: string
  mode: number
  uid: number
  gid: number
  userName: string
  groupName: string
  size: number
  seconds: number
  devMajor: number
  devMinor: number
  format: TarFormat
  hasAccessTime: boolean
}

/** Fields of a header block: offset and length (POSIX ustar; the others agree up to 345). */
export const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  userName: [265, 32],
  groupName: [297, 32],
  devMajor: [329, 8],
  devMinor: [337, 8],
  prefix: [345, 155],
} as const

/**
 * Reads the block at `at`.
 * @throws ImageError `TAR_HEADER_DAMAGED`
 */
export function parseHeader(block: Buffer, at: number): TarHeader {
  const number = (field: NumericField) => parseNumeric(block, at + FIELD[field][0], FIELD[field][1], field)
  if (!checksumFits(block, at, number('checksum'))) throw damagedHeader('its checksum is wrong')
  const magic = block.toString('latin1', at + 257, at + 265)
  const format = formatOf(block, at, magic)
  const hasOwner = format !== 'v7'
  const header: TarHeader = {
    name: textField(block, at + 0, 100),
    typeflag: String.fromCharCode(block[at + 156] ?? 0),
    linkName: textField(block, at + 157, 100),
    mode: number('mode'),
    uid: number('uid'),
    gid: number('gid'),
    userName: hasOwner ? textField(block, at + 265, 32) : '',
    groupName: hasOwner ? textField(block, at + 297, 32) : '',
    size: number('size'),
    seconds: number('mtime'),
    devMajor: hasOwner ? number('devMajor') : 0,
    devMinor: hasOwner ? number('devMinor') : 0,
    format,
    hasAccessTime: false,
  }
  const prefix = prefixOf(block, at, format)
  if (prefix !== '') header.name = `${prefix}/${header.name}`
  return header
}

type NumericField = 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'checksum' | 'devMajor' | 'devMinor'

export function isZeroBlock(block: Buffer, at: number): boolean {
  return block[at] === 0 && block.compare(ZEROS, 0, BLOCK, at, at + BLOCK) === 0
}

/** The bytes up to the first NUL, one character per byte. */
export function textField(block: Buffer, offset: number, length: number): string {
  const nul = block.indexOf(0, offset)
  const end = offset + length
  return block.toString('latin1', offset, nul === -1 || nul > end ? end : nul)
}

/** Sum of the block's bytes with the checksum field as spaces: what the field must hold. */
export function headerChecksum(block: Buffer, at: number): number {
  let sum = 8 * 0x20
  for (let index = at; index < at + 148; index++) sum += block[index] ?? 0
  for (let index = at + 156; index < at + BLOCK; index++) sum += block[index] ?? 0
  return sum
}

const ZEROS = Buffer.alloc(BLOCK)

/** Some old writers summed signed bytes; every reader accepts both. */
function checksumFits(block: Buffer, at: number, expected: number): boolean {
  const sum = headerChecksum(block, at)
  if (sum === expected) return true
  let high = 0
  for (let index = at; index < at + BLOCK; index++) {
    if ((block[index] ?? 0) > 0x7f && (index < at + 148 || index >= at + 156)) high++
  }
  return sum - high * 0x100 === expected
}

function formatOf(block: Buffer, at: number, magic: string): TarFormat {
  if (magic === 'ustar  \0') return 'gnu'
  if (!magic.startsWith('ustar\0')) return 'v7'
  return block.toString('latin1', at + 508, at + BLOCK) === 'tar\0' ? 'star' : 'ustar'
}

function prefixOf(block: Buffer, at: number, format: TarFormat): string {
  if (format === 'ustar') return textField(block, at + 345, 155)
  if (format === 'star') return textField(block, at + 345, 131)
  // GNU keeps times where ustar has the prefix; Go before 1.8 wrote prefixes there all the same (golang/go#15838).
  if (format !== 'gnu' || block[at + 345] === 0 || isNumeric(block, at + 345)) return ''
  const prefix = textField(block, at + 345, 155)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
  return /^[\u0000-\u007f]*$/.test(prefix) ? prefix : ''
}

function isNumeric(block: Buffer, at: number): boolean {
  try {
    parseNumeric(block, at, 12, 'time')
    parseNumeric(block, at + 12, 12, 'time')
    return true
  } catch {
    return false
  }
}
