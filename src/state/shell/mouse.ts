import { scroll, settle } from '../../line/cursor.ts'
import { clickAt, type Line } from '../../line/line.ts'
import { bindingFor } from '../keys/key-map.ts'
import { type Command, isCommand } from '../keys/keys.ts'
import type { MouseEvent } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import { GUTTER, type PaneArea, paneAt, rowWidth } from '../model/layout.ts'
import { atStart, focusedView, type State, type Step, viewIn, withCursor } from '../model/state.ts'
import { chain } from '../model/step.ts'
import { listSize, moveFocused, runCommand } from './command.ts'
import { mouseInDialog } from './dialog-mouse.ts'
import { footerLines } from './footer.ts'
import { shownRows } from './given.ts'
import { layout, topLines } from './pane.ts'
import { tabBarLine } from './tab-bar.ts'
import { contextsOf, VIEWS } from './views.ts'

const WHEEL_ROWS = 3

/**
 * The wheel scrolls the pane under the pointer, a click focuses and picks, a double click does what Enter does. Names of tabs
 * and columns, triangles and hints of the footer that can be clicked say so in their spans.
 */
export function onMouse(state: State, event: MouseEvent): Step<Effect> {
  const isWheel = event.kind === 'wheel-up' || event.kind === 'wheel-down'
  if (state.dialog !== undefined && !(state.dialog.type === 'prompt' && isWheel)) return mouseInDialog(state, event)
  const footer = footerLines(state)
  const inFooter = footer[event.row - state.size.rows + footer.length]
  if (inFooter !== undefined) return isPress(event) ? clickSpan(state, inFooter, event.column) : [state, []]
  if (event.row === 1 && !atStart(state)) return isPress(event) ? clickSpan(state, tabBarLine(state), event.column) : [state, []]
  const area = paneAt(layout(state), event.column, event.row)
  if (area === undefined) return [state, []]
  if (event.kind === 'wheel-up') return wheel(state, area, -WHEEL_ROWS)
  if (event.kind === 'wheel-down') return wheel(state, area, WHEEL_ROWS)
  return click(state, area, event)
}

/** Twice in a row is two clicks. */
function isPress({ kind }: MouseEvent): boolean {
  return kind === 'press' || kind === 'double'
}

/** Scrolls without taking the focus: looking is not choosing. */
function wheel(state: State, area: PaneArea, rows: number): Step<Effect> {
  const there = { ...state, focus: area.pane }
  const [length, height] = listSize(there)
  const id = viewIn(state, area.pane)
  return [withCursor(state, id, scroll(settle(state.cursors[id], length, height), rows, length, height)), []]
}

function click(state: State, area: PaneArea, event: MouseEvent): Step<Effect> {
  const there = { ...state, focus: area.pane }
  if (area.folded) return [there, []]
  const id = focusedView(there)
  const top = topLines(there, area)
  const offset = event.row - area.row - top.length
  const column = event.column - area.column
  if (offset < 0) return clickSpan(there, top[offset + top.length], column)
  const [length, height] = listSize(there)
  const { top: first } = settle(there.cursors[id], length, height)
  const index = first + offset
  if (index >= length) return [there, []]
  const { picks, clicked } = VIEWS[id]
  // The list stays where it is: the second press of a double click is on the row of the first.
  const moved = picks ? moveFocused(there, () => ({ index, top: first })) : ([there, []] as const)
  const cell = { index, column: column - GUTTER, width: rowWidth(area.width) }
  const picked = chain(moved, next => clicked?.(next, cell) ?? [next, []])
  const span = clickAt(shownRows(there, id).at(index)?.line ?? [], cell.column)
  if (cell.column >= 0 && span !== undefined && isCommand(span.command)) return chain(picked, runs(span.command, span.argument))
  if (event.kind !== 'double' || !(picks || clicked !== undefined)) return picked
  const binding = bindingFor(state.keys, contextsOf(there), 'enter')
  return binding === undefined ? picked : chain(picked, runs(binding.command, undefined))
}

function runs(command: Command, argument: string | undefined) {
  return (state: State) => runCommand(state, command, argument)
}

/** On the title, the names of the columns, the tab bar or the footer: twice in a row is two clicks. */
function clickSpan(state: State, spans: Line | undefined, column: number): Step<Effect> {
  const click = clickAt(spans ?? [], column)
  return click === undefined || !isCommand(click.command) ? [state, []] : runCommand(state, click.command, click.argument)
}
