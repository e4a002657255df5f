import { type Line, plainText } from '../../line/line.ts'
import { bytesIn, missingIn } from '../../list/content-bytes.ts'
import type { JsonDocument } from '../../list/json-document.ts'
import type { Content } from '../model/content.ts'

/** Where a text was found: its place, a byte in text; or what has to be read first; or nowhere. */
export type TextHit =
  | { readonly at: number }
  | { readonly missing: number /** Where to go on then. */; readonly from: number }
  | undefined

/** The next place of `text` at or after `from`, or the last one before it. Case matters when `text` has capitals. */
export function findText(content: Content, text: string, from: number, step: 1 | -1): TextHit {
  const needle = encoded(text, content.detected?.encoding ?? 'utf-8')
  if (needle === '') return undefined
  const exact = text !== text.toLowerCase()
  const find = (hay: string) => {
    const [where, what] = exact ? [hay, needle] : [foldBytes(hay), foldBytes(needle)]
    return step === 1 ? where.indexOf(what) : where.lastIndexOf(what)
  }
  const { size } = content.bytes
  for (let at = from; step === 1 ? at < size : at > 0; at += step * STRETCH) {
    const [start, end] =
      step === 1
        ? [at, Math.min(size, at + STRETCH + needle.length - 1)]
        : [Math.max(0, at - STRETCH), Math.min(size, at + needle.length - 1)]
    const missing = missingIn(content.bytes, start, end)
    const bytes = missing === undefined ? bytesIn(content.bytes, start, end) : undefined
    if (bytes === undefined) return { missing: missing ?? start, from: at }
    const found = find(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
    if (found !== -1) return { at: start + found }
  }
  return undefined
}

/** The next line of a JSON document at or after a character, or the last one before it. */
export function findInJson(json: JsonDocument, text: string, from: number, step: 1 | -1): TextHit {
  const exact = text !== text.toLowerCase()
  const hay = exact ? json.text : json.text.toLowerCase()
  const find = (needle: string) => (step === 1 ? hay.indexOf(needle, from) : from === 0 ? -1 : hay.lastIndexOf(needle, from - 1))
  const needle = exact ? text : text.toLowerCase()
  // On the screen a blank follows every colon, in most documents none does.
  const at = [find(needle), find(needle.replaceAll('": ', '":'))].filter(place => place !== -1)
  return at.length === 0 ? undefined : { at: step === 1 ? Math.min(...at) : Math.max(...at) }
}

/** The next row with the text at or after row `from`, or the last one before it. */
export function findInRows(rows: readonly { readonly line: Line }[], text: string, from: number, step: 1 | -1): TextHit {
  const exact = text !== text.toLowerCase()
  const has = ({ line }: { readonly line: Line }) => (exact ? plainText(line) : plainText(line).toLowerCase()).includes(text)
  const at =
    step === 1
      ? rows.findIndex((row, index) => index >= from && has(row))
      : rows.findLastIndex((row, index) => index < from && has(row))
  return at === -1 ? undefined : { at }
}

/** Bytes looked through at once. */
const STRETCH = 256 * 1024

/** The text's bytes in an encoding, one character each. */
function encoded(text: string, encoding: string): string {
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le').toString('latin1')
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16().toString('latin1')
  return Buffer.from(text, encoding === 'latin1' ? 'latin1' : 'utf8').toString('latin1')
}

/** ASCII letters only: bytes above them belong to other characters. */
function foldBytes(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}
