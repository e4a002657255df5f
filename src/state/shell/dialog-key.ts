import { completeFilter } from '../../filter/filter-field.ts'
import { move, START } from '../../line/cursor.ts'
import type { Dialog, Field, MenuItem, PageDialog, PromptDialog } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { editField, fieldOf, insert, typedInto } from '../model/field.ts'
import type { State, Step } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import { runCommand } from './command.ts'
import { finderKey, PICKING, STOP_FINDING, typeInFinder } from './file-finder.ts'
import { pageLines } from './pages.ts'
import { type PaletteEntry, paletteEntries, readyFor } from './palette.ts'

/**
 * Answers a key while a dialog is open. Esc closes, Ctrl-C quits. The keys that move in a choice never come here: they go to
 * ink-select-input (tui/dialog.tsx). Digits do: to it they count what it shows, on the screen they are those of the items.
 */
export function dialogKey(state: State, key: string): Step<Effect> {
  const { dialog } = state
  if (dialog === undefined) return [state, []]
  if (key === 'ctrl-c') return [state, [{ type: 'quit' }]]
  if (key === 'ctrl-l') return [state, [{ type: 'repaint' }]]
  if (key === 'ctrl-z') return [state, [{ type: 'suspend' }]]
  if (key === 'escape') return closeDialog(state)
  switch (dialog.type) {
    case 'choose':
      return key === 'q' ? closeDialog(state) : chooseItem(state, dialog.items[Number(key) - 1])
    case 'help':
      return pageKey(state, dialog, key)
    case 'palette':
      return paletteKey(state, dialog, key)
    case 'find-file':
      return finderKey(state, dialog, key)
    case 'prompt':
      return promptKey(state, dialog, key)
  }
}

/** Closes the choice and does what an item of it says. */
export function chooseItem(state: State, item: MenuItem | undefined): Step<Effect> {
  return item === undefined ? [state, []] : runCommand({ ...state, dialog: undefined }, item.command, item.argument)
}

/** Pasted text goes into the field that is open. */
export function dialogPaste(state: State, text: string): Step<Effect> {
  const { dialog } = state
  if (dialog?.type === 'palette') return typed(state, dialog, insert(dialog.field, text))
  if (dialog?.type === 'find-file') return typeInFinder(state, dialog, insert(dialog.field, text))
  if (dialog?.type === 'prompt') return edited(state, dialog, insert(dialog.field, text))
  return [state, []]
}

/** Closes the dialog; a prompt's `cancel` is run. */
export function closeDialog(state: State): Step<Effect> {
  const closed = { ...state, dialog: undefined }
  if (state.dialog?.type === 'find-file') return [closed, [STOP_FINDING]]
  if (state.dialog?.type !== 'prompt' || state.dialog.cancel === undefined) return [closed, []]
  return runCommand(closed, state.dialog.cancel, undefined)
}

type Of<Type> = Extract<Dialog, { type: Type }>

function pageKey(state: State, dialog: PageDialog, key: string): Step<Effect> {
  if (key === 'q' || key === '?' || key === 'enter') return closeDialog(state)
  const height = Math.max(1, state.size.rows - 3)
  const last = Math.max(0, pageLines(state, dialog, state.size.columns).length - height)
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -height,
    'ctrl-b': -height,
    pagedown: height,
    'ctrl-f': height,
    space: height,
    home: -last,
    g: -last,
    end: last,
    G: last,
  }
  const top = Math.max(0, Math.min(last, dialog.top + (steps[key] ?? 0)))
  return [{ ...state, dialog: { ...dialog, top } }, []]
}

function paletteKey(state: State, dialog: Of<'palette'>, key: string): Step<Effect> {
  const entries = paletteEntries(state, dialog.field.text)
  const height = Math.max(1, state.size.rows - 4)
  if (key === 'enter') {
    const chosen = entries[dialog.cursor.index]
    return chosen === undefined ? [state, []] : runEntry(state, chosen)
  }
  const motion = PICKING[key]
  if (motion !== undefined) {
    return [{ ...state, dialog: { ...dialog, cursor: move(dialog.cursor, motion, entries.length, height) } }, []]
  }
  const field = editField(dialog.field, key) ?? typedInto(dialog.field, key)
  return field === undefined ? [state, []] : typed(state, dialog, field)
}

/** Closes the palette and does what an entry says, or tells why it cannot be done now. */
export function runEntry(state: State, entry: PaletteEntry): Step<Effect> {
  const closed = { ...state, dialog: undefined }
  if (entry.reason !== undefined) return note(closed, `That can be done ${entry.reason}.`)
  return runCommand(readyFor(closed, entry), entry.command, entry.argument)
}

function typed(state: State, dialog: Of<'palette'>, field: Field): Step<Effect> {
  return [{ ...state, dialog: { ...dialog, field, cursor: START } }, []]
}

function promptKey(state: State, dialog: PromptDialog, key: string): Step<Effect> {
  if (key === 'enter') {
    // A wrong text stays on the screen until it is right or given up.
    if (dialog.error !== undefined) return [state, []]
    return runCommand({ ...state, dialog: undefined }, dialog.command, dialog.field.text)
  }
  const by = (dialog.completes === 'place' ? HISTORY_STEPS[key] : undefined) ?? OFFER_STEPS[key]
  if (by !== undefined) return nextOffer(state, dialog, by)
  const field = editField(dialog.field, key) ?? typedInto(dialog.field, key)
  return field === undefined ? [state, []] : edited(state, dialog, field)
}

const OFFER_STEPS: Readonly<Record<string, number>> = { tab: 1, down: 1, 'shift-tab': -1, up: -1 }

/** Up goes to what was opened earlier, as in a shell. */
const HISTORY_STEPS: Readonly<Record<string, number>> = { up: 1, down: -1 }

/** Walks through what is offered; the only one there is counts as typed, so that a directory goes on with what is in it. */
function nextOffer(state: State, dialog: PromptDialog, by: number): Step<Effect> {
  const { offers = [], offered } = dialog
  const at = ((offered ?? (by > 0 ? -1 : 0)) + by + offers.length) % Math.max(1, offers.length)
  const offer = offers[at]
  if (offer === undefined) return [state, []]
  if (offers.length === 1) return edited(state, dialog, fieldOf(offer))
  return [{ ...state, dialog: { ...dialog, field: fieldOf(offer), offered: at } }, []]
}

/** The changed text goes to the command at once when the prompt is live; the command may set `error`. */
function edited(state: State, dialog: PromptDialog, field: Field): Step<Effect> {
  const { error: _, offered: __, ...rest } = dialog
  const offers = dialog.completes === 'filter' ? { offers: completeFilter(field.text) } : {}
  const next = { ...state, dialog: { ...rest, ...offers, field } }
  if (field.text === dialog.field.text) return [next, []]
  if (dialog.completes === 'place') {
    const { offers: ___, ...typing } = next.dialog
    return [{ ...state, dialog: typing }, [{ type: 'complete', text: field.text, of: 'place' }]]
  }
  return dialog.live ? chain<Effect>([next, []], each => runCommand(each, dialog.command, field.text)) : [next, []]
}
