import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { clickedSort, columnHeads, headsWithLast, nextSort, reversedSort, sortNote } from '../../line/column-sort.ts'
import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { bar, cutPath, padStart } from '../../line/text.ts'
import { type BigFile, RANKED } from '../../list/ranking.ts'
import { rowSearchCommands } from '../browse/search-rows.ts'
import { openFile, openVersions } from '../content/open-file.ts'
import { showInFiles } from '../files/show-file.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import { soFarOf } from '../model/open-image.ts'
import { BIGGEST_COLUMNS, type BiggestColumn, type BiggestSlice, pathCopies, sortRanked } from '../model/ranked.ts'
import { rowsOf } from '../model/rows.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import type { View } from '../model/view.ts'
import { heldText } from '../reading/held-layers.ts'
import { filterRanked, filterWithoutRows, followRanked, showRanked, unfilterRanked } from './ranked-filter.ts'

/** The biggest files of all layers, one row a version: those still visible and those only shipped. */
export const BIGGEST_VIEW: View<BigFile, CommandsOf<'biggest' | 'rows'>> = {
  name: 'biggest',
  contexts: ['biggest', 'rows', 'preview'],
  picks: true,
  title: titleOf,
  head: ({ slices }, width) => headLine(slices.biggest, width),
  rows: ({ slices: { biggest }, settings: { ascii } }, width) => {
    const files = sortRanked(biggest.list?.files ?? [], biggest.sort, VALUES)
    const most = biggest.list?.files[0]?.bytes ?? 1
    return rowsOf(files, file => fileLine(file, most, ascii, width))
  },
  madeOf: ({ slices: { biggest }, settings }) => [biggest.list, biggest.sort, settings.ascii],
  empty: ({ image, slices }) => {
    if (slices.biggest.list !== undefined) return 'No file is kept by the filter.'
    return image?.analysis?.complete === true ? 'Looking for the biggest files…' : (heldText(image) ?? 'Reading the layers…')
  },
  commands: {
    ...rowSearchCommands<BigFile>('biggest', ({ path }) => displayPath(path)),
    'biggest.enter': (state, { row }) => (row === undefined ? [state, []] : showInFiles(state, row.path, row.layer)),
    'biggest.view': (state, { row }) => (row === undefined ? [state, []] : view(state, row)),
    'biggest.versions': (state, { row }) => (row === undefined ? [state, []] : openVersions(state, row.path)),
    'biggest.sort': state => resort(state, nextSort(BIGGEST_COLUMNS, state.slices.biggest.sort)),
    'biggest.reverse': state => resort(state, reversedSort(state.slices.biggest.sort)),
    'biggest.sort-by': (state, { argument }) => resort(state, clickedSort(BIGGEST_COLUMNS, state.slices.biggest.sort, argument)),
    'biggest.filter': (state, { argument }) => filterRanked(state, 'biggest', argument),
    'biggest.unfilter': state => unfilterRanked(state, 'biggest'),
    back: state => (state.slices.biggest.filter === undefined ? undefined : unfilterRanked(state, 'biggest')),
  },
  receive: (state, action) => {
    if (action.type === 'analysed' && action.id === 'shown') return followRanked(state, 'biggest')
    if (action.type !== 'computed' || action.answer.kind !== 'biggest') return undefined
    return [withSlice(state, 'biggest', { ...state.slices.biggest, list: action.answer.list }), []]
  },
  shown: state => showRanked(state, 'biggest'),
  idle: (state, row) =>
    row === undefined ? ['biggest.enter', 'biggest.view', 'rows.search', ...filterWithoutRows(state, 'biggest')] : [],
  returned: state => showRanked(state, 'biggest'),
  previews: ({ slices }, file) =>
    file && slices.biggest.list && { kind: 'path', stack: slices.biggest.list.stack, path: file.path, layers: file.layer + 1 },
  copies: (_, file) => pathCopies(file?.path),
}

function resort(state: State, sort: BiggestSlice['sort']): Step<Effect> {
  return note(withSlice(state, 'biggest', { ...state.slices.biggest, sort }), sortNote(BIGGEST_COLUMNS, sort))
}

const VALUES: Readonly<Record<BiggestColumn, (file: BigFile) => string | number>> = {
  size: ({ bytes }) => bytes,
  path: ({ path }) => path,
  layer: ({ layer }) => layer,
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
  return headsWithLast(before, { column: 'path' }, sort, 'biggest.sort-by', width)
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

function titleOf({ image, slices }: State): { left: Line; right: Line } {
  const { list, filter } = slices.biggest
  const count = list === undefined ? '' : formatCount(list.count)
  const amount =
    list === undefined
      ? ''
      : `${list.count > RANKED ? `${formatCount(RANKED)} of ` : ''}${count} ${list.count === 1 ? 'file' : 'files'}  ${formatSize(list.bytes)}`
  return {
    left: line(
      span(soFarOf(image, list?.stack) === '' ? 'files of all layers' : 'files of the layers read'),
      span(soFarOf(image, list?.stack), 'accent'),
      ...(filter === undefined ? [] : [span(` · filter ${escapeText(filter.text)}`, 'accent')]),
    ),
    right: line(span(amount, 'dim')),
  }
}
