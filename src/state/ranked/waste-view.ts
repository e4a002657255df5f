import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, ROOT } from '../../layer/file-path.ts'
import { clickedSort, nextSort, reversedSort, sortNote } from '../../line/column-sort.ts'
import { START } from '../../line/cursor.ts'
import { type Line, line, span } from '../../line/line.ts'
import { RANKED } from '../../list/ranking.ts'
import { rowSearchCommands } from '../browse/search-rows.ts'
import { openVersions } from '../content/open-file.ts'
import { showInFiles } from '../files/show-file.ts'
import { nameOnList } from '../files/tree-line.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { markWaste } from '../marks/mark-commands.ts'
import type { Effect } from '../model/effect.ts'
import { toggleLayer } from '../model/marks.ts'
import { soFarOf } from '../model/open-image.ts'
import { pathCopies, WASTE_BY, WASTE_COLUMNS, type WasteSlice } from '../model/ranked.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import type { View } from '../model/view.ts'
import { heldText } from '../reading/held-layers.ts'
import { filterRanked, filterWithoutRows, followRanked, showRanked, unfilterRanked } from './ranked-filter.ts'
import { type WasteRow, wasteHead, wasteRows } from './waste-rows.ts'
import {
  closeWaste,
  openAllWaste,
  openWaste,
  placeInWasteTree,
  refreshWasteTree,
  showWasteTree,
  sortWasteTree,
  toggleWaste,
} from './waste-tree.ts'

/** Every byte that is shipped and never read: by file, layer, directory or cause. */
export const WASTE_VIEW: View<WasteRow, CommandsOf<'waste' | 'rows'>> = {
  name: 'waste',
  contexts: ['waste', 'rows', 'preview'],
  picks: true,
  title: titleOf,
  head: ({ slices: { waste } }, width) => wasteHead(waste, width),
  rows: wasteRows,
  madeOf: ({ image, slices: { waste, marks }, settings }) => [
    image?.image,
    waste.list,
    waste.by,
    waste.sort,
    waste.tree.shown,
    marks,
    settings.ascii,
  ],
  empty: emptyText,
  commands: {
    // The row of a tree has the last names only.
    ...rowSearchCommands<WasteRow>('waste', ({ path, tree }) =>
      path === undefined ? undefined : tree === undefined ? displayPath(path) : nameOnList(tree.shown.table, tree.row, path),
    ),
    'waste.enter': (state, { row }) => enter(state, row, toggleWaste),
    'waste.open': (state, { row }) => enter(state, row, openWaste),
    'waste.close': (state, { row }) => (row?.tree === undefined ? note(state, NO_TREE) : closeWaste(state, row.tree)),
    'waste.expand-all': state => (isTree(state) ? openAllWaste(state, true) : note(state, NO_TREE)),
    'waste.collapse-all': state => (isTree(state) ? openAllWaste(state, false) : note(state, NO_TREE)),
    'waste.mark': (state, { row, rows }) => mark(state, row, rows.length),
    'waste.versions': (state, { row }) => (row?.path === undefined ? [state, []] : openVersions(state, row.path)),
    'waste.by': state => {
      const { waste } = state.slices
      const by = WASTE_BY[(WASTE_BY.indexOf(waste.by) + 1) % WASTE_BY.length] ?? 'files'
      const turned = withCursor(withSlice(state, 'waste', { ...waste, by }), 'waste', START)
      return by === 'directories' ? showWasteTree(turned) : [turned, []]
    },
    'waste.sort': state =>
      isTree(state) ? sortWasteTree(state, 'next') : resort(state, nextSort(WASTE_COLUMNS, state.slices.waste.sort)),
    'waste.reverse': state =>
      isTree(state) ? sortWasteTree(state, 'reverse') : resort(state, reversedSort(state.slices.waste.sort)),
    'waste.sort-by': (state, { argument }) =>
      isTree(state)
        ? sortWasteTree(state, { column: argument })
        : resort(state, clickedSort(WASTE_COLUMNS, state.slices.waste.sort, argument)),
    'waste.filter': (state, { argument }) => filterRanked(state, 'waste', argument),
    'waste.unfilter': state => unfilterRanked(state, 'waste'),
    back: state => (state.slices.waste.filter === undefined ? undefined : unfilterRanked(state, 'waste')),
  },
  receive: (state, action) => {
    if (action.type === 'analysed' && action.id === 'shown') return followRanked(state, 'waste')
    if (action.type !== 'computed') return undefined
    if (action.answer.kind === 'waste-tree') return placeInWasteTree(state, action.answer)
    if (action.answer.kind !== 'waste') return undefined
    return refreshWasteTree(withSlice(state, 'waste', { ...state.slices.waste, list: action.answer.list }))
  },
  shown: state => showRanked(state, 'waste'),
  idle: (state, row) => {
    if (row === undefined) return [...OF_A_ROW, 'waste.by', 'rows.search', ...filterWithoutRows(state, 'waste')]
    if (row.layer === undefined) return OF_A_ROW
    return row.path === ROOT ? ['waste.enter', 'waste.mark'] : []
  },
  returned: state => showRanked(state, 'waste'),
  previews: ({ slices }, row) => {
    const { list } = slices.waste
    if (row?.layer === undefined || list === undefined) return undefined
    if (row.path === undefined) return { kind: 'layer', layer: row.layer }
    return { kind: 'path', stack: list.stack, path: row.path, layers: row.layer + 1 }
  },
  copies: (_, row) => pathCopies(row?.path),
}

/** Commands without a use where no row is listed, and on those of causes. */
const OF_A_ROW = ['waste.enter', 'waste.mark'] as const

const NO_TREE = 'Only directories open and close: t turns to them.'

function isTree({ slices }: State): boolean {
  return slices.waste.by === 'directories'
}

/** Opens what a row is about: a directory in its place, the hidden files of a layer as a list, a file in the tree of files. */
function enter(state: State, row: WasteRow | undefined, open: typeof openWaste): Step<Effect> {
  if (row?.layer === undefined) return [state, []]
  const opened = row.tree === undefined ? undefined : open(state, row.tree)
  if (opened !== undefined) return opened
  if (row.path !== undefined) return showInFiles(state, row.path, row.layer)
  const { waste } = state.slices
  return filterRanked(withSlice(state, 'waste', { ...waste, by: 'files' }), 'waste', `layer:${row.layer + 1}`)
}

/** Marks the file or directory of a row for removal, the layer of another one for a squash. */
function mark(state: State, row: WasteRow | undefined, length: number): Step<Effect> {
  if (row?.layer === undefined) return [state, []]
  if (row.path !== undefined)
    return markWaste(state, 'waste', row.tree === undefined ? row : { ...row, layer: row.tree.shippedFrom }, length)
  return [withSlice(state, 'marks', toggleLayer(state.slices.marks, row.layer)), []]
}

/** Totals have an order of their own. */
function resort(state: State, sort: WasteSlice['sort']): Step<Effect> {
  const { waste } = state.slices
  if (waste.by !== 'files') return note(state, 'Only files and directories can be sorted otherwise: t turns to them.')
  return note(withSlice(state, 'waste', { ...waste, sort }), sortNote(WASTE_COLUMNS, sort))
}

function titleOf({ image, slices }: State): { left: Line; right: Line } {
  const { by, filter, tree } = slices.waste
  // Rows and title are of the same layers and filter.
  const list = by === 'directories' ? tree.shown?.list : slices.waste.list
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
  if (slices.waste.list === undefined || (slices.waste.by === 'directories' && slices.waste.tree.shown === undefined))
    return image?.analysis?.complete === true ? 'Adding up what is hidden…' : (heldText(image) ?? 'Reading the layers…')
  if (slices.waste.filter !== undefined) return `The filter keeps no hidden file${soFarOf(image, slices.waste.list.stack)}.`
  const read = image?.analysis
  if (soFarOf(image, slices.waste.list.stack) === '') return 'Nothing is hidden: every byte that is shipped can be read.'
  return `Nothing is hidden so far: ${read?.layers ?? 0} of ${image?.image.layers.length ?? 0} layers are read.`
}
