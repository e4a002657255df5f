import { lineAtCharacter } from '../../list/json-document.ts'
import { jsonRows, rowOfLine } from '../../list/json-rows.ts'
import { type Content, hexBytes } from '../model/content.ts'
import { type State, withCursor } from '../model/state.ts'
import { jsonWidth, textRows } from './content-lines.ts'
import { type ContentId, contentWidth, setContent } from './content-state.ts'

/**
 * Places in a content that outlive how it is laid out: a byte of text and of bytes, a character of JSON, a row of facts.
 */

/** Where the row under the cursor begins; `beyond`: where what comes after it begins. */
export function offsetOfCursor(state: State, id: ContentId, content: Content, beyond = false): number {
  const { index } = state.cursors[id]
  const width = contentWidth(state)
  const row = index + (beyond ? 1 : 0)
  if (content.shape === 'facts') return row
  if (content.shape === 'hex') return row * hexBytes(width)
  if (content.shape === 'json' && content.json !== undefined) {
    // Of a line that takes several rows, all are one place.
    const line = (jsonRows(content.json, content.folded, jsonWidth(content, width)).lines[index] ?? 0) + (beyond ? 1 : 0)
    return line < content.json.count ? (content.json.from[line] ?? 0) : content.json.text.length
  }
  const rows = textRows(content, width)
  return row < rows.count ? (rows.starts[row] ?? 0) : rows.open.start
}

/** The row that shows a place. The folds around it must be open. */
export function rowAt(state: State, id: ContentId, content: Content, place: number): number {
  const width = contentWidth(state)
  if (content.shape === 'facts') return place
  if (content.shape === 'hex') return Math.floor(place / hexBytes(width))
  if (content.shape === 'json' && content.json !== undefined) {
    return rowOfLine(jsonRows(content.json, content.folded, jsonWidth(content, width)), lineAtCharacter(content.json, place))
  }
  const { starts, count } = textRows(content, width)
  let [low, high] = [0, Math.max(0, count - 1)]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= place) low = middle
    else high = middle - 1
  }
  return count === 0 ? state.cursors[id].index : low
}

/** The content laid out otherwise, with the cursor on what it was on. */
export function laidOutAnew(state: State, id: ContentId, before: Content, after: Content): State {
  const place = offsetOfCursor(state, id, before)
  const next = setContent(state, id, after)
  return withRow(next, id, rowAt(next, id, after, place))
}

/** The cursor on a row, a third down the window when it was not in it. */
export function withRow(state: State, id: ContentId, index: number): State {
  const { top } = state.cursors[id]
  const height = Math.max(3, state.size.rows - 4)
  const inside = index >= top && index < top + height
  return withCursor(state, id, { index, top: inside ? top : Math.max(0, index - Math.floor(height / 3)) })
}
