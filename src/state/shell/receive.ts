import { escapeText } from '../../escape.ts'
import { NO_PACE } from '../../format/pace.ts'
import { START } from '../../line/cursor.ts'
import type { WorldAction } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import { complain, note } from '../model/note.ts'
import { type LayerProgress, type OpenImage, waitingLayers, withBytes } from '../model/open-image.ts'
import { FIRST_SLICES, type Slices } from '../model/slices.ts'
import type { State, Step } from '../model/state.ts'
import { then } from '../model/then.ts'
import { eachView } from '../model/view-id.ts'
import { chooseImage, choosePlatform } from './image-choices.ts'
import { VIEWS } from './views.ts'

/** What comes back from the world: the shell's part, then every view's. */
export function receive(state: State, action: WorldAction): Step<Effect> {
  return Object.values(VIEWS).reduce<Step<Effect>>(
    (step, view) => then(step, next => view.receive?.(next, action) ?? [next, []]),
    shellReceive(state, action),
  )
}

function shellReceive(state: State, action: WorldAction): Step<Effect> {
  switch (action.type) {
    case 'opened':
      return opened(state, action)
    case 'layer-progress':
      // What was left is not read any more: this is the last that was on its way.
      return [state.choosing ? state : withImage(state, image => withBytes(image, action.at, action.layers)), []]
    case 'layer-read':
      return [progress(state, action.layer, { status: 'read', reading: action.reading }), []]
    case 'layer-failed':
      return complain(progress(state, action.layer, { status: 'failed', error: action.error }), action.error)
    case 'analysed':
      return [withImage(state, image => ({ ...image, analysis: action.analysis })), []]
    case 'done':
      return note(state, action.text)
    case 'failed':
      return failed(state, action)
    default:
      return [state, []]
  }
}

/** What the command line asked for and cannot be opened ends the program; later failures are told. */
function failed(state: State, { tag, error }: Extract<WorldAction, { type: 'failed' }>): Step<Effect> {
  // A dry run that fails is told in the plan itself.
  if (tag === 'measure') return [state, []]
  if (tag !== 'open') return complain(state, error)
  if (state.only) return [state, [{ type: 'quit', error }]]
  return complain({ ...state, opening: undefined }, error)
}

/** A new image starts with fresh places; what was typed into the start screen stays. */
function opened(state: State, action: Extract<WorldAction, { type: 'opened' }>): Step<Effect> {
  const image: OpenImage = {
    source: action.reference,
    reference: escapeText(action.reference),
    nodes: action.nodes,
    image: action.image,
    progress: action.image.layers.map(() => ({ status: 'waiting' })),
    pace: NO_PACE,
    analysis: undefined,
    diagnostics: action.image.diagnostics,
    remote: action.remote,
  }
  const fresh: State = {
    ...state,
    image,
    choosing: false,
    opening: undefined,
    over: [],
    trail: [],
    only: false,
    dialog: undefined,
    cursors: { ...eachView(() => START), start: state.cursors.start, browse: state.cursors.browse },
    slices: { ...FIRST_SLICES, ...keptSlices(state, action) },
  }
  const shown: State = action.offer === 'artifact' ? { ...fresh, tab: 'index', focus: 'main' } : fresh
  const asked =
    action.offer === 'image' ? chooseImage(shown) : action.offer === 'platform' ? choosePlatform(shown) : ([shown, []] as const)
  return then<Effect>(asked, next => withNotices(next, action.notices))
}

/** Lists stay, and where the original of a rebuild is come back to, so does what was planned for it. */
function keptSlices({ slices }: State, { reference, image }: Extract<WorldAction, { type: 'opened' }>): Partial<Slices> {
  const { start, browse, beside } = slices
  const original = beside?.original
  const isBack = original?.reference === reference && original.digest === image.descriptor.digest
  return { start, browse, beside, ...(isBack && beside?.planned) }
}

function withNotices(state: State, notices: readonly string[]): Step<Effect> {
  const reading: Effect = { type: 'read-layers', layers: state.image === undefined ? [] : waitingLayers(state.image) }
  if (notices.length === 0) return [state, [reading]]
  const [next, effects] = note(state, notices.join('  '))
  return [next, [reading, ...effects]]
}

function progress(state: State, layer: number, now: LayerProgress): State {
  return withImage(state, image => ({ ...image, progress: image.progress.with(layer, now) }))
}

function withImage(state: State, change: (image: OpenImage) => OpenImage): State {
  return state.image === undefined ? state : { ...state, image: change(state.image) }
}
