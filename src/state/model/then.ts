import type { State, Step } from './state.ts'

/** A step followed by another, with the effects of both. */
export function then<Effect>([state, effects]: Step<Effect>, next: (state: State) => Step<Effect>): Step<Effect> {
  const [after, more] = next(state)
  return more.length === 0 ? [after, effects] : [after, [...effects, ...more]]
}
