import { moveTo, scroll, settle } from '../../line/cursor.ts'
import { clickAt, type Line } from '../../line/line.ts'
import { bindingFor } from '../keys/key-map.ts'
import { isCommand } from '../keys/keys.ts'
import type { MouseEvent } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import { type PaneArea, paneAt } from '../model/layout.ts'
import { atStart, focusedView, type State, type Step, viewIn, withCursor } from '../model/state.ts'
import { chain } from '../model/step.ts'
import { listSize, moveFocused, runCommand } from './command.ts'
import { layout, topLines } from './pane.ts'
import { tabBarLine } from './tab-bar.ts'
import { contextsOf, VIEWS } from './views.ts'

const WHEEL_ROWS = 3

/**
 * The wheel scrolls the pane under the pointer, a click focuses and picks, a double click does what Enter does. Names of tabs
 * and columns that can be clicked say so in their spans.
 */
export function onMouse(state: State, event: MouseEvent): Step<Effect> {
  if (state.dialog !== undefined) return [state, []]
  if (event.row === 1 && !atStart(state)) return isPress(event) ? clickTop(state, tabBarLine(state), event.column) : [state, []]
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
  if (offset < 0) return clickTop(there, top[offset + top.length], event.column - area.column)
  const [length, height] = listSize(there)
  const index = settle(there.cursors[id], length, height).top + offset
  if (index >= length || !VIEWS[id].picks) return [there, []]
  const picked = moveFocused(there, cursor => moveTo(cursor, index, length, height))
  if (event.kind === 'double') {
    const binding = bindingFor(state.keys, contextsOf(there), 'enter')
    return binding === undefined ? picked : chain(picked, next => runCommand(next, binding.command, undefined))
  }
  return picked
}

/** On the title or the names of the columns: twice in a row is two clicks. */
function clickTop(state: State, spans: Line | undefined, column: number): Step<Effect> {
  const click = clickAt(spans ?? [], column)
  return click === undefined || !isCommand(click.command) ? [state, []] : runCommand(state, click.command, click.argument)
}
