import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { bar } from '../../line/bar.ts'
import { cellsLeft, clickedSort, columnHeads, LAST_GAP, nextSort, reversedSort, sortNote } from '../../line/column-sort.ts'
import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { cutPath, padStart } from '../../line/text.ts'
import { type BigFile, RANKED } from '../../list/ranking.ts'
import { openFile, openVersions } from '../content/open-file.ts'
import { showInFiles } from '../files/show-file.ts'
import type { Effect } from '../model/effect.ts'
import { note } from '../model/note.ts'
import { BIGGEST_COLUMNS, type BiggestColumn, type BiggestSlice, pathCopies, sortRanked } from '../model/ranked.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { filterRanked, followRanked, showRanked, unfilterRanked } from './ranked-filter.ts'

/** The biggest files of all layers, one row a version: what is still seen and what is only shipped. */
export const BIGGEST_VIEW: View = {
  name: 'biggest',
  contexts: ['biggest'],
  picks: true,
  title: titleOf,
  head: ({ slices }, width) => headLine(slices.biggest, width),
  length: state => rowsOf(state).length,
  rows: (state, from, to, width) => {
    const rows = rowsOf(state)
    const most = state.slices.biggest.list?.files[0]?.bytes ?? 1
    return rows.slice(from, to).map(file => fileLine(file, most, state.settings.ascii, width))
  },
  empty: ({ slices }) => (slices.biggest.list === undefined ? 'Reading the layers…' : 'No file is kept by the filter.'),
  update: (state, command, argument) => COMMANDS[command]?.(state, argument),
  receive: (state, action) => {
    if (action.type === 'analysed') return followRanked(state, 'biggest')
    if (action.type !== 'computed' || action.answer.kind !== 'biggest') return undefined
    return [withSlice(state, 'biggest', { ...state.slices.biggest, list: action.answer.list }), []]
  },
  shown: state => showRanked(state, 'biggest'),
  returned: state => showRanked(state, 'biggest'),
  copies: state => pathCopies(fileUnder(state)?.path),
}

type Run = (state: State, argument: string | undefined) => Step<Effect> | undefined

const COMMANDS: Readonly<Record<string, Run>> = {
  'biggest.enter': state => onFile(state, file => showInFiles(state, file.path, file.layer)),
  'biggest.view': state => onFile(state, file => view(state, file)),
  'biggest.versions': state => onFile(state, file => openVersions(state, file.path)),
  'biggest.sort': state => resort(state, nextSort(BIGGEST_COLUMNS, state.slices.biggest.sort)),
  'biggest.reverse': state => resort(state, reversedSort(state.slices.biggest.sort)),
  'biggest.sort-by': (state, column) => resort(state, clickedSort(BIGGEST_COLUMNS, state.slices.biggest.sort, column)),
  'biggest.filter': (state, text) => filterRanked(state, 'biggest', text),
  'biggest.unfilter': state => unfilterRanked(state, 'biggest'),
  back: state => (state.slices.biggest.filter === undefined ? undefined : unfilterRanked(state, 'biggest')),
}

function resort(state: State, sort: BiggestSlice['sort']): Step<Effect> {
  return note(withSlice(state, 'biggest', { ...state.slices.biggest, sort }), sortNote(BIGGEST_COLUMNS, sort))
}

const VALUES: Readonly<Record<BiggestColumn, (file: BigFile) => string | number>> = {
  size: ({ bytes }) => bytes,
  path: ({ path }) => path,
  layer: ({ layer }) => layer,
}

const sorted = new WeakMap<object, { sort: BiggestSlice['sort']; rows: readonly BigFile[] }>()

function rowsOf({ slices }: State): readonly BigFile[] {
  const { list, sort } = slices.biggest
  if (list === undefined) return []
  const known = sorted.get(list)
  if (known?.sort === sort) return known.rows
  const rows = sortRanked(list.files, sort, VALUES)
  sorted.set(list, { sort, rows })
  return rows
}

function fileUnder(state: State): BigFile | undefined {
  return rowsOf(state)[state.cursors.biggest.index]
}

function onFile(state: State, act: (file: BigFile) => Step<Effect>): Step<Effect> {
  const file = fileUnder(state)
  return file === undefined ? [state, []] : act(file)
}

function view(state: State, { path, layer }: BigFile): Step<Effect> {
  const node = state.image?.analysis?.stack.snapshot(layer + 1).find(path)
  return node === undefined ? note(state, 'Another entry of the same layer replaced this file.') : openFile(state, node)
}

const BAR_CELLS = 8
/** From this width on there are bars. */
const BAR_FROM = 56
const [SIZE_CELLS, LAYER_CELLS] = [9, 7]

function headLine({ sort }: BiggestSlice, width: number): Line {
  const head = columnHeads(sort, 'biggest.sort-by')
  const before = line(
    head({ column: 'size', cells: SIZE_CELLS, right: true }),
    ...(width < BAR_FROM ? [] : [span(' '.repeat(BAR_CELLS + 2))]),
    head({ column: 'layer', cells: LAYER_CELLS, right: true }),
  )
  return [...before, head({ column: 'path', cells: cellsLeft(before, width), gap: LAST_GAP })]
}

function fileLine({ bytes, layer, path, alive }: BigFile, most: number, ascii: boolean, width: number): Line {
  const remark = alive ? [] : [span('  hidden', 'waste')]
  const start = line(
    span(padStart(formatSize(bytes), SIZE_CELLS), 'number'),
    ...(width < BAR_FROM ? [] : [span(`  ${bar(bytes / Math.max(1, most), BAR_CELLS, ascii)}`, alive ? 'dim' : 'waste')]),
    span(padStart(String(layer + 1), LAYER_CELLS), 'dim'),
    span('  '),
  )
  const room = Math.max(8, width - lineWidth(start) - lineWidth(remark))
  return [...start, span(cutPath(`/${displayPath(path)}`, room)), ...remark]
}

function titleOf({ slices }: State): { left: Line; right: Line } {
  const { list, filter } = slices.biggest
  const count = list === undefined ? '' : formatCount(list.count)
  const amount =
    list === undefined
      ? ''
      : `${list.count > RANKED ? `${formatCount(RANKED)} of ` : ''}${count} files  ${formatSize(list.bytes)}`
  return {
    left: line(
      span('files of all layers'),
      ...(filter === undefined ? [] : [span(` · filter ${escapeText(filter.text)}`, 'accent')]),
    ),
    right: line(span(amount, 'dim')),
  }
}
