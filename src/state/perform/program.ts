/**
 * The running program: a state, `update`, and a performer, outside React (useSyncExternalStore subscribes).
 *
 * How to add a view
 *
 * 1. Its id is in view-id.ts: a tab of the right pane, or an "over" opened on top of one (`jumpTo(state, {over})`,
 *    left with Esc).
 * 2. Its own state, if it has any beyond a cursor, is a slice: a type, a first value and pure functions over it in
 *    `<name>.ts`, which does not import state.ts; listed in slices.ts; changed with `withSlice`.
 * 3. `<name>-view.ts` exports a `View` (view.ts): how many rows, rows `from`…`to` as spans with roles (line.ts), what
 *    its commands do. The shell draws the title, the cursor's mark and the window, moves the cursor, scrolls, and calls
 *    `rows` for what is visible only. Texts from the image are escaped before they become a span.
 * 4. Its keys are rows of the one table in keys.ts, with the view's id as context; `update(state, command)` answers
 *    them. Footer, help, palette and README follow.
 * 5. Put it in views.ts.
 *
 * Something asynchronous is an `Effect` with a `tag`; its answer (`content`, `done`, `failed`) comes to every view's
 * `receive`. A line of typed text is a `prompt` dialog whose command gets the text as its argument (`live`: on every
 * change). A small choice is a `choose` dialog whose items are commands with arguments.
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
