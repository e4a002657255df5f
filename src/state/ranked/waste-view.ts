import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { baseName, displayPath, type FilePath } from '../../layer/file-path.ts'
import { clickedSort, columnHeads, headsWithLast, nextSort, reversedSort, sortNote } from '../../line/column-sort.ts'
import { START } from '../../line/cursor.ts'
import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { bar, cutPath, padEnd, padStart } from '../../line/text.ts'
import { RANKED } from '../../list/ranking.ts'
import { WASTE_CAUSES, type Waste } from '../../space/waste.ts'
import { rowSearchCommands } from '../browse/search-rows.ts'
import { openVersions } from '../content/open-file.ts'
import { showInFiles } from '../files/show-file.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { markWaste, pathMark } from '../marks/mark-commands.ts'
import type { Effect } from '../model/effect.ts'
import { soFarOf } from '../model/open-image.ts'
import { pathCopies, sortRanked, WASTE_BY, WASTE_COLUMNS, type WasteColumn, type WasteSlice } from '../model/ranked.ts'
import { rowsOf } from '../model/rows.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import type { View } from '../model/view.ts'
import { heldText } from '../reading/held-layers.ts'
import { filterRanked, filterWithoutRows, followRanked, showRanked, unfilterRanked } from './ranked-filter.ts'

/** Every byte that is shipped and never read: by file, layer, directory or cause. */
export const WASTE_VIEW: View<WasteRow, CommandsOf<'waste' | 'rows'>> = {
  name: 'waste',
  contexts: ['waste', 'rows', 'preview'],
  picks: true,
  title: titleOf,
  head: ({ slices: { waste } }, width) => (waste.by === 'files' ? filesHead(waste, width) : line(span(HEADS[waste.by]))),
  rows: (state, width) => rowsOf(ROWS[state.slices.waste.by](state), row => marked(state, row, width)),
  madeOf: ({ image, slices: { waste, marks }, settings }) => [
    image?.image,
    waste.list,
    waste.by,
    waste.sort,
    marks,
    settings.ascii,
  ],
  empty: emptyText,
  commands: {
    // The row of a directory has its last name only.
    ...rowSearchCommands<WasteRow>('waste', ({ path, layer }) =>
      path === undefined || layer === undefined ? undefined : displayPath(path),
    ),
    'waste.enter': (state, { row }) =>
      row?.path === undefined || row.layer === undefined ? [state, []] : showInFiles(state, row.path, row.layer),
    'waste.mark': (state, { row, rows }) => markWaste(state, 'waste', row, rows.length),
    'waste.versions': (state, { row }) => (row?.path === undefined ? [state, []] : openVersions(state, row.path)),
    'waste.by': state => {
      const { waste } = state.slices
      const by = WASTE_BY[(WASTE_BY.indexOf(waste.by) + 1) % WASTE_BY.length] ?? 'files'
      return [withCursor(withSlice(state, 'waste', { ...waste, by }), 'waste', START), []]
    },
    'waste.sort': state => resort(state, nextSort(WASTE_COLUMNS, state.slices.waste.sort)),
    'waste.reverse': state => resort(state, reversedSort(state.slices.waste.sort)),
    'waste.sort-by': (state, { argument }) => resort(state, clickedSort(WASTE_COLUMNS, state.slices.waste.sort, argument)),
    'waste.filter': (state, { argument }) => filterRanked(state, 'waste', argument),
    'waste.unfilter': state => unfilterRanked(state, 'waste'),
    back: state => (state.slices.waste.filter === undefined ? undefined : unfilterRanked(state, 'waste')),
  },
  receive: (state, action) => {
    if (action.type === 'analysed' && action.id === 'shown') return followRanked(state, 'waste')
    if (action.type !== 'computed' || action.answer.kind !== 'waste') return undefined
    return [withSlice(state, 'waste', { ...state.slices.waste, list: action.answer.list }), []]
  },
  shown: state => showRanked(state, 'waste'),
  idle: (state, row) =>
    row === undefined ? ['waste.enter', 'waste.mark', 'waste.by', 'rows.search', ...filterWithoutRows(state, 'waste')] : [],
  returned: state => showRanked(state, 'waste'),
  previews: ({ slices }, row) => {
    const { list } = slices.waste
    if (row?.layer === undefined || list === undefined) return undefined
    if (row.path === undefined) return { kind: 'layer', layer: row.layer }
    return { kind: 'path', stack: list.stack, path: row.path, layers: row.layer + 1 }
  },
  copies: (_, row) => pathCopies(row?.path),
}

/** Totals have an order of their own. */
function resort(state: State, sort: WasteSlice['sort']): Step<Effect> {
  const { waste } = state.slices
  if (waste.by !== 'files') return note(state, 'Only the list of files can be sorted otherwise: t turns to it.')
  return note(withSlice(state, 'waste', { ...waste, sort }), sortNote(WASTE_COLUMNS, sort))
}

const VALUES: Readonly<Record<WasteColumn, (waste: Waste) => string | number>> = {
  size: ({ bytes }) => bytes,
  path: ({ path }) => path,
  layer: ({ shippedBy }) => shippedBy,
  'hidden by': ({ hiddenBy }) => hiddenBy,
  cause: ({ cause }) => cause,
}

const HEADS = {
  layers: 'layer    hidden by later layers    hidden by this one  command',
  directories: '     size                   files  directory',
  causes: '     size                   cause',
}

/** A row of any of the lists; `path` and `layer` where it can be gone to. */
type WasteRow = {
  readonly path: FilePath | undefined
  readonly layer: number | undefined
  /** The layer that hides it. */
  readonly hiddenBy?: number
  readonly line: (ascii: boolean, width: number) => Line
}

/** The row, with its mark in the first cell. */
function marked(state: State, row: WasteRow, width: number): Line {
  const drawn = row.line(state.settings.ascii, width)
  const [first, ...rest] = drawn
  const mark = row.path === undefined ? ' ' : pathMark(state.slices.marks, row.path)
  if (first === undefined || mark === ' ') return drawn
  return [span(mark, 'accent'), { ...first, text: first.text.slice(1) }, ...rest]
}

const BAR_CELLS = 12

const ROWS: Readonly<Record<State['slices']['waste']['by'], (state: State) => readonly WasteRow[]>> = {
  files: ({ slices: { waste } }) => sortRanked(waste.list?.files ?? [], waste.sort, VALUES).map(fileRow),
  layers: ({ slices: { waste }, image }) => {
    const byLayer = waste.list?.ledger.byLayer ?? []
    const most = Math.max(1, ...byLayer.map(({ shipped, caused }) => Math.max(shipped, caused)))
    return byLayer.map(({ shipped, caused }, layer) => ({
      path: undefined,
      layer,
      line: ascii =>
        line(
          span(padStart(String(layer + 1), 5)),
          span(padStart(amount(shipped), 10), shipped > 0 ? 'waste' : 'dim'),
          span(` ${bar(shipped / most, BAR_CELLS, ascii)}`, 'waste'),
          span(padStart(amount(caused), 10), caused > 0 ? 'modified' : 'dim'),
          span(` ${bar(caused / most, BAR_CELLS, ascii)}`, 'modified'),
          span(`  ${commandText(image?.image.steps.find(step => step.layer === layer)?.history)}`, 'dim'),
        ),
    }))
  },
  directories: ({ slices: { waste } }) =>
    (waste.list?.directories ?? []).map(({ path, bytes, count }) => ({
      path,
      layer: undefined,
      line: ascii =>
        line(
          span(padStart(formatSize(bytes), 9), 'waste'),
          span(` ${bar(bytes / Math.max(1, waste.list?.bytes ?? 1), BAR_CELLS, ascii)}`, 'waste'),
          span(padStart(formatCount(count), 10), 'dim'),
          span(`  ${'  '.repeat(path === '' ? 0 : path.split('/').length)}${path === '' ? '/' : displayPath(baseName(path))}`),
        ),
    })),
  causes: ({ slices: { waste } }) =>
    WASTE_CAUSES.map(cause => ({ cause, bytes: waste.list?.ledger.byCause[cause] ?? 0 }))
      .filter(({ bytes }) => bytes > 0)
      .sort((one, other) => other.bytes - one.bytes)
      .map(({ cause, bytes }) => ({
        path: undefined,
        layer: undefined,
        line: ascii =>
          line(
            span(padStart(formatSize(bytes), 9), 'waste'),
            span(` ${bar(bytes / Math.max(1, waste.list?.ledger.hidden ?? 1), BAR_CELLS, ascii)}`, 'waste'),
            span(`      ${padEnd(cause, 15)}`),
            span(CAUSE_WORDS[cause], 'dim'),
          ),
      })),
}

const CAUSE_WORDS: Readonly<Record<Waste['cause'], string>> = {
  overwritten: 'a later layer has other content under the name',
  'metadata-only': 'the same content again, for its mode, owner or time',
  removed: 'deleted by a later layer, itself or with its directory',
  opaque: 'a later layer made its directory anew',
  'type-changed': 'a later layer put something else in its place',
  repeated: 'twice in one layer',
}

/** From this width on the columns have their whole names and some room between them. */
const WIDE = 90
/** From these widths on a column is shown. */
const [CAUSE_FROM, LAYERS_FROM] = [56, 40]

const SIZE_CELLS = 9

function fileCells(width: number) {
  if (width < CAUSE_FROM) return width < LAYERS_FROM ? { layer: 0, hiddenBy: 0, cause: 0 } : { layer: 7, hiddenBy: 4, cause: 0 }
  return width >= WIDE ? { layer: 7, hiddenBy: 11, cause: 13 } : { layer: 7, hiddenBy: 4, cause: 13 }
}

function filesHead({ sort }: WasteSlice, width: number): Line {
  const cells = fileCells(width)
  const head = columnHeads(sort, 'waste.sort-by')
  const before = line(
    head({ column: 'size', cells: SIZE_CELLS, right: true }),
    head({ column: 'layer', cells: cells.layer, right: true }),
    head({ column: 'hidden by', text: width >= WIDE ? 'hidden by' : 'by', cells: cells.hiddenBy, right: true }),
    head({ column: 'cause', cells: cells.cause, gap: 2 }),
  )
  return headsWithLast(before, { column: 'path' }, sort, 'waste.sort-by', width)
}

function fileRow({ path, bytes, shippedBy, hiddenBy, cause }: Waste): WasteRow {
  return {
    path,
    layer: shippedBy,
    hiddenBy,
    line: (_, width) => {
      const cells = fileCells(width)
      const start = line(
        span(padStart(formatSize(bytes), SIZE_CELLS), 'waste'),
        span(padStart(String(shippedBy + 1), cells.layer)),
        span(padStart(String(hiddenBy + 1), cells.hiddenBy)),
        span(`${cells.cause === 0 ? '' : `  ${padEnd(cause, cells.cause)}`}  `, 'dim'),
      )
      return [...start, span(cutPath(`/${displayPath(path)}`, Math.max(8, width - lineWidth(start))))]
    },
  }
}

function amount(bytes: number): string {
  return bytes === 0 ? '·' : formatSize(bytes)
}

function titleOf({ image, slices }: State): { left: Line; right: Line } {
  const { list, by, filter } = slices.waste
  if (list === undefined) return { left: [], right: [] }
  const { ledger, count, bytes } = list
  const share = ledger.shipped === 0 ? 0 : (100 * ledger.hidden) / ledger.shipped
  const cut = by === 'files' && count > RANKED ? `${formatCount(RANKED)} of ` : ''
  return {
    left: line(
      span(`by ${by}`),
      span(soFarOf(image, list.stack), 'accent'),
      ...(filter === undefined ? [] : [span(` · filter ${escapeText(filter.text)}`, 'accent')]),
    ),
    right: line(
      span(`${cut}${formatCount(count)} ${count === 1 ? 'file' : 'files'}  `, 'dim'),
      span(formatSize(bytes), 'waste'),
      span(` of ${formatSize(ledger.shipped)}, ${share.toFixed(1)} %`, 'dim'),
    ),
  }
}

function emptyText({ image, slices }: State): string {
  if (slices.waste.list === undefined)
    return image?.analysis?.complete === true ? 'Adding up what is hidden…' : (heldText(image) ?? 'Reading the layers…')
  if (slices.waste.filter !== undefined) return `The filter keeps no hidden file${soFarOf(image, slices.waste.list.stack)}.`
  const read = image?.analysis
  if (soFarOf(image, slices.waste.list.stack) === '') return 'Nothing is hidden: every byte that is shipped can be read.'
  return `Nothing is hidden so far: ${read?.layers ?? 0} of ${image?.image.layers.length ?? 0} layers are read.`
}
