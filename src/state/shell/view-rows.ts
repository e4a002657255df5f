import type { Line } from '../../line/line.ts'
import type { ViewId } from '../keys/view-id.ts'
import type { Rows } from '../model/rows.ts'
import type { State } from '../model/state.ts'
import { VIEWS } from './views.ts'

type Kept = {
  readonly width: number
  readonly parts: readonly unknown[] | undefined
  rows?: Rows<unknown>
  banner?: readonly Line[]
}

/** The rows and the banner made last of each view, by the image or the state that they are of: they go with it. */
const kept = new WeakMap<object, Map<ViewId, Kept>>()

const NO_IMAGE = {}

/** The rows of a view, each `width` cells: made anew only where something they are made of has changed. */
export function viewRows(state: State, id: ViewId, width: number): Rows<unknown> {
  const known = keptOf(state, id, width)
  known.rows ??= VIEWS[id].rows(state, width)
  return known.rows
}

/** The banner of a view, kept as its rows are. */
export function viewBanner(state: State, id: ViewId, width: number): readonly Line[] {
  const known = keptOf(state, id, width)
  known.banner ??= VIEWS[id].banner?.(state, width) ?? []
  return known.banner
}

function keptOf(state: State, id: ViewId, width: number): Kept {
  const parts = VIEWS[id].madeOf?.(state)
  const owner = parts === undefined ? state : (state.image?.image ?? NO_IMAGE)
  const views = kept.get(owner) ?? new Map<ViewId, Kept>()
  kept.set(owner, views)
  const last = views.get(id)
  if (last !== undefined && last.width === width && areSame(last.parts, parts)) return last
  const anew = { width, parts }
  views.set(id, anew)
  return anew
}

function areSame(one: readonly unknown[] | undefined, other: readonly unknown[] | undefined): boolean {
  return one?.length === other?.length && (one ?? []).every((part, index) => part === other?.[index])
}
