import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { columnHeads, headsWithLast } from '../../line/column-sort.ts'
import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { bar, cutPath, padEnd, padStart } from '../../line/text.ts'
import { WASTE_CAUSES, type Waste } from '../../space/waste.ts'
import { layerMark, pathMark } from '../marks/mark-commands.ts'
import { sortRanked, type WasteColumn, type WasteSlice } from '../model/ranked.ts'
import { lazyRows, type Rows, rowsOf } from '../model/rows.ts'
import type { State } from '../model/state.ts'
import { type WasteTreeRow, wasteTreeHead, wasteTreeLine, wasteTreeRow } from './waste-tree.ts'

/** A row of any of the lists; `path` and `layer` where it can be gone to. */
export type WasteRow = {
  readonly path: FilePath | undefined
  readonly layer: number | undefined
  /** The layer that hides it. */
  readonly hiddenBy?: number
  /** Where it is in the tree of directories. */
  readonly tree?: WasteTreeRow
  readonly line: (ascii: boolean, width: number) => Line
}

/** The names of the columns of the list that is shown. */
export function wasteHead(waste: WasteSlice, width: number): Line {
  if (waste.by === 'files') return filesHead(waste, width)
  return waste.by === 'directories' ? wasteTreeHead(waste.tree, width) : line(span(HEADS[waste.by]))
}

const HEADS = {
  layers: 'layer    hidden by later layers    hidden by this one  command',
  causes: '     size                   cause',
}

/** The rows of the list that is shown. */
export function wasteRows(state: State, width: number): Rows<WasteRow> {
  const { by } = state.slices.waste
  return by === 'directories' ? treeRows(state, width) : rowsOf(ROWS[by](state), row => marked(state, row, width))
}

function treeRows(state: State, width: number): Rows<WasteRow> {
  const { shown } = state.slices.waste.tree
  if (shown === undefined || shown.list.count === 0) return rowsOf([], () => [])
  const subjectAt = (index: number): WasteRow | undefined => {
    const tree = wasteTreeRow(shown, index)
    return tree && { ...tree, tree, line: (ascii, cells) => wasteTreeLine(tree, ascii, cells) }
  }
  const rows = lazyRows(shown.rows.length, index => {
    const subject = subjectAt(index)
    if (subject === undefined) throw new RangeError(`no row ${index}`)
    return { line: marked(state, subject, width), subject }
  })
  return { ...rows, subjectAt }
}

/** The row, with its mark in the first cell. */
function marked(state: State, row: WasteRow, width: number): Line {
  const drawn = row.line(state.settings.ascii, width)
  const [first, ...rest] = drawn
  const mark = markOf(state, row)
  if (first === undefined || mark === ' ') return drawn
  return [span(mark, 'accent'), { ...first, text: first.text.slice(1) }, ...rest]
}

function markOf({ slices: { marks }, settings: { ascii } }: State, { path, layer }: WasteRow): string {
  if (path !== undefined) return pathMark(marks, path)
  return layer === undefined ? ' ' : layerMark(marks, layer, ascii)
}

const VALUES: Readonly<Record<WasteColumn, (waste: Waste) => string | number>> = {
  size: ({ bytes }) => bytes,
  path: ({ path }) => path,
  layer: ({ shippedBy }) => shippedBy,
  'hidden by': ({ hiddenBy }) => hiddenBy,
  cause: ({ cause }) => cause,
}

const BAR_CELLS = 12

const ROWS: Readonly<Record<Exclude<State['slices']['waste']['by'], 'directories'>, (state: State) => readonly WasteRow[]>> = {
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
