import { fieldOf } from '../dialog/field.ts'
import { type JsonDocument, lineAtCharacter, unfoldedLines } from '../document/json-document.ts'
import type { Effect } from '../effect.ts'
import { note } from '../note.ts'
import { type State, type Step, withCursor } from '../state.ts'
import { type Content, hexBytes } from './content.ts'
import { textRows } from './content-lines.ts'
import { readAt } from './content-needs.ts'
import { findText } from './content-search.ts'
import { type ContentId, contentWidth, setContent } from './content-state.ts'

/** Asks for what to search; the cursor goes to the first place as the text is typed. */
export function askFind(state: State, id: ContentId): Step<Effect> {
  const content = state.slices[id]
  if (content === undefined) return [state, []]
  const search = { text: '', from: offsetOf(state, id, content) }
  return [
    {
      ...setContent(state, id, { ...content, search }),
      dialog: {
        type: 'prompt',
        label: '/',
        field: fieldOf(''),
        command: 'document.search',
        live: true,
        cancel: 'document.search-end',
      },
    },
    [],
  ]
}

/** Searches for `text` from where the search began. */
export function findFirst(state: State, id: ContentId, text: string): Step<Effect> {
  const content = state.slices[id]
  if (content?.search === undefined || (text === content.search.text && state.dialog === undefined)) return [state, []]
  return find(setContent(state, id, { ...content, search: { ...content.search, text } }), id, 1, content.search.from)
}

/** The next or the previous place from the cursor. */
export function findNext(state: State, id: ContentId, step: 1 | -1): Step<Effect> {
  const content = state.slices[id]
  if (content?.search === undefined || content.search.text === '') return askFind(state, id)
  return find(state, id, step, offsetOf(state, id, content, step === 1 ? 1 : 0))
}

export function endFind(state: State, id: ContentId): Step<Effect> {
  const content = state.slices[id]
  return content === undefined ? [state, []] : [setContent(state, id, { ...content, search: undefined, seeking: undefined }), []]
}

/** Bytes came that a search waited for. */
export function continueSearch(state: State, id: ContentId): Step<Effect> {
  const content = state.slices[id]
  if (content?.seeking === undefined || content.search === undefined) return [state, []]
  // The rows of what came are found now: the page may be forgotten before the search ends.
  if (content.shape === 'text') textRows(content, contentWidth(state))
  return find(state, id, content.seeking.step, content.seeking.from)
}

function find(state: State, id: ContentId, step: 1 | -1, from: number): Step<Effect> {
  const content = state.slices[id]
  const text = content?.search?.text ?? ''
  if (content === undefined || text === '') return [state, []]
  if (content.shape === 'json' && content.json !== undefined) return findInJson(state, id, content, content.json, from, step)
  const found = findText(content, text, from, step)
  const settled = setContent(state, id, { ...content, seeking: undefined })
  if (found === undefined) return state.dialog === undefined ? note(settled, 'Not found from here on.') : [settled, []]
  if ('missing' in found) {
    return [setContent(state, id, { ...content, seeking: { step, from: found.from } }), [readAt(content, id, found.missing)]]
  }
  return [atRow(settled, id, rowAt(settled, id, content, found.at)), []]
}

function findInJson(state: State, id: ContentId, content: Content, json: JsonDocument, from: number, step: 1 | -1): Step<Effect> {
  const text = content.search?.text ?? ''
  const exact = text !== text.toLowerCase()
  const [hay, needle] = exact ? [json.text, text] : [json.text.toLowerCase(), text.toLowerCase()]
  const at = step === 1 ? hay.indexOf(needle, from) : from === 0 ? -1 : hay.lastIndexOf(needle, from - 1)
  if (at === -1) return state.dialog === undefined ? note(state, 'Not found from here on.') : [state, []]
  const wanted = lineAtCharacter(json, at)
  // What hides the line is opened.
  const folded = new Set([...content.folded].filter(line => !(line < wanted && (json.closes[line] ?? 0) >= wanted)))
  const row = unfoldedLines(json, folded).indexOf(wanted)
  return [atRow(setContent(state, id, { ...content, folded }), id, row), []]
}

/** Where the row under the cursor begins in what is searched: a byte, of JSON a character. */
function offsetOf(state: State, id: ContentId, content: Content, rows = 0): number {
  const index = state.cursors[id].index + rows
  if (content.shape === 'hex') return index * hexBytes(contentWidth(state))
  if (content.shape === 'json' && content.json !== undefined) {
    const line = unfoldedLines(content.json, content.folded)[index]
    return line === undefined ? content.json.text.length : (content.json.from[line] ?? 0)
  }
  const text = textRows(content, contentWidth(state))
  return index < text.count ? (text.starts[index] ?? 0) : text.open.start
}

function rowAt(state: State, id: ContentId, content: Content, at: number): number {
  if (content.shape === 'hex') return Math.floor(at / hexBytes(contentWidth(state)))
  const { starts, count } = textRows(content, contentWidth(state))
  let [low, high] = [0, Math.max(0, count - 1)]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= at) low = middle
    else high = middle - 1
  }
  return count === 0 ? state.cursors[id].index : low
}

/** The cursor on a row, a third down the window when it was not in it. */
function atRow(state: State, id: ContentId, index: number): State {
  const { top } = state.cursors[id]
  const height = Math.max(3, state.size.rows - 4)
  const inside = index >= top && index < top + height
  return withCursor(state, id, { index, top: inside ? top : Math.max(0, index - Math.floor(height / 3)) })
}
