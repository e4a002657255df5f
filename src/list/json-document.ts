import { escapeText } from '../escape.ts'
import { formatCount } from '../format/count.ts'
import { type Line, linked, type Role, type Span, span } from '../line/line.ts'
import { linkOf } from '../line/link.ts'

/**
 * A JSON document laid out in lines, token for token as it is written: numbers, escapes, order and repeated names stay.
 * Columns, so that a document of megabytes that is nothing but brackets stays small.
 */
export type JsonDocument = {
  readonly text: string
  readonly count: number
  /** Characters of the text that a line shows. */
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly depths: Uint32Array
  /** Of a line that opens an object or a list, the line that closes it; 0 for the others. */
  readonly closes: Uint32Array
}

/** Lines of a document that is JSON; undefined when it is not. */
export function layOutJson(text: string): JsonDocument | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return new Layout(text).document()
}

/** One line as spans, indented, at most `longest` characters of it. `folded`: its contents are hidden behind it. */
export function jsonLine(document: JsonDocument, index: number, folded: boolean, longest = LONGEST_LINE): Line {
  const { text, from, to, depths, closes } = document
  const start = from[index] ?? 0
  const end = to[index] ?? 0
  const cut = Math.min(end, start + longest)
  const indent = span(` ${'  '.repeat(Math.min(depths[index] ?? 0, DEEPEST_INDENT))}`)
  const rest = cut < end ? [span(`…  ${formatCount(end - cut)} more characters`, 'dim')] : []
  const spans = [indent, ...tokens(text.slice(start, cut)), ...rest]
  if (!folded) return spans
  const closing = closes[index] ?? 0
  return [...spans, span('…', 'accent'), ...tokens(text.slice(from[closing] ?? 0, to[closing] ?? 0))]
}

/** Lines that are not hidden in a folded one. */
export function unfoldedLines({ count, closes }: JsonDocument, folded: ReadonlySet<number>): Uint32Array {
  const lines = new Uint32Array(count)
  let length = 0
  for (let line = 0; line < count; line++) {
    lines[length++] = line
    if (folded.has(line)) line = Math.max(line, closes[line] ?? 0)
  }
  return lines.subarray(0, length)
}

/** The line that holds character `at` of the text. */
export function lineAtCharacter({ count, from }: JsonDocument, at: number): number {
  let [low, high] = [0, Math.max(0, count - 1)]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((from[middle] ?? 0) <= at) low = middle
    else high = middle - 1
  }
  return low
}

/** The object around a line, parsed: where a digest's size and media type stand. */
export function enclosingObject(document: JsonDocument, index: number): unknown {
  const { text, from, to, closes } = document
  for (let line = index; line >= 0; line--) {
    const close = closes[line] ?? 0
    if (close < index || close === 0) continue
    const start = text.indexOf('{', opener(document, line))
    if (text.charAt(opener(document, line)) !== '{') continue
    try {
      return JSON.parse(text.slice(start, (to[close] ?? 0) - (text.charAt((to[close] ?? 1) - 1) === ',' ? 1 : 0)))
    } catch {
      return undefined
    }
  }
  return from.length === 0 ? undefined : undefined
}

/** Where the bracket stands that a line opens with: its last character. */
function opener({ to }: JsonDocument, line: number): number {
  return (to[line] ?? 1) - 1
}

/** Deeper than this the indentation stops growing. */
const DEEPEST_INDENT = 32
/** No row shows more characters. */
const LONGEST_LINE = 2000

const TOKEN = /("(?:\\.|[^"\\])*"?)(\s*:)?|-?\d[\d.eE+-]*|[a-z]+|[{}[\],:]/gsu

function tokens(text: string): Span[] {
  const spans: Span[] = []
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon] = match
    if (string === undefined) spans.push(span(whole, roleOf(whole)))
    else if (colon === undefined) spans.push(linked(escapeText(string), 'string', linkOf(string.slice(1, -1))))
    else spans.push(span(escapeText(string), 'name'), span(': ', 'dim'))
  }
  return spans
}

function roleOf(token: string): Role {
  if (/^[-\d]/.test(token)) return 'number'
  return /^[a-z]/.test(token) ? 'literal' : 'dim'
}

class Layout {
  readonly #text: string
  #from = new Uint32Array(256)
  #to = new Uint32Array(256)
  #depths = new Uint32Array(256)
  #closes = new Uint32Array(256)
  #count = 0
  /** Where the line that is being made began; -1 between two lines. */
  #start = -1
  readonly #open: number[] = []

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonDocument {
    const text = this.#text
    for (let at = 0; at < text.length; ) at = this.#token(at)
    this.#end(text.length)
    const count = this.#count
    return {
      text,
      count,
      from: this.#from.subarray(0, count),
      to: this.#to.subarray(0, count),
      depths: this.#depths.subarray(0, count),
      closes: this.#closes.subarray(0, count),
    }
  }

  /** Takes the token at `at`; gives where the next one may begin. */
  #token(at: number): number {
    const character = this.#text.charAt(at)
    if (/\s/.test(character)) return at + 1
    if (character === '{' || character === '[') return this.#opening(at)
    if (character === '}' || character === ']') return this.#closing(at)
    if (this.#start === -1) this.#start = at
    if (character === '"') return this.#string(at)
    if (character === ',') this.#end(at + 1)
    return at + 1
  }

  #opening(at: number): number {
    if (this.#start === -1) this.#start = at
    EMPTY.lastIndex = at
    const empty = EMPTY.exec(this.#text)
    if (empty !== null) return at + empty[0].length
    this.#open.push(this.#count)
    this.#end(at + 1, this.#open.length - 1)
    return at + 1
  }

  #closing(at: number): number {
    this.#end(at)
    const opened = this.#open.pop()
    if (opened !== undefined) this.#closes[opened] = this.#count
    this.#start = at
    return at + 1
  }

  #string(at: number): number {
    for (let end = at + 1; end < this.#text.length; end++) {
      const code = this.#text.charCodeAt(end)
      if (code === 0x5c) end++
      else if (code === 0x22) return end + 1
    }
    return this.#text.length
  }

  /** Ends the line before `at`, without the blanks at its end. */
  #end(at: number, depth = this.#open.length): void {
    if (this.#start === -1) return
    let end = at
    while (end > this.#start && /\s/.test(this.#text.charAt(end - 1))) end--
    if (this.#count === this.#from.length) this.#grow()
    this.#from[this.#count] = this.#start
    this.#to[this.#count] = end
    this.#depths[this.#count] = depth
    this.#count++
    this.#start = -1
  }

  #grow(): void {
    const larger = (column: Uint32Array<ArrayBuffer>) => {
      const next = new Uint32Array(column.length * 2)
      next.set(column)
      return next
    }
    this.#from = larger(this.#from)
    this.#to = larger(this.#to)
    this.#depths = larger(this.#depths)
    this.#closes = larger(this.#closes)
  }
}

const EMPTY = /\{\s*\}|\[\s*\]/suy
