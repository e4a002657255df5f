import type { Place, State } from './state.ts'
import type { OverId, PaneId, TabId } from './view-id.ts'

/** Places remembered; older ones are forgotten. */
const LONGEST = 50

/** `state` with the present place remembered, so that Esc comes back to it. Call before a jump to another view. */
function leave(state: State): State {
  const { focus, tab, over, cursors, slices } = state
  const place: Place = { focus, tab, over, cursors, slices }
  return { ...state, trail: [...state.trail.slice(1 - LONGEST), place] }
}

/** A jump to a view: remembers where it came from. */
export function jumpTo(state: State, target: { tab?: TabId; over?: OverId; focus?: PaneId }): State {
  const { tab = state.tab, focus = 'main' } = target
  const over = target.over === undefined ? (target.tab === undefined ? state.over : []) : [...state.over, target.over]
  return { ...leave(state), tab, over, focus }
}

/** One level back, or undefined where there is none. What has been learnt since stays; only places go back. */
export function goBack(state: State): State | undefined {
  const place = state.trail.at(-1)
  if (place === undefined) return undefined
  const { marks, plan, beside, browse, referrers, manifests } = state.slices
  const slices = { ...place.slices, marks, plan, beside, browse, referrers, manifests }
  return { ...state, ...place, slices, trail: state.trail.slice(0, -1) }
}
