import type { Content } from '../model/content.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { contentRows, textRows } from './content-lines.ts'
import { readAt } from './content-paging.ts'
import { offsetOfCursor, rowAt, withRow } from './content-place.ts'
import { findInJson, findInRows, findText, type TextHit } from './content-search.ts'
import { type ContentId, contentWidth, setContent } from './content-state.ts'

/** Asks for what to search; the cursor goes to the first place as the text is typed. */
export function askFind(state: State, id: ContentId): Step<Effect> {
  const content = state.slices[id]
  if (content === undefined) return [state, []]
  const search = { text: '', from: offsetOfCursor(state, id, content) }
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
  const { from } = content.search
  return find(setContent(state, id, { ...content, search: { text, from } }), id, { step: 1, from, wrapped: false })
}

/** The next or the previous place from the cursor. */
export function findNext(state: State, id: ContentId, step: 1 | -1): Step<Effect> {
  const content = state.slices[id]
  if (content?.search === undefined || content.search.text === '') return askFind(state, id)
  return find(state, id, { step, from: offsetOfCursor(state, id, content, step === 1), wrapped: false })
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
  return find(state, id, content.seeking)
}

type Seeking = NonNullable<Content['seeking']>

/** Searches on from a place; at the end once more from the other end. */
function find(state: State, id: ContentId, seeking: Seeking): Step<Effect> {
  const content = state.slices[id]
  const { search } = content ?? {}
  if (content === undefined || search === undefined || search.text === '') return [state, []]
  const found = searchIn(state, content, search.text, seeking)
  if (found !== undefined && 'missing' in found) {
    const next = setContent(state, id, { ...content, seeking: { ...seeking, from: found.from } })
    return [next, [readAt(content, id, found.missing)]]
  }
  if (found === undefined) {
    if (seeking.wrapped) return told(state, id, { ...content, search: { ...search, outcome: 'none' } })
    return find(state, id, { step: seeking.step, from: seeking.step === 1 ? 0 : endOf(content), wrapped: true })
  }
  const there = { ...unfolded(content, found.at), search: { text: search.text, from: search.from } }
  const [next, effects] = told(state, id, seeking.wrapped ? { ...there, search: { ...there.search, outcome: 'wrapped' } } : there)
  return [withRow(next, id, foundRow(next, id, there, found.at)), effects]
}

const OUTCOMES = { none: 'Not found.', wrapped: 'Search wrapped around.' } as const

/** The search is over; while text is typed the title says how it went, the footer being taken. */
function told(state: State, id: ContentId, content: Content): Step<Effect> {
  const settled = setContent(state, id, { ...content, seeking: undefined })
  const outcome = content.search?.outcome
  return outcome === undefined || state.dialog !== undefined ? [settled, []] : note(settled, OUTCOMES[outcome])
}

function searchIn(state: State, content: Content, text: string, { from, step }: Seeking): TextHit {
  if (content.shape === 'json' && content.json !== undefined) return findInJson(content.json, text, from, step)
  if (content.shape !== 'facts') return findText(content, text, from, step)
  const rows = contentRows(content, contentWidth(state))
  return findInRows(rows.slice(0, rows.length), text, from, step)
}

/** Beyond every place. */
function endOf({ shape, json, bytes }: Content): number {
  if (shape === 'facts') return Number.POSITIVE_INFINITY
  return shape === 'json' && json !== undefined ? json.text.length : bytes.size
}

/** Opens the parts of a JSON document that hide a place. */
function unfolded(content: Content, at: number): Content {
  const { json, folded } = content
  if (content.shape !== 'json' || json === undefined) return content
  const hides = (line: number) => (json.from[line] ?? 0) <= at && at < (json.to[json.closes[line] ?? 0] ?? 0)
  const kept = [...folded].filter(line => !hides(line))
  return kept.length === folded.size ? content : { ...content, folded: new Set(kept) }
}

/** Of a line that takes several rows, the one where the text stands. */
function foundRow(state: State, id: ContentId, content: Content, at: number): number {
  const row = rowAt(state, id, content, at)
  if (content.shape !== 'json') return row
  const rows = contentRows(content, contentWidth(state)).slice(row, row + MOST_PIECES)
  const piece = rows.findIndex(({ line }) => line.some(({ role }) => role === 'match'))
  return piece === -1 ? row : row + piece
}

/** Rows of one line that are looked through. */
const MOST_PIECES = 500
