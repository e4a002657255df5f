import { crc32Of } from '../../blob/checksum.ts'
import { isPlaceholder, isRandom } from './placeholder.ts'
import type { SecretPlace, Sighting } from './secret-kind.ts'

/** Conditions on a token besides its form. */
type TokenRules = {
  /** Bits of entropy a character of what varies; 0 where words are allowed in it. */
  readonly bits?: number
  /** Told the whole token; false refuses it. */
  readonly accept?: (token: string, place: SecretPlace) => boolean
  /** Where it differs from the kind's. */
  readonly judge?: (token: string, place: SecretPlace) => Partial<Sighting>
}

/**
 * Reads a token that begins with its literal: `pattern` is sticky and has what varies as its first group. Letters, digits or an
 * underscore on either side mean that it is a part of something longer; a placeholder or a row of like characters is refused.
 */
export function token(
  pattern: RegExp,
  { bits = 3, accept, judge }: TokenRules = {},
): (place: SecretPlace) => Sighting | undefined {
  return place => {
    const { text, at } = place
    if (WORD.test(text[at - 1] ?? ' ')) return undefined
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return undefined
    const end = at + match[0].length
    const varying = match[1] ?? match[0]
    if (WORD.test(text[end] ?? ' ') || isPlaceholder(varying) || !isRandom(varying, bits)) return undefined
    if (accept?.(match[0], place) === false) return undefined
    return { start: at, end, ...judge?.(match[0], place) }
  }
}

const WORD = /\w/

/**
 * Whether the last six of a token's characters are the CRC-32 of the others in base 62, as GitHub and npm write it. GitHub takes the
 * thirty characters after the prefix (held against one of its revoked tokens); the prefix counted too is accepted as well, for two
 * sums instead of one let chance through once in 28 billion.
 */
export function hasChecksum(token: string, prefix: number): boolean {
  const [body, sum] = [token.slice(0, -6), token.slice(-6)]
  return base62(crc32Of(body.slice(prefix))) === sum || base62(crc32Of(body)) === sum
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function base62(number: number): string {
  let digits = ''
  for (let left = number; digits.length < 6; left = Math.floor(left / 62)) digits = `${DIGITS[left % 62]}${digits}`
  return digits
}
