import { ImageError } from '../error.ts'
import type { TarTime } from './tar-member.ts'

/**
 * A numeric header field: octal digits between spaces and NULs, or base-256 when the top bit of the first byte is set
 * (GNU tar; two's complement). The rules are those of Go's archive/tar, which the container runtimes read layers with.
 * @throws ImageError `TAR_HEADER_DAMAGED`
 */
export function parseNumeric(block: Buffer, offset: number, length: number, field: string): number {
  if (((block[offset] ?? 0) & 0x80) !== 0) return parseBase256(block, offset, length, field)
  let at = offset
  let end = offset + length
  while (at < end && isBlank(block[at])) at++
  while (end > at && isBlank(block[end - 1])) end--
  let value = 0
  for (; at < end; at++) {
    const digit = (block[at] ?? 0) - 0x30
    if (digit === -0x30) break // bytes after a NUL are not part of the field
    if (digit < 0 || digit > 7) throw damagedHeader(`its ${field} is not a number`)
    value = value * 8 + digit
  }
  return value
}

/**
 * A decimal within 64 bits.
 * @throws ImageError `TAR_HEADER_DAMAGED`
 */
export function parseDecimal(text: string, field: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw damagedHeader(`its PAX ${field} is not a number`)
  const value = Number(text)
  if (!Number.isSafeInteger(value)) checkBits(BigInt(text.replace('+', '')), `PAX ${field}`)
  return value
}

/**
 * A PAX time: decimal seconds with an optional fraction of any length; digits beyond nanoseconds are cut off.
 * @throws ImageError `TAR_HEADER_DAMAGED`
 */
export function parsePaxTime(text: string): TarTime {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text)
  if (match === null || text === '' || (match[2] === '' && match[1] !== '')) throw damagedHeader('its PAX time is not a number')
  const [, sign, whole = '', fraction = ''] = match
  const seconds = parseDecimal(whole === '' ? '0' : whole, 'time')
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'))
  if (sign !== '-') return { seconds, nanoseconds }
  return nanoseconds === 0 ? { seconds: 0 - seconds, nanoseconds } : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds }
}

/** The shortest PAX form of a time: no fraction when there is none, no trailing zeros. */
export function formatPaxTime({ seconds, nanoseconds }: TarTime): string {
  const negative = seconds < 0
  const borrowed = negative && nanoseconds > 0
  const whole = negative ? -(borrowed ? seconds + 1 : seconds) : seconds
  const rest = borrowed ? 1e9 - nanoseconds : nanoseconds
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`
  return `${negative ? '-' : ''}${decimal(whole)}${fraction}`
}

/** A whole number without an exponent, whatever its size. */
export function decimal(value: number): string {
  return BigInt(value).toString()
}

/** `value` in octal with a closing NUL, or in base-256 where octal has no room or no sign (GNU tar). */
export function writeNumeric(block: Buffer, offset: number, length: number, value: number): void {
  if (value >= 0 && value < 8 ** (length - 1)) {
    block.write(value.toString(8).padStart(length - 1, '0'), offset, length - 1, 'latin1')
    return
  }
  let rest = BigInt(value)
  for (let at = offset + length - 1; at >= offset; at--) {
    block[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  block[offset] = (block[offset] ?? 0) | 0x80
}

export function damagedHeader(why: string): ImageError {
  return new ImageError('TAR_HEADER_DAMAGED', { action: 'read the tar header', why })
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0
}

function parseBase256(block: Buffer, offset: number, length: number, field: string): number {
  const negative = ((block[offset] ?? 0) & 0x40) !== 0
  let value = 0n
  for (let at = offset; at < offset + length; at++) {
    const byte = at === offset ? (block[at] ?? 0) & 0x7f : (block[at] ?? 0)
    value = (value << 8n) | BigInt(byte)
  }
  if (negative) value -= 1n << BigInt(length * 8 - 1)
  checkBits(value, field)
  return Number(value)
}

function checkBits(value: bigint, field: string): void {
  if (BigInt.asIntN(64, value) !== value) throw damagedHeader(`its ${field} is beyond 64 bits`)
}
