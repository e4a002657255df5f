import { escapeText } from '../../escape.ts'
import { factRows } from '../../line/facts.ts'
import { type Line, line, type Span, span } from '../../line/line.ts'
import { padStart, prefix } from '../../line/text.ts'
import { bytesIn } from '../../list/content-bytes.ts'
import { jsonRowLines, jsonRows } from '../../list/json-rows.ts'
import { rowText, type TextRows } from '../../list/text-rows.ts'
import { type Content, hexBytes } from '../model/content.ts'
import { lazyRows, type Row, type Rows } from '../model/rows.ts'
import { contentFacts } from './content-facts.ts'
import { layOut } from './text-layout.ts'

/** The subject of a row: in JSON its line, elsewhere nothing. */
export type JsonLine = number | undefined

/** The rows of a content at a width; of one that is read page by page, one more stands for the rest. */
export function contentRows(content: Content, width: number): Rows<JsonLine> {
  switch (content.shape) {
    case 'json':
      return jsonContentRows(content, width)
    case 'hex':
      return lazyRows(Math.ceil(content.bytes.size / hexBytes(width)), index => bare(hexLine(content, index, width)))
    case 'facts':
      return factRows(contentFacts(content), width).map(each => bare(marked(each.line, content.search?.text)))
    case 'text': {
      if (content.detected === undefined) return []
      const rows = textRows(content, width)
      const count = rows.count + (rows.scanned < content.bytes.size ? 1 : 0)
      return lazyRows(count, index => bare(textLine(content, rows, index)))
    }
  }
}

function bare(drawn: Line): Row<JsonLine> {
  return { line: drawn, subject: undefined }
}

function jsonContentRows(content: Content, width: number): Rows<JsonLine> {
  const { json, folded } = content
  if (json === undefined) return []
  const cells = jsonWidth(content, width)
  const { count, lines } = jsonRows(json, folded, cells)
  const mark = (each: Line) => marked(each, content.search?.text)
  return lazyRows(count, index => ({
    line: jsonRowLines(json, folded, cells, [index, index + 1], mark)[0] ?? [],
    subject: lines[index],
  }))
}

/** The cells that lines of JSON wrap at; undefined when they do not. */
export function jsonWidth({ wrap }: Content, width: number): number | undefined {
  return wrap ? Math.max(8, width) : undefined
}

/** Where the rows of a content's text begin at a width. */
export function textRows(content: Content, width: number): TextRows {
  return layOut(content, content.wrap ? Math.max(8, width - (content.numbers ? NUMBER_CELLS : 0)) : undefined)
}

/** The bytes of row `index`; undefined when they have to be read. */
export function rowBytes(rows: TextRows, index: number): { readonly from: number; readonly to: number } {
  const from = rows.starts[index] ?? rows.scanned
  return { from, to: index + 1 < rows.count ? (rows.starts[index + 1] ?? rows.scanned) : rows.open.start }
}

/** `spans` with every place where `text` stands marked. */
function marked(spans: Line, text: string | undefined): Line {
  if (text === undefined || text === '') return spans
  return spans.flatMap(each => markedSpan(each, escapeText(text)))
}

const NUMBER_CELLS = 8

function textLine(content: Content, rows: TextRows, index: number): Line {
  if (index >= rows.count) return line(span('…  reading on', 'dim'))
  const { from, to } = rowBytes(rows, index)
  const bytes = bytesIn(content.bytes, from, to)
  const text = bytes === undefined ? '…' : rowText(bytes, rows.encoding)
  const shifted = content.shift === 0 ? text : text.slice(prefix(text, content.shift).length)
  const first = index === 0 || rows.lines[index] !== rows.lines[index - 1]
  const number = content.numbers
    ? [span(padStart(first ? String(rows.lines[index] ?? '') : '·', NUMBER_CELLS - 2), 'dim'), span('  ')]
    : []
  return [...number, ...marked(line(span(shifted)), content.search?.text)]
}

function hexLine(content: Content, index: number, width: number): Line {
  const count = hexBytes(width)
  const offset = index * count
  const bytes = bytesIn(content.bytes, offset, offset + count)
  const address = span(` ${offset.toString(16).padStart(8, '0')}  `, 'dim')
  if (bytes === undefined) return line(address, span('…', 'dim'))
  const cells = Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
  const half = count / 2
  const hex = `${cells
    .slice(0, half)
    .join(' ')
    .padEnd(half * 3)} ${cells.slice(half).join(' ')}`
  const text = Array.from(bytes, byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
  return line(address, span(hex.padEnd(count * 3 + 2)), ...marked(line(span(text, 'string')), content.search?.text))
}

/** Smart case: capitals in `text` make it exact. */
function markedSpan(each: Span, text: string): readonly Span[] {
  const exact = text !== text.toLowerCase()
  const [hay, needle] = exact ? [each.text, text] : [each.text.toLowerCase(), text]
  // Lower case of another length would not line up.
  if (hay.length !== each.text.length || !hay.includes(needle)) return [each]
  const parts: Span[] = []
  let at = 0
  for (let found = hay.indexOf(needle); found !== -1; found = hay.indexOf(needle, at)) {
    if (found > at) parts.push({ ...each, text: each.text.slice(at, found) })
    parts.push(span(each.text.slice(found, found + needle.length), 'match'))
    at = found + needle.length
  }
  return at < each.text.length ? [...parts, { ...each, text: each.text.slice(at) }] : parts
}
