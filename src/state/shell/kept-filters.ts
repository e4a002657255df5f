import { escapeText } from '../../escape.ts'
import { parseFilter } from '../../filter/filter.ts'
import { isFilterError } from '../../filter/filter-term.ts'
import { START } from '../../line/cursor.ts'
import type { Command } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import { FIRST_FILES } from '../model/files.ts'
import type { Settings } from '../model/settings.ts'
import { atStart, focusedView, type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'

/** A filter with a name, of the views of files or of the findings. */
export type KeptFilter = {
  readonly name: string
  readonly text: string
  readonly of: 'files' | 'findings'
  readonly isOwn: boolean
}

/** Filters that peel comes with; one of the user's own takes the place of one with its name. */
const SHIPPED: readonly Omit<KeptFilter, 'isOwn'>[] = [
  { name: 'secrets', text: 'secret/', of: 'findings' },
  { name: 'big', text: '>10M', of: 'files' },
  { name: 'setuid', text: 'suid | sgid', of: 'files' },
  { name: 'writable', text: 'mode:o+w !type:link', of: 'files' },
  { name: 'removed', text: 'change:removed', of: 'files' },
]

/** The user's own filters, then the others. */
export function keptFilters({ filters }: Settings): readonly KeptFilter[] {
  const own = Object.entries(filters).map(([name, text]): KeptFilter => ({ name, text, of: 'files', isOwn: true }))
  return [...own, ...SHIPPED.filter(({ name }) => filters[name] === undefined).map(each => ({ ...each, isOwn: false }))]
}

type FilteredId = 'files' | 'biggest' | 'waste'

/** The view of files that has the focus, whose filter is kept or changed. */
function filteredView(state: State): FilteredId | undefined {
  const id = focusedView(state)
  return !atStart(state) && (id === 'files' || id === 'biggest' || id === 'waste') ? id : undefined
}

/** The filter that is on in the view that has the focus. */
export function filterInUse(state: State): string | undefined {
  const id = filteredView(state)
  return id === undefined ? undefined : state.slices[id].filter?.text
}

/** Asks for the name that the filter is kept under, or keeps it under `name`. */
export function keepFilter(state: State, name: string | undefined): Step<Effect> {
  const text = filterInUse(state)
  if (text === undefined) return note(state, 'No filter is on here.')
  if (name === undefined) {
    const hint = `a name for ${escapeText(text)}`
    const dialog = { type: 'prompt', label: 'keep as', field: fieldOf(''), command: 'keep-filter', live: false, hint } as const
    return [{ ...state, dialog }, []]
  }
  const word = name.trim()
  if (word === '') return note(state, 'The filter was not kept: it needs a name.')
  const [next, effects] = changed(state, { ...state.settings.filters, [word]: text })
  return chain([next, effects], each => note(each, `:${escapeText(word)} uses this filter from now on.`))
}

export function forgetFilter(state: State, name: string | undefined): Step<Effect> {
  const { [name ?? '']: _, ...filters } = state.settings.filters
  return changed(state, filters)
}

function changed(state: State, filters: Settings['filters']): Step<Effect> {
  const settings = { ...state.settings, filters }
  return [{ ...state, settings }, [{ type: 'settings', settings }]]
}

/** A command of a view, as the shell runs it. */
type RunCommand = (state: State, command: Command, argument: string) => Step<Effect>

/** Turns a filter on: in the list of files that has the focus, else in the tree of the whole image. */
export function useFilter(state: State, name: string | undefined, run: RunCommand): Step<Effect> {
  const filter = keptFilters(state.settings).find(each => each.name === name)
  if (filter === undefined || state.image === undefined || atStart(state)) return [state, []]
  const { text } = filter
  if (filter.of === 'findings') {
    const shown = focusedView(state) === 'findings' ? state : jumpTo(state, { over: 'findings' })
    const findings = { ...shown.slices.findings, filter: text }
    return [withCursor(withSlice(shown, 'findings', findings), 'findings', START), []]
  }
  const parsed = parseFilter(text, Date.now())
  if (isFilterError(parsed)) return note(state, `The filter cannot be used: ${parsed.message}.`)
  const id = filteredView(state)
  if (id !== undefined) return run(state, `${id}.filter`, text)
  const jumped = jumpTo(state, { tab: 'files' })
  const files = { ...jumped.slices.files, scope: FIRST_FILES.scope, hideUnchanged: false }
  return run(withSlice(jumped, 'files', files), 'files.filter', text)
}
