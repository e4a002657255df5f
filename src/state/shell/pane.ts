import { formatCount } from '../../format/count.ts'
import { settle } from '../../line/cursor.ts'
import { cutLine, type Line, line, lineWidth, type Span, span, spread } from '../../line/line.ts'
import { widthOf, wrap } from '../../line/text.ts'
import type { ViewId } from '../keys/view-id.ts'
import { GUTTER, type Layout, layoutOf, type PaneArea, rowsAbovePanes, rowWidth } from '../model/layout.ts'
import { type State, viewIn } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { viewBanner, viewRows } from './view-rows.ts'
import { VIEWS } from './views.ts'

/** One screen row of a pane; the row under the cursor is drawn so that it stands out. */
export type PaneLine = { readonly spans: Line; readonly selected: boolean }

/** Where the panes are. */
export function layout(state: State): Layout {
  return layoutOf(state, () => viewRows(state, 'layers', state.size.columns).length)
}

/** Rows of the pane that its view's rows take: without the title and the names of the columns. */
export function bodyHeight(state: State, area: PaneArea): number {
  return Math.max(1, area.height - topLines(state, area).length - footLines(state, area).length)
}

/** The area of a view when it is on the screen, else what it would have alone. */
export function areaOf(state: State, id: ViewId): PaneArea {
  const areas = layout(state).panes
  const shown = areas.find(area => !area.folded && viewIn(state, area.pane) === id)
  return (
    shown ?? {
      pane: 'main',
      folded: false,
      column: 0,
      row: rowsAbovePanes(state),
      width: state.size.columns,
      height: state.size.rows - 1 - rowsAbovePanes(state),
    }
  )
}

/** All rows of a pane, exactly `area.height` of them. */
export function paneLines(state: State, area: PaneArea): readonly PaneLine[] {
  const top = topLines(state, area).map(spans => ({ spans, selected: false }))
  if (area.folded) return top
  const foot = footLines(state, area).map(spans => ({ spans: indented(spans), selected: false }))
  const body = bodyLines(state, viewIn(state, area.pane), rowWidth(area.width), area.height - top.length - foot.length)
  return [...top, ...body, ...foot].slice(0, area.height)
}

/** The rows of a pane above its body: the title, and the names of the columns where there are any. */
export function topLines(state: State, area: PaneArea): readonly Line[] {
  const id = viewIn(state, area.pane)
  const view = VIEWS[id]
  const title = titleLine(state, area, view)
  if (area.folded) return [title]
  const banner = viewBanner(state, id, rowWidth(area.width))
  const head = view.head?.(state, rowWidth(area.width))
  return [
    title,
    ...banner.map(each => indented(cutLine(each, rowWidth(area.width)))),
    ...(head === undefined ? [] : [indented(dimmed(cutLine(head, rowWidth(area.width))))]),
  ]
}

/** The rows of a pane below its body. */
function footLines(state: State, area: PaneArea): readonly Line[] {
  return area.folded ? [] : (VIEWS[viewIn(state, area.pane)].foot?.(state, rowWidth(area.width)) ?? [])
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
    const under = view.picks && (focused || view.follows !== true) && cursor.top + offset === cursor.index
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
  const name = span(` ${view.name.toUpperCase()} `, focused ? 'accent' : 'title')
  const gap = [span(' ')]
  const shown = left.length > 0 ? [...left, span('  ')] : []
  // The name stays whole whatever else the title has; the part that is shown has priority over hints.
  const room = area.width - widthOf(name.text)
  // The place in the list stays whole too.
  const place = position(state, area, view)
  const end = joined([...cutLine(right, Math.max(0, room - lineWidth(place) - 2)), ...place, span(' ', 'dim')])
  return [name, ...spread([...gap, ...shown], end, room)]
}

/** Neighbours of one role as one span: a terminal is told of their colour once. */
function joined(spans: Line): Line {
  const all: Span[] = []
  for (const each of spans) {
    const last = all.at(-1)
    const alike =
      last !== undefined &&
      last.role === each.role &&
      last.back === each.back &&
      last.fore === each.fore &&
      last.click === each.click &&
      last.link === each.link
    if (alike) all[all.length - 1] = { ...last, text: last.text + each.text }
    else all.push(each)
  }
  return all
}

/** Where the cursor is in the list: `12/24,266`. */
function position(state: State, area: PaneArea, view: View): Line {
  const id = viewIn(state, area.pane)
  const { length } = viewRows(state, id, rowWidth(area.width))
  if (!view.picks || length === 0 || (view.follows === true && area.pane !== state.focus)) return []
  return [span(`  ${formatCount(Math.min(length, state.cursors[id].index + 1))}/${formatCount(length)}`, 'dim')]
}

/** Beside the gutter that rows have. */
function indented(spans: Line): Line {
  return [span(' '.repeat(GUTTER)), ...spans]
}

function dimmed(head: Line): Line {
  return head.map(each => (each.role === 'plain' ? { ...each, role: 'dim' } : each))
}
