import { type Line, line, lineWidth, plainText, span } from '../../../src/line/line.ts'
import { isPage } from '../../../src/state/model/dialog.ts'
import { atStart, type State } from '../../../src/state/model/state.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { headerLine } from '../../../src/state/shell/header.ts'
import { layout, type PaneLine, paneLines } from '../../../src/state/shell/pane.ts'
import { sheetLines } from '../../../src/state/shell/sheet.ts'
import { tabBarLine } from '../../../src/state/shell/tab-bar.ts'
import { paint } from '../../../src/tui/paint.ts'
import type { Theme } from '../../../src/tui/theme.ts'

/** The rows of the screen as `App` puts them together, without a terminal and without Ink. */
export function drawnRows(state: State): readonly Line[] {
  return rowsOf(state).map(parts =>
    parts.flatMap(({ spans, width }, index) =>
      index === parts.length - 1 ? spans : [...spans, span(' '.repeat(Math.max(0, width - lineWidth(spans))))],
    ),
  )
}

/** The same as text, without spaces at the ends of rows. */
export function drawnText(state: State): string {
  return drawnRows(state)
    .map(each => plainText(each).trimEnd())
    .join('\n')
}

/** The same with its colours: `«1;36»` are the SGR parameters that a terminal would get there, `«0»` ends them. */
export function paintedText(state: State, theme: Theme): string {
  return rowsOf(state)
    .map(parts =>
      parts
        .map(({ spans, width, selected }, index) => {
          const fill = selected || index === parts.length - 1 ? '' : ' '.repeat(Math.max(0, width - lineWidth(spans)))
          return paint(spans, theme, width, selected) + fill
        })
        .join('')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what is made readable
        .replace(/\u001b\[([\d;]*)m/g, '«$1»')
        .trimEnd(),
    )
    .join('\n')
}

/** The part of one pane in a row of the screen. */
type Part = PaneLine & { readonly width: number }

function rowsOf(state: State): readonly (readonly Part[])[] {
  const { dialog } = state
  const whole = (spans: Line): readonly Part[] => [{ spans, selected: false, width: state.size.columns }]
  const sheet = dialog === undefined || dialog.type === 'prompt' || dialog.type === 'choose' ? [] : sheetLines(state)
  return [
    whole(headerLine(state)),
    ...(isPage(dialog) || atStart(state) ? [] : [whole(tabBarLine(state))]),
    ...(isPage(dialog) ? [] : paneRows(state)),
    ...sheet.map(each => [{ ...each, width: state.size.columns }]),
    ...footerLines(state).map(whole),
  ]
}

/** Panes side by side are joined row by row. */
function paneRows(state: State): readonly (readonly Part[])[] {
  const { panes, rule } = layout(state)
  const first = panes[0]?.row ?? 0
  const end = panes.reduce((most, { row, height }) => Math.max(most, row + height), 0)
  const drawn = panes.map(area => ({ area, lines: paneLines(state, area) }))
  const between: Part = { spans: line(span(state.settings.ascii ? '|' : '│', 'dim')), selected: false, width: 1 }
  return Array.from({ length: end - first }, (_, offset) => {
    const row = first + offset
    const here = drawn
      .filter(({ area }) => row >= area.row && row < area.row + area.height)
      .toSorted((one, other) => one.area.column - other.area.column)
    return here.flatMap(({ area, lines }, index) => {
      const part: Part = { ...(lines[row - area.row] ?? { spans: [], selected: false }), width: area.width }
      return index === here.length - 1 || rule === undefined ? [part] : [part, between]
    })
  })
}
