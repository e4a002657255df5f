import { settle } from '../../line/cursor.ts'
import { clickAt } from '../../line/line.ts'
import type { MouseEvent } from '../model/action.ts'
import type { Dialog } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { sheetRows } from '../model/layout.ts'
import type { State, Step } from '../model/state.ts'
import { chain } from '../model/step.ts'
import { chooseItem, closeDialog, dialogKey, runEntry } from './dialog-key.ts'
import { goToFound } from './file-finder.ts'
import { footerLines } from './footer.ts'
import { paletteEntries } from './palette.ts'

/** Rows of a sheet above its list: the title; with a field that takes text, the title and the field. */
const [TITLE_ROWS, FIELD_ROWS] = [1, 2]

/**
 * While a dialog is open: a click on one of its rows chooses it, one beside a list closes it as Esc does, the wheel moves in it. Text that
 * is typed is not lost to a click.
 */
export function mouseInDialog(state: State, event: MouseEvent): Step<Effect> {
  const { dialog, size } = state
  if (dialog === undefined) return [state, []]
  if (event.kind === 'wheel-up' || event.kind === 'wheel-down') return wheel(state, event.kind === 'wheel-up' ? 'up' : 'down')
  const footer = footerLines(state)
  const bottom = size.rows - footer.length
  if (event.row >= bottom)
    return clickAt(footer[event.row - bottom] ?? [], event.column) === undefined ? [state, []] : closeDialog(state)
  const row = event.row - (bottom - sheetRows(state))
  return row < 0 && dialog.type !== 'prompt' ? closeDialog(state) : choose(state, dialog, row, event.firstItem ?? 0)
}

/** Rows that a step of the wheel moves. */
const WHEEL_ROWS = 3

/** A choice takes its keys itself. */
function wheel(state: State, key: 'up' | 'down'): Step<Effect> {
  const steps = state.dialog?.type === 'choose' || state.dialog?.type === 'prompt' ? 0 : WHEEL_ROWS
  return Array.from({ length: steps }).reduce<Step<Effect>>(step => chain(step, next => dialogKey(next, key)), [state, []])
}

function choose(state: State, dialog: Dialog, row: number, first: number): Step<Effect> {
  switch (dialog.type) {
    case 'choose': {
      const index = (first + row - TITLE_ROWS) % dialog.items.length
      return row < TITLE_ROWS ? [state, []] : chooseItem(state, dialog.items[index])
    }
    case 'palette': {
      const entries = paletteEntries(state, dialog.field.text)
      const entry = entries[settle(dialog.cursor, entries.length, sheetRows(state) - FIELD_ROWS).top + row - FIELD_ROWS]
      return row < FIELD_ROWS || entry === undefined ? [state, []] : runEntry(state, entry)
    }
    case 'find-file': {
      const length = dialog.shown?.found.rows.length ?? 0
      const { top } = settle(dialog.cursor, length, sheetRows(state) - FIELD_ROWS)
      return row < FIELD_ROWS ? [state, []] : goToFound(state, dialog, top + row - FIELD_ROWS)
    }
    case 'help':
    case 'prompt':
      return [state, []]
  }
}
