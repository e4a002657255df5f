/**
 * The running program: a state, `update`, and a performer, outside React (useSyncExternalStore subscribes). CONTRIBUTING.md says
 * how a pane is added.
 */
import type { Action } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import type { State } from '../model/state.ts'
import { update } from '../shell/update.ts'
import { createPerformer } from './perform.ts'
import type { World } from './world.ts'

export type Program = {
  state(): State
  dispatch(action: Action): void
  /** Called after the state changed, at most once a turn of the event loop. Returns the way to stop. */
  subscribe(listener: () => void): () => void
  /** Aborts what is running and closes the image. */
  close(): Promise<void>
}

/**
 * Starts the program: `first` and what to do first. `schedule` decides when subscribers hear of a change (the paint
 * gate holds it back on a slow link); the state itself changes at once, so that no key is lost.
 */
export function createProgram(
  world: World,
  first: State,
  effects: readonly Effect[] = [],
  schedule: (notify: () => void) => void = setImmediate,
): Program {
  let state = first
  let pending = false
  const listeners = new Set<() => void>()
  const notify = () => {
    pending = false
    for (const listener of listeners) listener()
  }
  const dispatch = (action: Action): void => {
    const [next, todo] = update(state, action)
    const changed = next !== state
    state = next
    for (const effect of todo) performer.perform(effect)
    if (!changed || pending) return
    pending = true
    schedule(notify)
  }
  const performer = createPerformer(world, dispatch)
  for (const effect of effects) performer.perform(effect)
  return {
    state: () => state,
    dispatch,
    subscribe: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => performer.close(),
  }
}
