import { escapeText } from '../../escape.ts'
import type { Effect } from '../model/effect.ts'
import { opens, type State, type Step } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import { figuresText } from './plan-receive.ts'

/** The other one of an image and what was made of it. */
export function openBeside(state: State): Step<Effect> {
  const { beside } = state.slices
  if (beside === undefined || state.image === undefined)
    return note(state, 'Nothing squashed yet: s plans a squash, ⏎ there writes it.')
  const { original, result } = beside
  const next = state.image.image.descriptor.digest === original.digest ? result : original
  const text = `${figuresText(beside)}. B: ${next === result ? 'the original' : 'what was squashed'}.`
  return chain(note(state, text), each => [opens(each, escapeText(next.reference)), [{ type: 'open', image: 'shown', ...next }]])
}
