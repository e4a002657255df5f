import type { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Effect } from './effect.ts'
import type { State, Step } from './state.ts'

/** How long a note is shown. */
const NOTE_MILLISECONDS = 4000

/** `state` with a note on the bottom line, and its end. `text` is escaped already. */
export function note(state: State, text: string): Step<Effect> {
  return [{ ...state, message: { severity: 'info', text } }, [{ type: 'wait', milliseconds: NOTE_MILLISECONDS }]]
}

/** `state` with an error on the bottom line, until a key is pressed. */
export function complain(state: State, error: ImageError): Step<Effect> {
  const hint = error.hint === undefined ? {} : { hint: escapeText(error.hint) }
  return [{ ...state, message: { severity: 'error', text: escapeText(error.message), ...hint } }, []]
}

/** A step followed by another, with the effects of both. */
export function chain<Effect>([state, effects]: Step<Effect>, next: (state: State) => Step<Effect>): Step<Effect> {
  const [after, more] = next(state)
  return more.length === 0 ? [after, effects] : [after, [...effects, ...more]]
}
