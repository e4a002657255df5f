import type { Content } from './content.ts'
import { bytesIn, missingIn } from './content-bytes.ts'

/** Where a text was found: a byte offset; or what has to be read first; or nowhere. */
export type Found =
  | { readonly at: number }
  | { readonly missing: number /** Where to go on then. */; readonly from: number }
  | undefined

/** The next place of `text` at or after `from`, or the last one before it. Case matters when `text` has capitals. */
export function findText(content: Content, text: string, from: number, step: 1 | -1): Found {
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
