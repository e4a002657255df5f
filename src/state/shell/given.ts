import type { ViewId } from '../keys/view-id.ts'
import { rowWidth } from '../model/layout.ts'
import type { Rows } from '../model/rows.ts'
import type { State } from '../model/state.ts'
import type { Given } from '../model/view.ts'
import { areaOf } from './pane.ts'
import { viewRows } from './view-rows.ts'

/** The rows of a view in the width of its pane. */
export function shownRows(state: State, id: ViewId): Rows<unknown> {
  return viewRows(state, id, rowWidth(areaOf(state, id).width))
}

/** The subject of the row under a view's cursor; below a list that became shorter that is its last row, as it is drawn. */
export function rowUnder(state: State, id: ViewId): unknown {
  const rows = shownRows(state, id)
  return rows.at(Math.min(state.cursors[id].index, rows.length - 1))?.subject
}

/** The arguments of a view's command. Rows are looked up only by those that want them. */
export function givenTo(state: State, id: ViewId, argument: string | undefined): Given<unknown> {
  return {
    argument,
    get row() {
      return rowUnder(state, id)
    },
    get rows() {
      return shownRows(state, id)
    },
  }
}
