import { bindingFor, keyLabel, movedBinding } from '../keys/key-map.ts'
import type { Action } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import { IMAGE_IDS, type ImageId, waitingLayers } from '../model/open-image.ts'
import { isSameSubject, type PreviewSubject } from '../model/preview.ts'
import { atStart, focusedView, imageOf, type State, type Step, withSlice } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import { showSubject } from '../preview/preview-content.ts'
import { pauseReading } from '../reading/held-layers.ts'
import { runCommand } from './command.ts'
import { placeOf } from './context-place.ts'
import { dialogKey, dialogPaste } from './dialog-key.ts'
import { isPreviewShown } from './footer.ts'
import { rowUnder } from './given.ts'
import { guardedStep } from './guards.ts'
import { onMouse } from './mouse.ts'
import { receive } from './receive.ts'
import { followTour } from './tour.ts'
import { contextsOf, VIEWS } from './views.ts'

/** The next state and its effects: the whole program as a function. Nothing else makes a new state. */
export function update(state: State, action: Action): Step<Effect> {
  const [after, effects] = guardedStep(state, followCursor(state, followReading(state, next(state, action))))
  return [after.slices.tour === undefined ? after : followTour(after, after.slices.tour), effects]
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
    case 'ground':
      return [action.light === state.light ? state : { ...state, light: action.light }, []]
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
  if (binding === undefined) return tellMoved(state, key)
  const step = runCommand(state, binding.command, undefined)
  return ASKING.has(key) && step[0] === state && step[1].length === 0
    ? note(state, `${keyLabel(key, state.settings.ascii)} has nothing to do here.`)
    : step
}

/** Keys that are pressed for an answer: where there is none they say so, whereas a motion at the end of a list need not. */
const ASKING: ReadonlySet<string> = new Set(['enter', 'space'])

/** A key of 0.1 that does nothing any more says which one does it now. */
function tellMoved(state: State, key: string): Step<Effect> {
  const moved = movedBinding(state.keys, contextsOf(state), key)
  if (moved === undefined) return tellElsewhere(state, key)
  const [now] = moved.keys
  const { ascii } = state.settings
  return note(
    state,
    `${moved.help}: ${now === undefined ? 'in the menu of e and by its name after :' : keyLabel(now, ascii)} does that now.`,
  )
}

/** A key without a use here says where it has one: silence looks like a key that was lost. */
function tellElsewhere(state: State, key: string): Step<Effect> {
  if (state.screen.kind !== 'image') return [state, []]
  const { ascii } = state.settings
  const shown = keyLabel(key, ascii)
  const elsewhere = state.keys.find(({ keys, context }) => keys.includes(key) && context !== 'start' && context !== 'browse')
  if (elsewhere !== undefined) {
    const [said = ''] = elsewhere.help.split(/[:;]/)
    return note(state, `${shown} does nothing here; ${placeOf(elsewhere.context)} it does this: ${said}.`)
  }
  const help = state.keys.find(({ command }) => command === 'help')?.keys[0]
  return note(state, `${shown} does nothing here${help === undefined ? '' : `; ${keyLabel(help, ascii)} shows the keys`}.`)
}

/** Layers are read while their images are on the screen: leaving them for the start screen or for browsing cancels, coming back goes on. */
function followReading(before: State, step: Step<Effect>): Step<Effect> {
  const left = atStart(step[0])
  if (before.image === undefined || atStart(before) === left) return step
  return IMAGE_IDS.reduce<Step<Effect>>((now, id) => (left ? pauseReading(now, id) : goOnReading(now, id)), step)
}

function goOnReading([state, effects]: Step<Effect>, id: ImageId): Step<Effect> {
  const image = imageOf(state, id)
  const begun = effects.some(effect => effect.type === 'read-layers' && effect.image === id)
  const layers = image === undefined || begun ? [] : waitingLayers(image)
  return [state, layers.length === 0 ? effects : [...effects, { type: 'read-layers', image: id, layers }]]
}

/** A cursor rests after so long without another key: until then the preview stays as it is, which costs a slow line nothing. */
const REST_MILLISECONDS = 80

/**
 * The preview follows the cursor of the pane that has the focus, once it rests; the key that moves on cancels what was being
 * read. Going into the preview itself shows at once what the cursor was on.
 */
function followCursor(before: State, step: Step<Effect>): Step<Effect> {
  const [state] = step
  if (atStart(state) || state.image === undefined) return step
  if (state.focus === 'details') {
    const subject = before.focus === 'details' || atStart(before) ? undefined : subjectOf(before)
    return subject === undefined ? step : chain(step, next => showSubject(next, subject))
  }
  const wanted = isPreviewShown(state) ? subjectOf(state) : undefined
  const { preview } = state.slices
  if (wanted === undefined || isSameSubject(wanted, preview.wanted)) return step
  return chain(step, next => [
    withSlice(next, 'preview', { ...preview, wanted }),
    [
      { type: 'abort', key: 'read-file:preview' },
      { type: 'rest', milliseconds: REST_MILLISECONDS },
    ],
  ])
}

/** The subject under the cursor of the focused view; where it has none to look into, the layer under the cursor of the layers. */
function subjectOf(state: State): PreviewSubject | undefined {
  const id = focusedView(state)
  const own = VIEWS[id].previews?.(state, rowUnder(state, id))
  if (own !== undefined) return own
  const layer = selectedLayer(state)?.position
  return layer === undefined ? undefined : { kind: 'layer', layer }
}
