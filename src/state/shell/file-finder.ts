import { move, START } from '../../line/cursor.ts'
import { pathAt } from '../../list/file-table.ts'
import { refreshFiles, revealPath } from '../files/files-refresh.ts'
import type { Action } from '../model/action.ts'
import type { Dialog, Field } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { EMPTY_FIELD, editField, typedInto } from '../model/field.ts'
import { sheetRows } from '../model/layout.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { chain } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'

type Finder = Extract<Dialog, { type: 'find-file' }>

/** Asks for letters of a path of the whole image, removed ones too, from wherever the user is. */
export function openFinder(state: State): Step<Effect> {
  return search({
    ...state,
    dialog: { type: 'find-file', field: EMPTY_FIELD, cursor: START, shown: undefined, isEntered: false },
  })
}

/** A key in the finder: Enter goes to the path, the arrows pick, everything else is typed. */
export function finderKey(state: State, dialog: Finder, key: string): Step<Effect> {
  if (key === 'enter') {
    const isFound = dialog.shown?.found.text === dialog.field.text
    return isFound ? goToFound(state, dialog, dialog.cursor.index) : [{ ...state, dialog: { ...dialog, isEntered: true } }, []]
  }
  const motion = PICKING[key]
  if (motion !== undefined) {
    const cursor = move(dialog.cursor, motion, dialog.shown?.found.rows.length ?? 0, finderHeight(state))
    return [{ ...state, dialog: { ...dialog, cursor } }, []]
  }
  const field = editField(dialog.field, key) ?? typedInto(dialog.field, key)
  return field === undefined ? [state, []] : typeInFinder(state, dialog, field)
}

/** Keys that move the cursor of a list below a field. */
export const PICKING: Readonly<Record<string, 'up' | 'down' | 'page-up' | 'page-down'>> = {
  up: 'up',
  down: 'down',
  'ctrl-n': 'down',
  'ctrl-p': 'up',
  pageup: 'page-up',
  pagedown: 'page-down',
}

/** The changed text is looked for at once; paths of the text before stay on the screen meanwhile. */
export function typeInFinder(state: State, dialog: Finder, field: Field): Step<Effect> {
  const changed = { ...state, dialog: { ...dialog, field, cursor: START, isEntered: false } }
  return field.text === dialog.field.text ? [{ ...state, dialog: { ...dialog, field } }, []] : search(changed)
}

/** Paths that were found, or more layers to look in. */
export function receiveInFinder(state: State, action: Action): Step<Effect> {
  const { dialog } = state
  if (dialog?.type !== 'find-file') return [state, []]
  if (action.type === 'analysed' && action.id === 'shown') return search(state)
  if (action.type !== 'computed' || action.answer.kind !== 'paths') return [state, []]
  const { stack, found } = action.answer
  if (found.text !== dialog.field.text) return [state, []]
  const next: Finder = { ...dialog, shown: { stack, found }, isEntered: false }
  return dialog.isEntered && found.rows.length > 0 ? goToFound(state, next, 0) : [{ ...state, dialog: next }, []]
}

/** Ends the search of a finder that closes. */
export const STOP_FINDING: Effect = { type: 'abort', key: 'compute:paths' }

/** Rows of paths that are on the screen: all of the sheet but its title and its field. */
export function finderHeight(state: State): number {
  return Math.max(1, sheetRows(state) - 2)
}

function search(state: State): Step<Effect> {
  const { dialog, image, slices } = state
  const stack = image?.analysis?.stack
  if (dialog?.type !== 'find-file' || stack === undefined) return [state, []]
  const { shown } = slices.files
  const known = shown?.stack === stack && shown.table.scope.kind === 'image' ? shown.table : undefined
  const table = dialog.shown?.stack === stack ? dialog.shown.found.table : known
  return [state, [{ type: 'compute', tag: 'paths', job: { kind: 'paths', stack, table, text: dialog.field.text } }]]
}

/** Closes the finder and shows one of its paths in the tree of the whole image; Esc comes back to where the user was. */
export function goToFound(state: State, { shown }: Finder, index: number): Step<Effect> {
  const row = shown?.found.rows[index]
  if (shown === undefined || row === undefined) return [state, []]
  const jumped = jumpTo({ ...state, dialog: undefined }, { tab: 'files' })
  const files = { ...jumped.slices.files, scope: 'image', filter: undefined, search: undefined, hideUnchanged: false } as const
  const revealed = revealPath(withSlice(jumped, 'files', files), pathAt(shown.found.table, row))
  // A list that left out what did not change is made anew, even where it has the path.
  const [next, effects] = state.slices.files.hideUnchanged ? chain(revealed, refreshFiles) : revealed
  return [next, [STOP_FINDING, ...effects]]
}
