import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { escapeText } from '../escape.ts'
import { isRecord } from './descriptor.ts'
import { DOCUMENT_LIMIT } from './read.ts'

/** Objects and arrays inside each other; real documents stay under ten, and code that draws one may recurse. */
const DEPTH_LIMIT = 200

export type ParsedJson = { readonly value: unknown; readonly diagnostics: readonly Diagnostic[] }
export type JsonRecord = Readonly<Record<string, unknown>>

/**
 * Parses a document. `where` names it in messages: `index.json`, `the manifest sha256:…`.
 * Odd but readable: a byte order mark, bytes that are not UTF-8, names that appear twice (the last one counts, as in Go).
 * @throws ImageError `DOCUMENT_TOO_LARGE`, `JSON_INVALID`, `JSON_TOO_DEEP`
 */
export function parseJson(raw: Uint8Array, where: string): ParsedJson {
  if (raw.byteLength > DOCUMENT_LIMIT) {
    const why = `its ${raw.byteLength} bytes are over the limit of ${DOCUMENT_LIMIT} for a document`
    throw new ImageError('DOCUMENT_TOO_LARGE', `Cannot read ${where}: ${why}`)
  }
  const { text, diagnostics } = decode(raw, where)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    // V8 quotes the text around the fault, which strangers wrote.
    const why = raw.byteLength === 0 ? 'it is empty' : `it is not JSON (${escapeText(reasonOf(thrown)).slice(0, 200)})`
    throw new ImageError('JSON_INVALID', `Cannot read ${where}: ${why}`, {
      hint: 'The image is damaged; save or fetch it again.',
    })
  }
  const repeated = repeatedName(text, where)
  if (repeated !== undefined)
    diagnostics.push(warning('JSON_DUPLICATE_NAME', `${where} has the name "${repeated}" twice; the last counts`))
  return { value, diagnostics }
}

/**
 * Parses a document that must be a JSON object.
 * @throws ImageError those of `parseJson`, and `DOCUMENT_INVALID`
 */
export function parseJsonObject(raw: Uint8Array, where: string): { value: JsonRecord; diagnostics: Diagnostic[] } {
  const { value, diagnostics } = parseJson(raw, where)
  if (isRecord(value)) return { value, diagnostics: [...diagnostics] }
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
  throw new ImageError('DOCUMENT_INVALID', `Cannot read ${where}: it is ${kind} where an object should be`)
}

function decode(raw: Uint8Array, where: string): { text: string; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  if (raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf) {
    diagnostics.push(warning('JSON_BYTE_ORDER_MARK', `${where} starts with a byte order mark, which many readers refuse`))
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(raw), diagnostics }
  } catch {
    diagnostics.push(warning('JSON_NOT_UTF8', `${where} has bytes that are not UTF-8`))
    return { text: new TextDecoder('utf-8').decode(raw), diagnostics }
  }
}

function warning(code: ErrorCode, message: string): Diagnostic {
  return { code, severity: 'warning', message }
}

/**
 * The first name that appears twice in one object of `text`, which is known to be JSON: JSON.parse hides it, and two
 * readers that choose differently see two different images (I-JSON, RFC 7493 section 2.3). Escaped, for a message.
 */
function repeatedName(text: string, where: string): string | undefined {
  /** Names so far of each open object; undefined for an array. */
  const open: (Set<string> | undefined)[] = []
  let repeated: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (open.push(character === '{' ? new Set() : undefined) > DEPTH_LIMIT) {
        throw new ImageError('JSON_TOO_DEEP', `Cannot read ${where}: it is nested more than ${DEPTH_LIMIT} levels deep`)
      }
    } else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const end = endOfString(text, at)
      const names = open.at(-1)
      if (repeated === undefined && names !== undefined && isName(text, end)) {
        const spelt = text.slice(at, end)
        // A name that is escaped is the same name.
        const name = spelt.includes('\\') ? String(JSON.parse(spelt)) : spelt.slice(1, -1)
        if (names.has(name)) repeated = escapeText(spelt.slice(1, -1)).slice(0, 100)
        names.add(name)
      }
      at = end - 1
    }
  }
  return repeated
}

/** Index after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1)
  while (quote !== -1) {
    let slashes = 0
    while (text[quote - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return quote + 1
    quote = text.indexOf('"', quote + 1)
  }
  return text.length
}

function isName(text: string, end: number): boolean {
  let at = end
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return text[at] === ':'
}
