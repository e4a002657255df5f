import { START } from '../../line/cursor.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import type { StartSlice } from '../model/start.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'

/** Asks for words; every letter searches, Enter goes to what was found, Esc shows all candidates again. */
export function searchStart(state: State, text: string | undefined): Step<Effect> {
  const { start } = state.slices
  if (text === undefined) {
    const prompt = {
      type: 'prompt',
      label: 'search',
      hint: HINT,
      command: 'start.search',
      live: true,
      cancel: 'start.unsearch',
    } as const
    return [{ ...state, dialog: { ...prompt, field: fieldOf(start.search?.text ?? '') } }, []]
  }
  if (text.trim() === '') return unsearch(state)
  if (text === start.search?.text) return [state, []]
  const search = { hits: [], images: 0, ...start.search, text, isReading: true }
  return [withCursor(withSlice(state, 'start', { ...start, search }), 'start', START), [searchEffect(start, text)]]
}

const HINT = 'what the image is for: a fast cache, web server, 数据库, postgres, 6379'

export function unsearch(state: State): Step<Effect> {
  const { start } = state.slices
  if (start.search === undefined) return [state, []]
  const all = withSlice(state, 'start', { ...start, search: undefined })
  return [withCursor(all, 'start', START), [{ type: 'abort', key: 'search' }]]
}

/** Other candidates than before are searched by the same words. */
export function withCandidates(state: State, candidates: StartSlice['candidates']): Step<Effect> {
  const start = { ...state.slices.start, candidates, searching: false }
  const { search } = start
  return [withSlice(state, 'start', start), search === undefined ? [] : [searchEffect(start, search.text)]]
}

function searchEffect({ candidates }: StartSlice, text: string): Effect {
  return { type: 'search', text, places: candidates }
}
