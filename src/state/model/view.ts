import type { Line } from '../../line/line.ts'
import type { Action } from './action.ts'
import type { Choice } from './dialog.ts'
import type { Effect } from './effect.ts'
import type { Context } from './keys.ts'
import type { State, Step } from './state.ts'

/** What a view gives the pane's title row: what it shows at the left, how much of it at the right. */
type Title = { readonly left: Line; readonly right: Line }

/**
 * What one view is: a list of rows drawn from the state, and what its commands do. A value without state of its own;
 * the shell keeps its cursor (`state.cursors[id]`) and calls `rows` for the window that is on the screen only.
 */
export type View = {
  /** Word of the tab and the title: `files`. Lower case; the title row shows it in capitals. */
  readonly name: string
  /** Contexts of its keys, nearest first; `list`, `image` and `global` follow by themselves. */
  readonly contexts: readonly Context[]
  title(state: State): Title
  /** The title where the pane is folded to that row: what the user would look for in it. */
  brief?(state: State): Title
  /** Names of the columns, in the cells that rows have; a view without columns has none. */
  head?(state: State, width: number): Line
  /** Number of rows. Called on every key: it must be cheap. */
  length(state: State, width: number): number
  /** Rows `from` until `to`, each at most `width` cells. The shell draws the cursor's mark in a gutter of its own. */
  rows(state: State, from: number, to: number, width: number): readonly Line[]
  /** False when rows cannot be picked, only scrolled (documents): no cursor is drawn. */
  readonly picks: boolean
  /** What to show when there is no row: why, and what to do about it. */
  empty(state: State): string
  /** The commands of its own keys; undefined leaves the command to the shell. */
  update?(state: State, command: string, argument: string | undefined): Step<Effect> | undefined
  /** Called for every action that comes back from the world, whether or not the view is on the screen. */
  receive?(state: State, action: Action): Step<Effect> | undefined
  /** Called after its cursor moved. */
  moved?(state: State): Step<Effect>
  /** Called when its tab was turned to. */
  shown?(state: State): Step<Effect>
  /** Called when Esc has come back to it: what was learnt since it was left is not in its slice. */
  returned?(state: State): Step<Effect>
  /** A click on a cell of row `index`, base 0 from the left of its row; the cursor is on the row already. */
  clicked?(state: State, index: number, column: number): Step<Effect>
  /** Commands of its keys that would do nothing now: the footer does not name them. */
  idle?(state: State): readonly string[]
  /** What `y` offers here, the most useful first. */
  copies?(state: State): readonly Choice[]
  /** Where the cursor is, for the breadcrumbs after the image's name: `layer 3`, `usr/lib`. Escaped. */
  crumbs?(state: State): readonly string[]
}
