import { settle } from '../../line/cursor.ts'
import { cutLine, type Line, line, lineWidth, span, spread } from '../../line/line.ts'
import { widthOf } from '../../line/text.ts'
import { keyLabel } from '../keys/key-map.ts'
import { type Dialog, isPage, type PageDialog } from '../model/dialog.ts'
import { sheetRows } from '../model/layout.ts'
import type { State } from '../model/state.ts'
import { finderCount, finderRows } from './finder-lines.ts'
import { pageLines, pageTitle } from './pages.ts'
import { type PaletteEntry, paletteEntries } from './palette.ts'
import type { PaneLine } from './pane.ts'
import { fieldSpans } from './prompt-line.ts'

/** The rows of the palette, of found paths or of a page at the bottom of the screen, exactly `sheetRows` of them. */
export function sheetLines(state: State): readonly PaneLine[] {
  const height = sheetRows(state)
  const { dialog } = state
  const lines = isPage(dialog)
    ? pageSheet(state, dialog, height)
    : dialog?.type === 'find-file'
      ? finderSheet(state, dialog)
      : paletteSheet(state, height)
  return Array.from({ length: height }, (_, index) => lines[index] ?? { spans: [], selected: false })
}

/** The title row of a sheet: a rule with the title in it. */
export function sheetTitle(title: string, right: Line, columns: number, ascii: boolean): Line {
  const dash = ascii ? '-' : '─'
  const rule = dash.repeat(Math.max(0, columns - widthOf(title) - lineWidth(right) - 3))
  return cutLine([span(`${dash} `, 'dim'), span(title, 'accent'), span(` ${rule}`, 'dim'), ...right], columns)
}

function pageSheet(state: State, page: PageDialog, height: number): readonly PaneLine[] {
  const { columns } = state.size
  const lines = pageLines(state, page, columns)
  const room = height - 1
  const top = Math.min(page.top, Math.max(0, lines.length - room))
  const shown = lines.slice(top, top + room)
  const right = line(span(` ${top + 1}–${top + shown.length} of ${lines.length} `, 'dim'))
  return [
    { spans: spread([span(` ${pageTitle(page)}`, 'accent')], lines.length > room ? right : [], columns), selected: false },
    ...shown.map(each => ({ spans: cutLine(line(' ', ...each), columns - 1), selected: false })),
  ]
}

/** The effect of a key at the left, the key that does it at the right; where it cannot be done now, the reason instead. */
function paletteLine({ label, keys, reason, argument }: PaletteEntry, under: boolean, columns: number, ascii: boolean): Line {
  const shown = keys
    .slice(0, 2)
    .map(key => keyLabel(key, ascii))
    .join(' ')
  const right = reason === undefined ? span(shown, 'accent') : span(reason, 'dim')
  const role = reason === undefined ? (argument === undefined ? 'plain' : 'name') : 'dim'
  return spread(line(span(under ? ' > ' : '   ', 'accent'), span(label, role)), line(right), columns)
}

function paletteSheet(state: State, height: number): readonly PaneLine[] {
  const { dialog } = state
  if (dialog?.type !== 'palette') return []
  const { columns } = state.size
  const { ascii } = state.settings
  const entries = paletteEntries(state, dialog.field.text)
  const room = height - 2
  const cursor = settle(dialog.cursor, entries.length, room)
  const count = line(span(` ${entries.length} ${entries.length === 1 ? 'command' : 'commands'} `, 'dim'))
  const rows = entries.slice(cursor.top, cursor.top + room).map((entry, offset) => {
    const under = cursor.top + offset === cursor.index
    return { spans: paletteLine(entry, under, columns - 1, ascii), selected: under }
  })
  const none = entries.length === 0 ? [{ spans: line(span('   No matching command.', 'dim')), selected: false }] : []
  return [
    { spans: sheetTitle('COMMANDS', count, columns, ascii), selected: false },
    { spans: line(span(' : ', 'accent'), ...fieldSpans(dialog.field, columns - 5)), selected: false },
    ...rows,
    ...none,
  ]
}

function finderSheet(state: State, dialog: Extract<Dialog, { type: 'find-file' }>): readonly PaneLine[] {
  const { columns } = state.size
  return [
    { spans: sheetTitle('FILES', finderCount(state, dialog), columns, state.settings.ascii), selected: false },
    { spans: line(span(' path ', 'accent'), ...fieldSpans(dialog.field, columns - 8)), selected: false },
    ...finderRows(state, dialog),
  ]
}
