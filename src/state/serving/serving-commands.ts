import { escapeText } from '../../escape.ts'
import { START } from '../../line/cursor.ts'
import type { Action } from '../model/action.ts'
import type { Comparable } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import { panesOf } from '../model/screen.ts'
import { type Serving, startServing, withRequests } from '../model/serving.ts'
import { atStart, type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { goBack, jumpTo } from '../model/trail.ts'

/** `@`: serves the place of an image as a registry on loopback and shows the page; a place that is served already is shown again. */
export function serve(state: State, chosen: Comparable | undefined): Step<Effect> {
  const { serving } = state.slices
  const wanted = chosen ?? serving
  if (wanted === undefined) return note(state, 'Put the cursor on an image of this machine: it is served as a registry.')
  const { reference, label } = wanted
  if (serving?.reference === reference) return [toPage(withSlice(state, 'serving', serving)), []]
  const begun = toPage(withSlice(state, 'serving', startServing(reference, label, undefined)))
  return [withCursor(begun, 'serve', START), [{ type: 'serve', tag: 'serve', reference }]]
}

function toPage(state: State): State {
  const { serving } = state.slices
  if (serving === undefined) return state
  if (atStart(state)) return withSlice(state, 'serving', { ...serving, on: 'start' })
  return panesOf(state.screen).over.at(-1) === 'serve' ? { ...state, focus: 'main' } : jumpTo(state, { over: 'serve' })
}

/** Leaves the page; clients are served on. */
export function leaveServing(state: State): Step<Effect> {
  const { serving } = state.slices
  const left = offPage(state)
  if (serving?.served === undefined) return left === undefined ? [state, []] : [left, []]
  return note(left ?? state, `Still serving ${serving.label} at ${serving.served.origin}; @ shows it, q there ends it.`)
}

/** Ends the registry and leaves the page. */
export function endServing(state: State): Step<Effect> {
  const ended = withSlice(offPage(state) ?? state, 'serving', undefined)
  return [ended, [{ type: 'abort', key: 'serve:serve' }]]
}

/** The state with the view below the page on the screen; undefined where the page is not on the screen. */
export function offPage(state: State): State | undefined {
  const { serving } = state.slices
  if (serving?.on === 'start' && atStart(state)) return withSlice(state, 'serving', { ...serving, on: undefined })
  return panesOf(state.screen).over.at(-1) === 'serve' ? goBack(state) : undefined
}

/** Takes what the registry tells. */
export function receiveServing(state: State, action: Action): Step<Effect> | undefined {
  const { serving } = state.slices
  if (serving === undefined) return undefined
  switch (action.type) {
    case 'serving':
      return begun(state, serving, action.served)
    case 'served':
      return [withSlice(state, 'serving', withRequests(serving, action.requests)), []]
    case 'failed':
      return action.tag === 'serve' ? [withSlice(offPage(state) ?? state, 'serving', undefined), []] : undefined
    default:
      return undefined
  }
}

function begun(state: State, serving: Serving, served: NonNullable<Serving['served']>): Step<Effect> {
  // Enter copies the first command at once.
  const next = withCursor(withSlice(state, 'serving', { ...serving, served }), 'serve', {
    index: Math.min(1, served.pulls.length),
    top: 0,
  })
  return served.warnings.length === 0 ? [next, []] : note(next, served.warnings.map(escapeText).join('  '))
}
