import { type Line, line, lineWidth, plainText, span } from '../../../src/line/line.ts'
import { isPage } from '../../../src/state/model/dialog.ts'
import { atStart, type State } from '../../../src/state/model/state.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { headerLine } from '../../../src/state/shell/header.ts'
import { layout, paneLines } from '../../../src/state/shell/pane.ts'
import { sheetLines } from '../../../src/state/shell/sheet.ts'
import { tabBarLine } from '../../../src/state/shell/tab-bar.ts'

/** The rows of the screen as `App` puts them together, without a terminal and without Ink. */
export function drawnRows(state: State): readonly Line[] {
  const { dialog } = state
  const sheet = dialog === undefined || dialog.type === 'prompt' || dialog.type === 'choose' ? [] : sheetLines(state)
  return [
    headerLine(state),
    ...(isPage(dialog) || atStart(state) ? [] : [tabBarLine(state)]),
    ...(isPage(dialog) ? [] : paneRows(state)),
    ...sheet.map(({ spans }) => spans),
    ...footerLines(state),
  ]
}

/** The same as text, without spaces at the ends of rows. */
export function drawnText(state: State): string {
  return drawnRows(state)
    .map(each => plainText(each).trimEnd())
    .join('\n')
}

/** Panes side by side are joined row by row. */
function paneRows(state: State): readonly Line[] {
  const { panes, rule } = layout(state)
  const first = panes[0]?.row ?? 0
  const end = panes.reduce((most, { row, height }) => Math.max(most, row + height), 0)
  const drawn = panes.map(area => ({ area, lines: paneLines(state, area) }))
  return Array.from({ length: end - first }, (_, offset) => {
    const row = first + offset
    const here = drawn
      .filter(({ area }) => row >= area.row && row < area.row + area.height)
      .toSorted((one, other) => one.area.column - other.area.column)
    return here.flatMap(({ area, lines }, index) => {
      const spans = lines[row - area.row]?.spans ?? []
      const isLast = index === here.length - 1
      if (isLast) return spans
      const fill = ' '.repeat(Math.max(0, area.width - lineWidth(spans)))
      return [...line(...spans, fill), ...(rule === undefined ? [] : [span(state.settings.ascii ? '|' : '│', 'dim')])]
    })
  })
}
