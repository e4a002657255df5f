import type { Action } from '../model/action.ts'
import { type Effect, effectKey } from '../model/effect.ts'
import { bindingFor } from '../model/key-map.ts'
import { waitingLayers, withoutReading } from '../model/open-image.ts'
import type { State, Step } from '../model/state.ts'
import { runCommand } from './command.ts'
import { contextsOf } from './contexts.ts'
import { dialogKey, dialogPaste } from './dialog-key.ts'
import { guardedStep } from './guards.ts'
import { onMouse } from './mouse.ts'
import { receive } from './receive.ts'

/** What happens next: the whole program as a function. Nothing else makes a new state. */
export function update(state: State, action: Action): Step<Effect> {
  return guardedStep(state, followReading(state, next(state, action)))
}

function next(state: State, action: Action): Step<Effect> {
  switch (action.type) {
    case 'key':
      return onKey(state, action.key)
    case 'paste':
      return state.dialog === undefined ? [state, []] : dialogPaste(state, action.text)
    case 'mouse':
      return onMouse(state, action.event)
    case 'resize':
      return [{ ...state, size: { columns: action.columns, rows: action.rows } }, []]
    case 'command':
      return runCommand(state, action.command, action.argument)
    case 'chosen':
      return runCommand({ ...state, dialog: undefined }, action.command, action.argument)
    case 'expire':
      return [state.message?.severity === 'info' ? { ...state, message: undefined } : state, []]
    default:
      return receive(state, action)
  }
}

function onKey(before: State, key: string): Step<Effect> {
  const state = before.message?.severity === 'error' ? { ...before, message: undefined } : before
  if (state.dialog !== undefined) return dialogKey(state, key)
  const binding = bindingFor(state.keys, contextsOf(state), key)
  return binding === undefined ? [state, []] : runCommand(state, binding.command, undefined)
}

/** Layers are read while their image is on the screen: leaving it for the start screen or for browsing cancels, coming back goes on. */
function followReading(before: State, [state, effects]: Step<Effect>): Step<Effect> {
  const { image } = state
  if (image === undefined || before.image === undefined || before.choosing === state.choosing) return [state, effects]
  if (state.choosing) {
    const keys = ['read-layers', ...image.progress.map((_, layer) => effectKey({ type: 'read-layer', layer }))]
    const aborts = keys.map(key => ({ type: 'abort', key }) as const)
    return [{ ...state, image: withoutReading(image) }, [...effects, ...aborts]]
  }
  const begun = effects.some(({ type }) => type === 'read-layers')
  const layers = waitingLayers(image)
  return [state, begun || layers.length === 0 ? effects : [...effects, { type: 'read-layers', layers }]]
}
