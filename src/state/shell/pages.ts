import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { padEnd, wrap } from '../../line/text.ts'
import { activeBindings, keyLabel } from '../keys/key-map.ts'
import type { KeyContext } from '../keys/key-row.ts'
import type { Binding } from '../keys/keys.ts'
import type { PageDialog } from '../model/dialog.ts'
import { atStart, type State } from '../model/state.ts'
import { contextsOf } from './views.ts'

const PAGES: {
  readonly [Type in PageDialog['type']]: {
    readonly title: string
    readonly lines: (state: State, width: number) => readonly Line[]
  }
} = {
  help: { title: 'KEYS', lines: helpLines },
}

export function pageTitle({ type }: PageDialog): string {
  return PAGES[type].title
}

/** All lines of the page, for a screen of `width` cells. */
export function pageLines(state: State, { type }: PageDialog, width: number): readonly Line[] {
  return PAGES[type].lines(state, width)
}

/** From this width on the help has two columns. */
const TWO_COLUMNS = 100

/** The help page for the place the user is in: its own keys first, the legend last. */
function helpLines(state: State, width: number): readonly Line[] {
  if (width < TWO_COLUMNS) return helpBlocks(state, width).flat()
  const half = Math.floor((width - 2) / 2)
  const blocks = helpBlocks(state, half)
  // The columns are as even as whole blocks allow.
  const height = (from: number, to: number) => blocks.slice(from, to).reduce((sum, { length }) => sum + length, 0)
  const highest = (split: number) => Math.max(height(0, split), height(split, blocks.length))
  const split = blocks.reduce((best, _, index) => (highest(index + 1) < highest(best) ? index + 1 : best), 0)
  const [left, right] = [blocks.slice(0, split).flat(), blocks.slice(split).flat()]
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    const start = left[row] ?? []
    return [...start, span(' '.repeat(Math.max(0, half + 2 - lineWidth(start)))), ...(right[row] ?? [])]
  })
}

/** The keys of each context under its title, and the legend. */
function helpBlocks(state: State, width: number): readonly (readonly Line[])[] {
  const groups = Map.groupBy(activeBindings(state.keys, contextsOf(state)), ({ context }) => context)
  const blocks = [...groups].map(([context, bindings]) => [
    line(span(contextTitle(context), 'title')),
    ...bindings.flatMap(binding => helpRows(binding, state.settings.ascii, width)),
    line(''),
  ])
  if (atStart(state)) return blocks
  const marks = legend(state.settings.ascii).flatMap(([mark, text]) => namedRows(mark, text, width))
  return [...blocks, [line(span('Marks', 'title')), ...marks]]
}

/** The meaning of the marks in trees, lists and ribbons. */
function legend(ascii: boolean): readonly (readonly [mark: string, text: string])[] {
  return [
    ['+ ~ -', 'Added, changed, removed by a layer'],
    [ascii ? '+ - .' : '▸ ▾ ▹', 'A directory that is closed, open, empty'],
    ['*', 'Marked for the next squash'],
    ['!', 'Something is wrong with it'],
    ['·', 'Nothing to count here'],
    [ascii ? '. # :' : '░ █ ▒', 'Bytes that are alive, hidden by a later layer, litter'],
  ]
}

const TITLES: Readonly<Partial<Record<KeyContext, string>>> = {
  global: 'Everywhere',
  image: 'With an image open',
  list: 'In every list',
  rows: 'In lists that are searched',
  document: 'In documents',
  preview: 'In lists that the details follow',
}

/** `In the files`, for a view's context. */
function contextTitle(context: KeyContext): string {
  return TITLES[context] ?? `In “${context}”`
}

/** From this width on a column has room for all keys of an entry. */
const WIDE_COLUMN = 72
/** Cells of the keys before their texts, in one column and in two. */
const [KEY_CELLS, NARROW_KEY_CELLS] = [18, 14]

function helpRows({ keys, help }: Binding, ascii: boolean, width: number): readonly Line[] {
  return namedRows(keys.length === 0 ? ':' : keys.map(key => keyLabel(key, ascii)).join(' '), help, width)
}

function namedRows(name: string, text: string, width: number): readonly Line[] {
  const cells = width < WIDE_COLUMN ? NARROW_KEY_CELLS : KEY_CELLS
  return wrap(text, Math.max(20, width - cells - 4)).map((piece, row) =>
    line('  ', span(padEnd(row === 0 ? name : '', cells), 'accent'), piece),
  )
}
