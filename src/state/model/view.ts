import type { Line } from '../../line/line.ts'
import type { KeyContext } from '../keys/key-row.ts'
import type { Command } from '../keys/keys.ts'
import type { Action } from './action.ts'
import type { Comparable } from './compare.ts'
import type { MenuItem } from './dialog.ts'
import type { Effect } from './effect.ts'
import type { PreviewSubject } from './preview.ts'
import type { Rows } from './rows.ts'
import type { Slices } from './slices.ts'
import type { State, Step } from './state.ts'

/** The pane's title row: what it shows at the left, how much of it at the right. */
type Title = { readonly left: Line; readonly right: Line }

/** The arguments of a command. */
export type Given<Subject> = {
  /** From a menu, a prompt or a click; undefined from a key. */
  readonly argument: string | undefined
  /** The subject of the row under the cursor, as the row is drawn; undefined where the view has no rows. */
  readonly row: Subject | undefined
  readonly rows: Rows<Subject>
}

/** A cell of a row, counted from the row's left, and the cells that rows have. */
export type ClickedCell = { readonly index: number; readonly column: number; readonly width: number }

/** Runs a command; undefined leaves it to the shell. A method, so that the shell can hold views of all subjects. */
type Run<Subject> = { run(state: State, given: Given<Subject>): Step<Effect> | undefined }['run']

/** A handler for each of the view's `Own` commands, and for those of the shell that mean something else in it. */
type Commands<Own extends Command, Subject> = { readonly [Name in Own]: Run<Subject> } & {
  readonly [Name in Command]?: Run<Subject>
}

/** Commands that a view holds back or adds, wherever the user is, while work of its own is under way. */
export type Guard = {
  /** The slice that it is about: the guard is asked only about steps from or to a state that has it. */
  readonly slice?: keyof Slices
  /** Asked before every command: a step takes the command's place. */
  before?(state: State, command: Command): Step<Effect> | undefined
  /** May change the step of a command. */
  command?(before: State, step: Step<Effect>): Step<Effect>
  /** May change every step, of commands and of answers of the world. */
  step?(before: State, step: Step<Effect>): Step<Effect>
  /** The work that a person waits for, in words, as long as Esc cancels it: the end of the footer. */
  working?(state: State): string | undefined
}

/**
 * One view: a list of rows drawn from the state, and what its commands do. A value without state of its own: the shell
 * keeps its cursor (`state.cursors[id]`) and its rows. `Subject` is what a row is about, `Own` names the commands that the
 * key table has for it.
 */
export type View<Subject = unknown, Own extends Command = never> = {
  /** Word of the tab and the title: `files`. Lower case; the title row shows it in capitals. */
  readonly name: string
  /** Contexts of its keys, nearest first; `list`, `image` and `global` follow by themselves. */
  readonly contexts: readonly KeyContext[]
  title(state: State): Title
  /** The title where the pane is folded to that row: what the user would look for in it. */
  brief?(state: State): Title
  /** Lines between the title and the rows that do not scroll, in the cells that rows have. Their number depends on the image alone. */
  banner?(state: State, width: number): readonly Line[]
  /** Names of the columns, in the cells that rows have; a view without columns has none. */
  head?(state: State, width: number): Line
  /** Lines below the rows that do not scroll. Their number depends on the screen and on the kind of list, never on the cursor. */
  foot?(state: State, width: number): readonly Line[]
  /** Its rows, each line at most `width` cells. The shell draws the cursor's mark in a gutter of its own. */
  rows(state: State, width: number): Rows<Subject>
  /**
   * The parts of the state that rows and banner are made of: while all are the same the shell keeps those it has. Without it both
   * are made for every new state, which must be cheap then.
   */
  madeOf?(state: State): readonly unknown[]
  /** False when rows cannot be picked, only scrolled (documents): no cursor is drawn. */
  readonly picks: boolean
  /** True where its cursor is drawn only while it has the focus: it shows what another cursor is on. */
  readonly follows?: boolean
  /** Text for a view without rows: why, and what to do about it. */
  empty(state: State): string
  readonly commands: Commands<Own, Subject>
  readonly guard?: Guard
  /** Called for every action that comes back from the world, whether or not the view is on the screen. */
  receive?(state: State, action: Action): Step<Effect> | undefined
  /** Called after its cursor moved. */
  moved?(state: State): Step<Effect>
  /** Called for a click on a row, after a view that picks rows has picked it. */
  clicked?(state: State, at: ClickedCell): Step<Effect>
  /** Called when its tab was turned to. */
  shown?(state: State): Step<Effect>
  /** Called when Esc has come back to it: its slice lacks answers that came since it was left. */
  returned?(state: State): Step<Effect>
  /** Commands of its keys that would do nothing now, on the row under the cursor: the footer does not name them. */
  idle?(state: State, row: Subject | undefined): readonly Command[]
  /** The image in the row under the cursor that `=` takes; without it the image on the screen. */
  compares?(state: State, row: Subject | undefined): Comparable | undefined
  /** The thing under its cursor that the preview shows; without it the layer under the cursor of the layers. */
  previews?(state: State, row: Subject | undefined): PreviewSubject | undefined
  /** Choices of `y` for the row under the cursor, the most useful first. */
  copies?(state: State, row: Subject | undefined): readonly MenuItem[]
  /** Where the cursor is, for the breadcrumbs after the image's name: `layer 3`, `usr/lib`. Escaped. */
  crumbs?(state: State): readonly string[]
}
