import { atStart, focusedView, type State } from '../state.ts'
import { VIEWS } from '../views.ts'
import type { Context } from './keys.ts'

/** Where keys are looked up now, nearest first. */
export function contextsOf(state: State): readonly Context[] {
  const view = VIEWS[focusedView(state)]
  return [...view.contexts, 'list', ...(atStart(state) ? [] : (['image'] as const)), 'global']
}
