import { settle } from '../../line/cursor.ts'
import { type Click, cutLine, type Line, line, lineWidth, type Span, span, spread } from '../../line/line.ts'
import { widthOf, wrap } from '../../line/text.ts'
import { keyLabel } from '../model/key-map.ts'
import { GUTTER, type Layout, layoutOf, type PaneArea, rowWidth } from '../model/layout.ts'
import { panesOf } from '../model/screen.ts'
import { atStart, type State, viewIn } from '../model/state.ts'
import type { View } from '../model/view.ts'
import type { PaneId, ViewId } from '../model/view-id.ts'
import { PANES, TABS } from '../model/view-id.ts'
import { viewRows } from './view-rows.ts'
import { VIEWS } from './views.ts'

/** One screen row of a pane; the row under the cursor is drawn so that it stands out. */
export type PaneLine = { readonly spans: Line; readonly selected: boolean }

/** Where the panes are. */
export function layout(state: State): Layout {
  const rows = atStart(state) ? 0 : viewRows(state, 'layers', state.size.columns).length
  return layoutOf(state, rows)
}

/** Rows of the pane that its view's rows take: without the title and the names of the columns. */
export function bodyHeight(state: State, area: PaneArea): number {
  return Math.max(1, area.height - headRows(VIEWS[viewIn(state, area.pane)]))
}

/** The area of a view when it is on the screen, else what it would have alone. */
export function areaOf(state: State, id: ViewId): PaneArea {
  const areas = layout(state).panes
  const shown = areas.find(area => !area.folded && viewIn(state, area.pane) === id)
  return shown ?? { pane: 'main', folded: false, column: 0, row: 1, width: state.size.columns, height: state.size.rows - 2 }
}

/** All rows of a pane, exactly `area.height` of them. */
export function paneLines(state: State, area: PaneArea): readonly PaneLine[] {
  const top = topLines(state, area).map(spans => ({ spans, selected: false }))
  if (area.folded) return top
  const body = bodyLines(state, viewIn(state, area.pane), rowWidth(area.width), area.height - top.length)
  return [...top, ...body].slice(0, area.height)
}

/** The rows of a pane above its body: the title, and the names of the columns where there are any. */
export function topLines(state: State, area: PaneArea): readonly Line[] {
  const view = VIEWS[viewIn(state, area.pane)]
  const title = titleLine(state, area, view)
  const head = area.folded ? undefined : view.head?.(state, rowWidth(area.width))
  return head === undefined ? [title] : [title, [span(' '.repeat(GUTTER)), ...dimmed(head)]]
}

function bodyLines(state: State, id: ViewId, width: number, height: number): readonly PaneLine[] {
  const view = VIEWS[id]
  const rows = viewRows(state, id, width)
  const { length } = rows
  if (length === 0) return emptyLines(view.empty(state), width, height)
  const cursor = settle(state.cursors[id], length, height)
  const shown = rows.slice(cursor.top, Math.min(length, cursor.top + height))
  const focused = viewIn(state, state.focus) === id
  return Array.from({ length: height }, (_, offset) => {
    const row = shown[offset]
    if (row === undefined) return BLANK
    const under = view.picks && cursor.top + offset === cursor.index
    const mark = span(under ? ' >' : '  ', under && focused ? 'accent' : 'dim')
    return { spans: [mark, ...cutLine(row.line, width)], selected: under && focused }
  })
}

const BLANK: PaneLine = { spans: [], selected: false }

function emptyLines(text: string, width: number, height: number): readonly PaneLine[] {
  const rows = text.split('\n').flatMap(each => wrap(each, width))
  return Array.from({ length: height }, (_, offset) => {
    const row = rows[offset - 1]
    return row === undefined ? BLANK : { spans: line('  ', span(row, 'dim')), selected: false }
  })
}

/** Number, name, what is shown and how much of it. The focused pane's title stands out. */
function titleLine(state: State, area: PaneArea, view: View): Line {
  const focused = area.pane === state.focus
  const { left, right } = (area.folded ? view.brief : undefined)?.(state) ?? view.title(state)
  const number = atStart(state) ? ' ' : ` ${paneNumber(area.pane)} `
  const name = span(`${number}${view.name.toUpperCase()} `, focused ? 'accent' : 'title')
  const gap = [span(' ')]
  const shown = left.length > 0 ? [...left, span('  ')] : []
  // The name stays whole whatever else there is to say; what is shown says more than what could be.
  const room = area.width - widthOf(name.text)
  const end = [...right, span(' ')]
  const free = room - lineWidth([...gap, ...shown, ...end]) - 2
  const tabs = area.pane === 'main' && !area.folded && !atStart(state) ? tabLine(state, free) : []
  return [name, ...spread([...gap, ...shown, ...tabs], end, room)]
}

/** The key to the next tab, then the tabs as it turns through them: `] waste · manifest`, as many as `width` cells have room for. */
function tabLine({ screen, keys, settings }: State, width: number): Line {
  const { over, tab } = panesOf(screen)
  const key = keys.find(({ command }) => command === 'tab-next')?.keys[0]
  if (over.length > 0 || key === undefined) return []
  const here = TABS.indexOf(tab)
  const following = [...TABS.slice(here + 1), ...TABS.slice(0, here)]
  const spans: Span[] = []
  let left = width
  for (const id of following) {
    const before = spans.length === 0 ? `${keyLabel(key, settings.ascii)} ` : ' · '
    const click: Click = { command: 'tab', argument: id }
    const name: Span = { ...span(VIEWS[id].name, 'dim'), click }
    left -= widthOf(before + name.text)
    if (left < 0) break
    spans.push(spans.length === 0 ? { ...span(before, 'accent'), click } : span(before, 'dim'), name)
  }
  return spans
}

function paneNumber(pane: PaneId): number {
  return PANES.indexOf(pane) + 1
}

function headRows(view: View): number {
  return view.head === undefined ? 1 : 2
}

function dimmed(head: Line): Line {
  return head.map(each => (each.role === 'plain' ? { ...each, role: 'dim' } : each))
}
