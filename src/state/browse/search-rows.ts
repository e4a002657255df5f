import { plainText } from '../../line/line.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { ViewId } from '../keys/view-id.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import { type Rows, subjectAt } from '../model/rows.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import type { View } from '../model/view.ts'

/**
 * The commands that search the rows of a list: each letter goes to the first row that has the text, from where the search began on;
 * `n` and `N` go on around the ends. `textOf` is the whole text of a row whose line may be cut; undefined takes the line.
 */
export function rowSearchCommands<Subject>(
  id: ViewId,
  textOf: (subject: Subject) => string | undefined,
): View<Subject, CommandsOf<'rows'>>['commands'] {
  const has = (rows: Rows<Subject>, index: number, text: string) => {
    const subject = subjectAt(rows, index)
    const known = subject === undefined ? undefined : textOf(subject)
    return (known ?? plainText(rows.at(index)?.line ?? [])).toLowerCase().includes(text)
  }
  /** The row at `from` or after it in the direction of `step` that has the text, going round. */
  const find = (rows: Rows<Subject>, text: string, from: number, step: 1 | -1): number | undefined => {
    for (let offset = 0; offset < rows.length; offset++) {
      const index = (from + offset * step + rows.length * 2) % rows.length
      if (has(rows, index, text)) return index
    }
    return undefined
  }
  const go = (state: State, rows: Rows<Subject>, step: 1 | -1): Step<Effect> => {
    const { rowSearch } = state.slices
    if (rowSearch?.view !== id || rowSearch.text === '') return ask(state, id)
    const found = find(rows, rowSearch.text, state.cursors[id].index + step, step)
    return found === undefined ? note(state, 'Nothing found.') : [toRow(state, id, found), []]
  }
  return {
    'rows.search': (state, { argument, rows }) => {
      if (argument === undefined) return ask(state, id)
      const text = argument.toLowerCase()
      const from = state.slices.rowSearch?.view === id ? state.slices.rowSearch.from : state.cursors[id]
      const searching = withSlice(state, 'rowSearch', { view: id, text, from })
      const found = text === '' ? from.index : find(rows, text, from.index, 1)
      return [found === undefined ? searching : toRow(searching, id, found), []]
    },
    'rows.next': (state, { rows }) => go(state, rows, 1),
    'rows.previous': (state, { rows }) => go(state, rows, -1),
    'rows.search-end': state => {
      const { rowSearch } = state.slices
      return rowSearch?.view === id ? [withSlice(withCursor(state, id, rowSearch.from), 'rowSearch', undefined), []] : [state, []]
    },
  }
}

function toRow(state: State, id: ViewId, index: number): State {
  return withCursor(state, id, { ...state.cursors[id], index })
}

function ask(state: State, id: ViewId): Step<Effect> {
  const dialog = {
    type: 'prompt',
    label: '/',
    field: fieldOf(''),
    command: 'rows.search',
    live: true,
    cancel: 'rows.search-end',
  } as const
  return [{ ...withSlice(state, 'rowSearch', { view: id, text: '', from: state.cursors[id] }), dialog }, []]
}
