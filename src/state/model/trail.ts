import type { OverId, PaneId, TabId } from '../keys/view-id.ts'
import { panesOf } from './screen.ts'
import { type State, type TrailStop, withPanes } from './state.ts'

/** Places remembered; older ones are forgotten. */
const LONGEST = 50

/** `state` with the present place remembered, so that Esc comes back to it. Call before a jump to another view. */
function leave(state: State): State {
  const { focus, cursors, slices } = state
  const { tab, over } = panesOf(state.screen)
  const place: TrailStop = { focus, tab, over, cursors, slices }
  return { ...state, trail: [...state.trail.slice(1 - LONGEST), place] }
}

/** A jump to a view: remembers where it came from. */
export function jumpTo(state: State, target: { tab?: TabId; over?: OverId; focus?: PaneId }): State {
  const panes = panesOf(state.screen)
  const { tab = panes.tab, focus = 'main' } = target
  const over = target.over === undefined ? (target.tab === undefined ? panes.over : []) : [...panes.over, target.over]
  return { ...withPanes(leave(state), { tab, over }), focus }
}

/** One level back, or undefined where there is none. Only places go back: readings and results stay. */
export function goBack(state: State): State | undefined {
  const place = state.trail.at(-1)
  if (place === undefined) return undefined
  const { serving, tour, marks, plan, beside, browse, referrers, manifests, compare, story, preview } = state.slices
  const slices = { ...place.slices, serving, tour, marks, plan, beside, browse, referrers, manifests, compare, story, preview }
  const { tab, over, focus, cursors } = place
  return { ...withPanes(state, { tab, over }), focus, cursors, slices, trail: state.trail.slice(0, -1) }
}
