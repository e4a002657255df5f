import { cutLine, type Line, line, lineWidth, type Role, span } from '../../line/line.ts'
import { wrap } from '../../line/text.ts'
import type { OverId, PaneId } from '../keys/view-id.ts'
import { isPage } from './dialog.ts'
import { PREVIEWED } from './preview.ts'
import { panesOf } from './screen.ts'
import { atStart, type State, viewIn } from './state.ts'

/** A rectangle of cells; columns and rows count from 0 at the top left. */
type Area = { readonly column: number; readonly row: number; readonly width: number; readonly height: number }

/** Where a pane is. A folded pane shows its title row only. */
export type PaneArea = Area & { readonly pane: PaneId; readonly folded: boolean }

export type Layout = {
  readonly panes: readonly PaneArea[]
  /** Column of the rule between the panes, and the rows it spans; undefined where panes lie on top of each other. */
  readonly rule: Area | undefined
}

/** Smaller than this, only a sentence is shown. */
export const SMALLEST = { columns: 40, rows: 8 }

/** Rows that a choice, the palette or found paths take at the bottom, their title included; a page takes all. */
export function sheetRows(state: State): number {
  const { dialog, size } = state
  const most = Math.max(3, size.rows - FRAME_ROWS - 3)
  if (dialog?.type === 'choose') return Math.min(dialog.items.length + 1, most)
  if (dialog?.type === 'palette' || dialog?.type === 'find-file') return Math.min(Math.max(8, size.rows >> 1), most)
  return isPage(dialog) ? Math.max(1, size.rows - FRAME_ROWS) : 0
}

/** From this width on the panes lie side by side. */
export const WIDE = 100
/** From this width on the story has room beside the layers. */
const ROOMY = 170
/** Header and footer. */
const FRAME_ROWS = 2

/** Rows above the panes: the header, and with an image open the tab bar. */
export function rowsAbovePanes(state: State): number {
  return atStart(state) ? 1 : 2
}

/** Lower screens have no row for a hint. */
const LEAST_ROWS = 16

/** Rows above the footer that the hint of the tour takes: it is true once the image has been read and checked. */
export function tourRows(state: State): number {
  const { slices, size, dialog } = state
  return slices.tour !== undefined && slices.story.checked && !atStart(state) && size.rows >= LEAST_ROWS && !isPage(dialog)
    ? 1
    : 0
}

/** Rows of the footer beyond its first: a message that is too long for one, a hint of the tour. */
function extraRows(state: State): number {
  return Math.max(0, messageLines(state).length - 1) + tourRows(state)
}
/** Rows that the details keep below the layers when there are many layers. */
const DETAIL_ROWS = 9

/** From this height on the preview lies below a pane that has the whole width. */
const PREVIEW_FROM = 32
/** Its share of the height. */
const PREVIEW_SHARE = 0.32

/** Views that have the whole screen while they are on top. */
const ALONE: ReadonlySet<OverId | undefined> = new Set<OverId | undefined>(['plan', 'treemap', 'matrix', 'serve'])

/** The left gutter of a row: a margin and the cursor's mark. One cell stays free at the right. */
export const GUTTER = 2
const MARGIN = 1

/**
 * Where everything is, from the state alone. `layerRows` is the number of rows the layers pane would need: asked where it is shown.
 */
export function layoutOf(state: State, layerRows: () => number): Layout {
  const { columns, rows } = state.size
  const { over, tab, zoom } = panesOf(state.screen)
  const below = extraRows(state) + (state.dialog === undefined || isPage(state.dialog) ? 0 : sheetRows(state))
  const height = Math.max(1, rows - 1 - rowsAbovePanes(state) - below)
  // A plan's ribbons and figures need the width, a map, two images side by side, and the acts of the story with two commands each.
  const story = over.length === 0 && tab === 'story' && columns < ROOMY
  const findings = (over.at(-1) === 'findings' || over.at(-1) === 'explanation') && columns < ROOMY
  const isAlone = ALONE.has(over.at(-1)) || over.includes('compare') || over.includes('shared')
  const wide = (isAlone || story || findings) && state.focus === 'main'
  if (atStart(state) || zoom) return single(state, height)
  if (wide || columns < WIDE) return PREVIEWED.has(viewIn(state, state.focus)) ? above(state, height) : single(state, height)
  return sideBySide(columns, height, layerRows(), rowsAbovePanes(state))
}

function sideBySide(columns: number, height: number, layerRows: number, row: number): Layout {
  const left = Math.min(84, Math.max(44, Math.floor(columns * 0.41)))
  const layers = Math.min(layerRows + 2, Math.max(4, height - DETAIL_ROWS))
  return {
    panes: [
      { pane: 'layers', folded: false, column: 0, row, width: left, height: layers },
      { pane: 'details', folded: false, column: 0, row: row + layers, width: left, height: height - layers },
      { pane: 'main', folded: false, column: left + 1, row, width: columns - left - 1, height },
    ],
    rule: { column: left, row, width: 1, height },
  }
}

/** The focused pane alone: the tab bar says which, and leads to the others. */
function single(state: State, height: number): Layout {
  const pane = atStart(state) ? 'main' : state.focus
  return {
    panes: [{ pane, folded: false, column: 0, row: rowsAbovePanes(state), width: state.size.columns, height }],
    rule: undefined,
  }
}

/** The same with the preview of the thing under its cursor below it, where the screen is high enough for both. */
function above(state: State, height: number): Layout {
  const { panes } = single(state, height)
  const [area] = panes
  if (area === undefined || state.size.rows < PREVIEW_FROM) return { panes, rule: undefined }
  const below = Math.floor(height * PREVIEW_SHARE)
  const preview = { ...area, pane: 'details', row: area.row + height - below, height: below } as const
  return { panes: [{ ...area, height: height - below }, preview], rule: undefined }
}

/** The pane at a cell. */
export function paneAt(layout: Layout, column: number, row: number): PaneArea | undefined {
  return layout.panes.find(
    area => column >= area.column && column < area.column + area.width && row >= area.row && row < area.row + area.height,
  )
}

/** Cells that a row of a view has, in a pane of `width` cells. */
export function rowWidth(width: number): number {
  return Math.max(1, width - GUTTER - MARGIN)
}

/** Rows that a message may take at the bottom of the screen. */
const MOST_ROWS = 6

/** The rows of the message at the bottom: one most of the time, more where it would be cut; none where there is no message. */
export function messageLines({ message, dialog, size }: State): readonly Line[] {
  if (message === undefined || dialog?.type === 'prompt') return []
  const { columns, rows } = size
  const role: Role = message.severity === 'error' ? 'error' : 'strong'
  const hint = message.hint === undefined ? [] : [span(`  ${message.hint}`, 'dim')]
  const whole = line(span(` ${message.text}`, role), ...hint)
  if (lineWidth(whole) <= columns || dialog !== undefined) return [cutLine(whole, columns)]
  const wrapped = (text: string, of: Role) => wrap(text, columns - 2).map(piece => line(span(` ${piece}`, of)))
  const all = [...wrapped(message.text, role), ...(message.hint === undefined ? [] : wrapped(message.hint, 'dim'))]
  return all.slice(0, Math.max(1, Math.min(MOST_ROWS, rows >> 1)))
}
