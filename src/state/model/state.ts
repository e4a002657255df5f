import type { Cursor } from '../../line/cursor.ts'
import type { KeyTable } from '../keys/keys.ts'
import type { OverId, PaneId, TabId, ViewId } from '../keys/view-id.ts'
import type { Dialog } from './dialog.ts'
import type { ImageId, OpenImage } from './open-image.ts'
import { type ImageScreen, panesOf, type Screen, withOpening } from './screen.ts'
import type { Settings } from './settings.ts'
import type { Slices } from './slices.ts'

export type Size = { readonly columns: number; readonly rows: number }

/** Where a person was before a jump; Esc goes back there. `slices` are the views' own places of that moment. */
export type TrailStop = {
  readonly focus: PaneId
  readonly tab: TabId
  readonly over: readonly OverId[]
  readonly cursors: Cursors
  readonly slices: Slices
}

type Cursors = { readonly [Id in ViewId]: Cursor }

/** All that the screen is drawn from. Immutable; only `update` makes a new one. */
export type State = {
  readonly size: Size
  /** The image that was opened last; still there on a start screen that Esc leaves. */
  readonly image: OpenImage | undefined
  /** The image that the one on the screen is compared with; open only beside it. */
  readonly compared: OpenImage | undefined
  /** `image` only where one is open. */
  readonly screen: Screen
  readonly focus: PaneId
  readonly trail: readonly TrailStop[]
  readonly cursors: Cursors
  readonly slices: Slices
  readonly dialog: Dialog | undefined
  readonly message: Message | undefined
  readonly settings: Settings
  /** Whether the ground of the terminal is light; undefined where it does not say. */
  readonly light: boolean | undefined
  readonly keys: KeyTable
}

/** A new state and what must be done in the world because of it. */
export type Step<Effect> = readonly [state: State, effects: readonly Effect[]]

/** Whether the start screen is shown and not an image. */
export function atStart(state: State): boolean {
  return state.screen.kind !== 'image'
}

/** An open image by its name. */
export function imageOf(state: State, id: ImageId): OpenImage | undefined {
  return id === 'shown' ? state.image : state.compared
}

/** `state` with one of the open images changed; without it the state stays. */
export function withOpenImage(state: State, id: ImageId, change: (image: OpenImage) => OpenImage): State {
  const image = imageOf(state, id)
  if (image === undefined) return state
  return id === 'shown' ? { ...state, image: change(image) } : { ...state, compared: change(image) }
}

/** `state` with the image's panes on the screen, changed. */
export function withPanes(state: State, change: Partial<Omit<ImageScreen, 'kind'>>): State {
  return { ...state, screen: { ...panesOf(state.screen), ...change } }
}

/** `state` while `opening` is being opened. */
export function opens(state: State, opening: string | undefined): State {
  return { ...state, screen: withOpening(state.screen, opening) }
}

/** The view that a pane shows now. */
export function viewIn(state: State, pane: PaneId): ViewId {
  if (atStart(state)) {
    if (state.slices.serving?.on === 'start') return 'serve'
    if (state.slices.shared.page?.on === 'start') return 'shared'
    return state.slices.browse.length === 0 ? 'start' : 'browse'
  }
  if (pane !== 'main') return pane
  const { over, tab } = panesOf(state.screen)
  return over.at(-1) ?? tab
}

/** `state` with the cursor of a view elsewhere. */
export function withCursor(state: State, id: ViewId, cursor: Cursor): State {
  return { ...state, cursors: { ...state.cursors, [id]: cursor } }
}

/** `state` with one view's slice replaced. */
export function withSlice<Id extends keyof Slices>(state: State, id: Id, slice: Slices[Id]): State {
  return { ...state, slices: { ...state.slices, [id]: slice } }
}

/** The view that keys go to. */
export function focusedView(state: State): ViewId {
  return viewIn(state, state.focus)
}

/** One line at the bottom. Notes expire; errors stay until a key is pressed. */
type Message = {
  readonly severity: 'info' | 'error'
  /** Escaped. */
  readonly text: string
  /** The way to go on after an error; escaped. */
  readonly hint?: string
}
