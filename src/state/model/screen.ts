import type { OverId, TabId } from '../keys/view-id.ts'

/** The panes of the open image: the tab of the right one, what is opened on top of it, and whether one pane has all of the screen. */
export type ImageScreen = {
  readonly kind: 'image'
  readonly tab: TabId
  /** Views opened on top of the tab; the last one is shown. */
  readonly over: readonly OverId[]
  readonly zoom: boolean
  /** It was opened from the start screen or from what was browsed there: Esc leaves it for that. */
  readonly overStart: boolean
  /** The reference that is being opened in its place, escaped. */
  readonly opening: string | undefined
}

/** The contents of the screen. */
export type Screen =
  | ImageScreen
  /** Images that can be opened, or the names of what is browsed. `behind` is the image's screen that Esc goes back to. */
  | { readonly kind: 'start'; readonly opening: string | undefined; readonly behind: ImageScreen | undefined }
  /** Nothing else was asked for than what is being opened: when that fails, the program ends. */
  | { readonly kind: 'opening'; readonly opening: string }

/** An image that has just been opened. */
const FIRST_IMAGE: ImageScreen = { kind: 'image', tab: 'story', over: [], zoom: false, overStart: false, opening: undefined }

/** The image's panes, as they are or as they will be when the start screen is left. */
export function panesOf(screen: Screen): ImageScreen {
  if (screen.kind === 'image') return screen
  return (screen.kind === 'start' ? screen.behind : undefined) ?? { ...FIRST_IMAGE, overStart: screen.kind === 'start' }
}

/** The start screen, from which Esc goes back to the image of `screen`. */
export function startFrom(screen: Screen): Screen {
  if (screen.kind !== 'image') return screen
  return { kind: 'start', opening: screen.opening, behind: { ...screen, zoom: false } }
}

/** The start screen, or what was browsed there, once the image that was opened from it is left. */
export function startBelow({ opening }: ImageScreen): Screen {
  return { kind: 'start', opening, behind: undefined }
}

/** `screen` while `opening` is being opened; undefined: nothing is, or not any more. */
export function withOpening(screen: Screen, opening: string | undefined): Screen {
  return screen.kind === 'opening' ? { kind: 'start', opening, behind: undefined } : { ...screen, opening }
}
