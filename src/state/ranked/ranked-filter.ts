import { parseFilter } from '../../filter/filter.ts'
import { isFilterError } from '../../filter/filter-term.ts'
import { START } from '../../line/cursor.ts'
import type { Job } from '../../list/compute.ts'
import { complainInPrompt } from '../files/search-keys.ts'
import type { Command } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import { filterPrompt } from '../model/filter-prompt.ts'
import { panesOf } from '../model/screen.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'

type RankedId = 'biggest' | 'waste'

/** Asks for a filter of a flat list, or uses what was typed. */
export function filterRanked(state: State, id: RankedId, text: string | undefined): Step<Effect> {
  const slice = state.slices[id]
  const before = slice.filter?.text ?? ''
  if (text === undefined) return [{ ...state, dialog: filterPrompt(id, before) }, []]
  if (text === before) return [state, []]
  const parsed = parseFilter(text, Date.now())
  if (isFilterError(parsed)) return [complainInPrompt(state, parsed.message), []]
  const filter = parsed.groups.length === 0 ? undefined : parsed
  return refreshRanked(withFilter(withCursor(state, id, START), id, filter), id)
}

export function unfilterRanked(state: State, id: RankedId): Step<Effect> {
  return refreshRanked(withFilter(state, id, undefined), id)
}

/** The commands of the filter that do nothing where no row is listed: none while it is the filter that keeps no row. */
export function filterWithoutRows({ slices }: State, id: RankedId): readonly Command[] {
  return slices[id].filter === undefined ? [`${id}.filter`] : []
}

/** More layers are read: a list that is looked at follows, another one when it is shown again. */
export function followRanked(state: State, id: RankedId): Step<Effect> {
  return panesOf(state.screen).tab === id ? showRanked(state, id) : [state, []]
}

/** Computes a flat list anew where it is not of the layers as they are read now. */
export function showRanked(state: State, id: RankedId): Step<Effect> {
  return state.slices[id].list?.stack === state.image?.analysis?.stack ? [state, []] : refreshRanked(state, id)
}

/** Computes a flat list anew from the layers as they are read now. */
function refreshRanked(state: State, id: RankedId): Step<Effect> {
  const stack = state.image?.analysis?.stack
  if (stack === undefined) return [state, []]
  const { filter } = state.slices[id]
  const job: Job = id === 'biggest' ? { kind: 'biggest', stack, filter } : { kind: 'waste', stack, filter }
  return [state, [{ type: 'compute', tag: id, job }]]
}

function withFilter(state: State, id: RankedId, filter: BiggestFilter): State {
  return id === 'biggest'
    ? withSlice(state, 'biggest', { ...state.slices.biggest, filter })
    : withSlice(state, 'waste', { ...state.slices.waste, filter, tree: { ...state.slices.waste.tree, expansion: undefined } })
}

type BiggestFilter = State['slices']['biggest']['filter']
