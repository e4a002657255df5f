import type { ViewId } from '../keys/view-id.ts'
import type { Rows } from '../model/rows.ts'
import type { State } from '../model/state.ts'
import { VIEWS } from './views.ts'

type Kept = { readonly width: number; readonly parts: readonly unknown[] | undefined; readonly rows: Rows<unknown> }

/** The rows made last of each view, by the image or the state that they are of: they go with it. */
const kept = new WeakMap<object, Map<ViewId, Kept>>()

const NO_IMAGE = {}

/** The rows of a view, each `width` cells: made anew only where something they are made of has changed. */
export function viewRows(state: State, id: ViewId, width: number): Rows<unknown> {
  const view = VIEWS[id]
  const parts = view.madeOf?.(state)
  const owner = parts === undefined ? state : (state.image?.image ?? NO_IMAGE)
  const known = kept.get(owner) ?? new Map<ViewId, Kept>()
  kept.set(owner, known)
  const last = known.get(id)
  if (last !== undefined && last.width === width && areSame(last.parts, parts)) return last.rows
  const rows = view.rows(state, width)
  known.set(id, { width, parts, rows })
  return rows
}

function areSame(one: readonly unknown[] | undefined, other: readonly unknown[] | undefined): boolean {
  return one?.length === other?.length && (one ?? []).every((part, index) => part === other?.[index])
}
