import { test } from 'node:test'
import type { Line } from '../../src/line/line.ts'
import type { ViewId } from '../../src/state/keys/view-id.ts'
import type { State } from '../../src/state/model/state.ts'
import { shownRows } from '../../src/state/shell/given.ts'
import { VIEWS } from '../../src/state/shell/views.ts'
import { assertGolden } from '../kit/golden-text.ts'
import { seenViews } from '../kit/state/seen-views.ts'

/** Cells of the screen: columns are left out, named shorter or wider from one to the next. */
const WIDTHS: readonly (readonly [columns: number, ascii: boolean])[] = [
  [44, false],
  [60, false],
  [96, false],
  [140, false],
  [96, true],
]
const MOST_ROWS = 30

/** A line with the role of each stretch that is not plain: `[dim:of 3]`. */
function marked(line: Line): string {
  return line
    .map(({ text, role, fore, back }) => {
      const marks = [role === 'plain' ? '' : role, fore ?? '', back === undefined ? '' : `on ${back}`].filter(mark => mark !== '')
      return marks.length === 0 || text === '' ? text : `[${marks.join(' ')}:${text}]`
    })
    .join('')
}

function* linesOf(state: State, id: ViewId, width: number): Generator<string> {
  const view = VIEWS[id]
  const { left, right } = view.title(state)
  yield `title ${marked(left)} | ${marked(right)}`
  for (const each of view.banner?.(state, width) ?? []) yield `banner ${marked(each)}`
  if (view.head !== undefined) yield `head ${marked(view.head(state, width))}`
  const rows = view.rows(state, width)
  for (const { line } of rows.slice(0, Math.min(rows.length, MOST_ROWS))) yield `  ${marked(line)}`
  if (rows.length === 0) yield `empty ${view.empty(state)}`
  for (const each of view.foot?.(state, width) ?? []) yield `foot ${marked(each)}`
}

/** What the width does not change: the place, what the keys would do to the row under the cursor, what may be copied of it. */
function* meaningsOf(state: State, id: ViewId): Generator<string> {
  const view = VIEWS[id]
  const rows = shownRows(state, id)
  const row = rows.slice(0, rows.length)[state.cursors[id].index]?.subject
  yield `crumbs ${view.crumbs?.(state).join(' › ') ?? ''}`
  yield `idle ${view.idle?.(state, row).join(' ') ?? ''}`
  for (const { label, argument } of view.copies?.(state, row) ?? []) yield `copies ${label}: ${argument}`
}

test('every view, line by line with its roles, from narrow to wide', async () => {
  const text: string[] = []
  for (const [name, state] of Object.entries(await seenViews())) {
    const id = name.replace(/:.*/, '') as ViewId
    text.push(`==== ${name}`, ...meaningsOf(state, id))
    let before: readonly string[] = []
    for (const [columns, ascii] of WIDTHS) {
      const shown = { ...state, size: { columns, rows: 40 }, settings: { ...state.settings, ascii } }
      const lines = [...linesOf(shown, id, columns - 2)]
      text.push(`---- ${columns}${ascii ? ' in ASCII' : ''}`, ...(lines.join() === before.join() ? ['the same'] : lines))
      before = lines
    }
  }
  assertGolden('views.txt', text.join('\n'))
})
