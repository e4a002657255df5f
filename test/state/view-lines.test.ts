import { test } from 'node:test'
import { cutLine, type Line } from '../../src/line/line.ts'
import type { ViewId } from '../../src/state/keys/view-id.ts'
import type { State } from '../../src/state/model/state.ts'
import { shownRows } from '../../src/state/shell/given.ts'
import { VIEWS } from '../../src/state/shell/views.ts'
import { assertGolden } from '../kit/golden-text.ts'
import { play, seenViews, state } from '../kit/state/seen-views.ts'

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

/** The path and the layer that Enter goes to from a row of the details. */
function goesTo(subject: unknown): string {
  const { path, layer } = (subject ?? {}) as { readonly path?: string; readonly layer?: number }
  return path === undefined ? '' : ` → ${path} of ${layer}`
}

function* linesOf(state: State, id: ViewId, width: number): Generator<string> {
  const view = VIEWS[id]
  const { left, right } = view.title(state)
  yield `title ${marked(left)} | ${marked(right)}`
  for (const each of view.banner?.(state, width) ?? []) yield `banner ${marked(each)}`
  if (view.head !== undefined) yield `head ${marked(view.head(state, width))}`
  const rows = view.rows(state, width)
  for (const { line, subject } of rows.slice(0, Math.min(rows.length, MOST_ROWS)))
    yield `  ${marked(cutLine(line, width))}${id === 'details' ? goesTo(subject) : ''}`
  if (rows.length === 0) yield `empty ${view.empty(state)}`
  for (const each of view.foot?.(state, width) ?? []) yield `foot ${marked(each)}`
}

/** The same at every width: the place, the keys that would do nothing to the row under the cursor, the copies of it. */
function* meaningsOf(state: State, id: ViewId): Generator<string> {
  const view = VIEWS[id]
  const rows = shownRows(state, id)
  const row = rows.slice(0, rows.length)[state.cursors[id].index]?.subject
  yield `crumbs ${view.crumbs?.(state).join(' › ') ?? ''}`
  yield `idle ${view.idle?.(state, row).join(' ') ?? ''}`
  for (const { label, argument } of view.copies?.(state, row) ?? []) yield `copies ${label}: ${argument}`
}

/** Details and previews of paths of each kind, and rarer shapes of views. */
function moreViews(): Readonly<Record<string, State>> {
  const beside = { ...state, size: { columns: 140, rows: 40 } }
  const on = (...keys: readonly string[]) => play(beside, '2', 'E', ...keys, { type: 'rested' } as const, 'd')
  return {
    'details: the root': on(),
    'details: a directory': on('j'),
    'details: a removed file': on('j', 'j'),
    'details: a file': on('/', ...'conf', 'enter'),
    'details: a link': on('G'),
    'details: hidden bytes': play(beside, '3', { type: 'rested' } as const, 'd'),
    'details: the second layer': play(beside, '1', 'j', 'd'),
    'details: one of the biggest': play(beside, '4', { type: 'rested' } as const, 'd'),
    'treemap: by kind': play(state, '2', 'M', 'm'),
    'treemap: a directory': play(state, '2', 'M', 'enter'),
    'file: lines that are found': play(state, '2', 'E', '/', ...'conf', 'enter', 'enter', '/', ...'three', 'enter'),
    'plan: without a layer': play(state, '1', 'j', 'space', 's'),
    'layers: marked': play(state, '1', 'space', 'j', 'j', 'V'),
    'waste: a filter': play(state, '3', 'f', ...'big', 'enter'),
    'compare: a filter': play(
      state,
      '1',
      'g',
      '=',
      'G',
      '=',
      { type: 'command', command: 'compare.files' } as const,
      'f',
      ...'conf',
      'enter',
    ),
  }
}

test('every view, line by line with its roles, from narrow to wide', async () => {
  const text: string[] = []
  for (const [name, seen] of Object.entries({ ...(await seenViews()), ...moreViews() })) {
    const id = name.replace(/:.*/, '') as ViewId
    text.push(`==== ${name}`, ...meaningsOf(seen, id))
    let before: readonly string[] = []
    for (const [columns, ascii] of WIDTHS) {
      const shown = { ...seen, size: { columns, rows: 40 }, settings: { ...seen.settings, ascii } }
      const lines = [...linesOf(shown, id, columns - 2)]
      text.push(`---- ${columns}${ascii ? ' in ASCII' : ''}`, ...(lines.join() === before.join() ? ['the same'] : lines))
      before = lines
    }
  }
  assertGolden('views.txt', text.join('\n'))
})
