import { addTo } from '../../sums.ts'

/**
 * Whether a value stands for a secret instead of being one: a variable to be filled in, an example's word, a row of like or
 * neighbouring characters. Documentation and templates are full of them, and a report full of those is not read.
 */
export function isPlaceholder(value: string): boolean {
  return saysPlaceholder(value) || isMonotonous(value)
}

function saysPlaceholder(value: string): boolean {
  const ends = value.length <= LONGEST_TEXT ? value : value.slice(0, LONGEST_TEXT / 2) + value.slice(-LONGEST_TEXT / 2)
  return EMPTY.test(ends) || FILLED_IN.test(ends) || WORDS.test(ends)
}

/** Of a longer value the beginning and the end are looked at: what stands for a secret is short. */
const LONGEST_TEXT = 1024

/** The same for a password, which may be short, and where words alone are what examples have. */
export function isPlaceholderPassword(value: string): boolean {
  return value.length < 3 || saysPlaceholder(value) || PASSWORD_WORDS.test(value) || isRepeated(value)
}

/**
 * Whether so many different characters are in a value as chance would put there. Shannon's entropy of a short text says less than
 * its name: 3 bits a character is what 20 letters drawn at random all but always exceed, and what words and rows of digits do not.
 */
export function isRandom(value: string, bits = 3): boolean {
  return entropyOf(value) >= bits
}

const EMPTY = /^(?:|null|none|nil|undefined|true|false|yes|no|n\/a|~|""|'')$/i
/** Shell, Python, template, format and documentation forms of "put it here". */
const FILLED_IN =
  /\$\{|\$\(|^\$\w|\{\{|^\{.*\}$|^<.*>$|<[a-z][\w -]*>|^%[a-z_]+%$|%s|%\(|\*{3}|\.{3}|^\[.*\]$|^__\w+__$|^@\w+@$|^!\w|^ENC\[/i
const WORDS =
  /example|placeholder|change[-_ ]?me|change[-_ ]?it|change[-_ ]?this|replace[-_ ]?(?:me|this|with)|your[-_ ]?(?:[a-z]+[-_ ])*[a-z]*(?:api|key|token|secret|password|pass|here)|insert[-_ ]?|redacted|x{4}|dummy|deadbeef|not[-_ ]?a[-_ ]?real|to[-_ ]?be[-_ ]?(?:set|defined)|^todo|^fixme|^tbd$|fake[-_]|[-_]fake/i
const PASSWORD_WORDS =
  /^(?:pass|password|passwd|passwort|pw|pwd|pword|secret|token|key|apikey|api_key|user|username|test|testing|sample|foo|bar|foobar|baz|qux|abc123|my[-_]?(?:pass|password|secret|secretpassword)|some[-_]?(?:pass|password)|the[-_]?password|credentials?|mysecretpassword)$/i

/** Characters of one kind all through, or six that follow each other in the alphabet or the digits. */
function isMonotonous(value: string): boolean {
  if (isRepeated(value)) return true
  let [rising, falling] = [1, 1]
  for (let index = 1; index < value.length; index++) {
    const step = value.charCodeAt(index) - value.charCodeAt(index - 1)
    rising = step === 1 ? rising + 1 : 1
    falling = step === -1 ? falling + 1 : 1
    if (rising >= NEIGHBOURS || falling >= NEIGHBOURS) return true
  }
  return false
}

/** Chance puts six neighbours into one token of thirty million. */
const NEIGHBOURS = 6

/** Whether a value is one piece of up to four characters again and again. */
function isRepeated(value: string): boolean {
  for (let piece = 1; piece <= 4 && piece * 2 < value.length; piece++) {
    if (
      value ===
      value
        .slice(0, piece)
        .repeat(Math.ceil(value.length / piece))
        .slice(0, value.length)
    )
      return true
  }
  return false
}

function entropyOf(value: string): number {
  const counts = new Map<string, number>()
  for (const character of value) addTo(counts, character)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}
