import type { ByteText } from '../blob/byte-text.ts'
import { baseName, type FilePath, pathText } from '../layer/file-path.ts'
import type { Substring, TermTest } from './filter-term.ts'
import { compileGlob } from './glob.ts'
import { compileLinear } from './linear-expression.ts'

/** Paths that contain `text`; a leading slash ties it to the root. Smart case: capitals make it exact. */
export function substringTest(text: string): TermTest {
  const substring = substringOf(text)
  const { needle, folded, exact, anchored } = substring
  const found = anchored
    ? (path: string, word: string) => path.startsWith(word)
    : (path: string, word: string) => path.includes(word)
  const test = ({ path }: { path: FilePath }) => (exact ? found(path, needle) : found(foldPath(path), folded))
  return { need: 'path', test, substring }
}

function substringOf(text: string): Substring {
  const anchored = text.startsWith('/')
  const bare = anchored ? text.replace(/^\/+/, '') : text
  return { needle: bytes(bare), folded: bytes(fold(bare)), exact: fold(bare) !== bare, anchored }
}

export function hasGlob(text: string): boolean {
  if (/[*?]/.test(text)) return true
  const [bracket, brace] = [text.indexOf('['), text.indexOf('{')]
  const isChoice = brace !== -1 && text.slice(brace, Math.max(brace, text.lastIndexOf('}'))).includes(',')
  return isChoice || (bracket !== -1 && text.lastIndexOf(']') > bracket + 1)
}

/** Without a slash the glob is held against the last component, otherwise against the whole path. */
export function globTest(text: string): TermTest {
  const whole = text.includes('/')
  const matcher = globMatcher(text.replace(/^\/+/, ''))
  return { need: 'path', test: ({ path }) => matcher(filterText(whole ? path : baseName(path))) }
}

/** For `name:`, a glob or a piece of the last component. */
export function nameTest(text: string): TermTest {
  if (!hasGlob(text)) {
    const { needle, folded, exact } = substringOf(text)
    const test = (name: ByteText) => (exact ? name.includes(needle) : foldPath(name).includes(folded))
    return { need: 'path', test: ({ path }) => test(baseName(path)) }
  }
  const matcher = globMatcher(text)
  return { need: 'path', test: ({ path }) => matcher(filterText(baseName(path))) }
}

export function regexTest(source: string, flags: string): TermTest | { readonly message: string } {
  const matches = compileLinear(source, { ignoreCase: flags.includes('i') })
  if (typeof matches !== 'function') return matches
  return { need: 'path', test: ({ path }) => matches(filterText(path).slice(0, LONGEST_TEXT)) }
}

/** Lower case, letter by letter, where it takes as many UTF-8 bytes: folded and real names line up byte by byte. */
function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  return Array.from(text, letter => {
    const lower = letter.toLowerCase()
    return Buffer.byteLength(lower) === Buffer.byteLength(letter) ? lower : letter
  }).join('')
}

/** The bytes of a typed word in small letters, as the folded names of a table have them. */
export function foldedBytes(word: string): Buffer {
  return Buffer.from(fold(word))
}

/** `fold` on a path's bytes: every UTF-8 letter in it is folded, stray bytes stay. */
export function foldPath(path: ByteText): string {
  return ASCII.test(path) ? path.toLowerCase() : path.replace(LETTER, foldLetter)
}

function foldLetter(letter: string): string {
  const text = pathText(letter as ByteText)
  return text === undefined ? letter : bytes(fold(text))
}

const LETTER = /[A-Z]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/g

/** A path as the text patterns see: UTF-8 where it is, else one character per byte. */
function filterText(path: ByteText): string {
  return pathText(path) ?? path
}

/** A pattern is not run on more than this: names of megabytes exist only to make it slow. */
const LONGEST_TEXT = 4096

/** Smart case, as for words. */
function globMatcher(glob: string): (text: string) => boolean {
  return compileGlob(glob, { nocase: fold(glob) === glob })
}

function bytes(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
const ASCII = /^[\u0000-\u007f]*$/

/** Turns the ASCII capitals in `bytes` into small letters, in place. */
export function lowerAscii(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte >= 0x41 && byte <= 0x5a) bytes[at] = byte + 0x20
  }
}
