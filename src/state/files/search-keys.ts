import { narrows, parseFilter } from '../../filter/filter.ts'
import { isFilterError } from '../../filter/filter-term.ts'
import { ROOT } from '../../layer/file-path.ts'
import type { Answer } from '../../list/compute.ts'
import { chainStart } from '../../list/directory-chain.ts'
import type { Hits } from '../../list/file-search.ts'
import { type FileTable, pathAt, rowOf } from '../../list/file-table.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import { foldAt } from '../model/files.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { currentPath, revealPath, withFiles } from './files-refresh.ts'

/** Asks for what to search; every letter moves the cursor to the first name that has it, Esc brings it back. */
export function askSearch(state: State): Step<Effect> {
  const from = currentPath(state) ?? ROOT
  const search = { ...EMPTY, from }
  return [
    {
      ...withFiles(state, { search }),
      dialog: {
        type: 'prompt',
        label: '/',
        field: fieldOf(''),
        command: 'files.search',
        live: true,
        cancel: 'files.search-cancel',
      },
    },
    [],
  ]
}

/** Searches for `text`, among what was found already where it only grew. */
export function searchFiles(state: State, text: string, now: number): Step<Effect> {
  const { search, shown } = state.slices.files
  if (search === undefined || shown === undefined) return [state, []]
  if (text === search.filter.text && search.hits !== undefined) return [state, []]
  const filter = parseFilter(text, now)
  if (isFilterError(filter)) return [complainInPrompt(state, filter.message), []]
  if (filter.groups.length === 0) return endSearch(state)
  const { hits } = search
  // With a slash a name is found by what stands before it: that is not among the names found so far.
  const within =
    hits !== undefined && !text.includes('/') && hits.kept.length === shown.table.count && narrows(search.filter, filter)
      ? hits
      : undefined
  const next = withFiles(state, { search: { ...search, filter, hits: undefined } })
  return [next, [{ type: 'compute', tag: 'search', job: { kind: 'search', table: shown.table, filter, within } }]]
}

/** The search has its answer: on to the first find from where it began. */
export function showFound(state: State, { hits, job }: Extract<Answer, { kind: 'search' }>): Step<Effect> {
  const { search, shown } = state.slices.files
  if (search === undefined || shown?.table !== job.table || search.filter !== job.filter) return [state, []]
  const next = withFiles(state, { search: { ...search, hits } })
  if (hits.count === 0) return [next, []]
  const { row } = rowOf(job.table, search.from)
  return goTo(next, job.table, nextKept(hits, chainStart(job.table, row), 1))
}

/** To the next or the previous find, around the ends. */
export function goFound(state: State, step: 1 | -1): Step<Effect> {
  const { search, shown } = state.slices.files
  if (search === undefined) return askSearch(state)
  if (shown === undefined || search.hits === undefined) return [state, []]
  if (search.hits.count === 0) return note(state, 'Nothing found.')
  const row = shown.rows[state.cursors.files.index] ?? 0
  const from = step === -1 ? chainStart(shown.table, row) - 1 : foldAt(shown, row) === undefined ? row + 1 : row
  return goTo(state, shown.table, nextKept(search.hits, from, step))
}

/** Gives the search up and goes back to where it began. */
export function cancelSearch(state: State): Step<Effect> {
  const { search } = state.slices.files
  // A place that the search still waits for is not gone to any more.
  const ended = withFiles(state, { search: undefined, place: undefined })
  return search === undefined || search.from === currentPath(state) ? [ended, []] : revealPath(ended, search.from)
}

export function endSearch(state: State): Step<Effect> {
  const { search } = state.slices.files
  // While the prompt is open its place is still needed for Esc.
  const left = state.dialog?.type === 'prompt' && search !== undefined ? { ...EMPTY, from: search.from } : undefined
  return [withFiles(state, { search: left }), [{ type: 'abort', key: 'compute:search' }]]
}

/** Says at the prompt what is wrong with its text; without a prompt the state stays. */
export function complainInPrompt(state: State, error: string): State {
  return state.dialog?.type === 'prompt' ? { ...state, dialog: { ...state.dialog, error } } : state
}

const EMPTY = { filter: { text: '', groups: [] }, hits: undefined, from: ROOT }

function goTo(state: State, table: FileTable, row: number): Step<Effect> {
  return revealPath(state, pathAt(table, row))
}

/** The kept row at `from` or after it in the direction of `step`, going round. */
function nextKept({ kept }: Hits, from: number, step: 1 | -1): number {
  for (let offset = 0; offset < kept.length; offset++) {
    const row = (from + offset * step + kept.length * 2) % kept.length
    if (kept[row] !== 0) return row
  }
  return 0
}
