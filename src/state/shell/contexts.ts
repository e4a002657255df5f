import type { Context } from '../model/keys.ts'
import { atStart, focusedView, type State } from '../model/state.ts'
import { VIEWS } from './views.ts'

/** Where keys are looked up now, nearest first. */
export function contextsOf(state: State): readonly Context[] {
  const view = VIEWS[focusedView(state)]
  return [...view.contexts, 'list', ...(atStart(state) ? [] : (['image'] as const)), 'global']
}
