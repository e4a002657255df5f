import { parseFilter } from '../../filter/filter.ts'
import { isFilterError } from '../../filter/filter-term.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { START } from '../../line/cursor.ts'
import { layerNumber } from '../../line/layer-number.ts'
import { type Line, line, span } from '../../line/line.ts'
import { cut, padEnd, padStart } from '../../line/text.ts'
import { addTo } from '../../sums.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import type { MatrixSlice } from '../model/layers.ts'
import { soFarOf } from '../model/open-image.ts'
import { rowsOf } from '../model/rows.ts'
import { panesOf } from '../model/screen.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import type { ClickedCell, View } from '../model/view.ts'

/** The matrix of hidden bytes: a row for each layer that ships, a column for each that hides. */
type Table = {
  /** Positions of the rows and of the columns, ascending. */
  readonly shippers: readonly number[]
  readonly hiders: readonly number[]
  readonly bytes: (shipper: number, hider: number) => number
  readonly most: number
}

export const MATRIX_VIEW: View<number, CommandsOf<'matrix'>> = {
  name: 'matrix',
  contexts: ['matrix'],
  picks: true,
  title: state => ({ left: titleLine(state), right: [] }),
  head: (state, width) => headLine(state, width),
  foot: pickedLines,
  rows: (state, width) => rowsOf(tableOf(state).shippers, shipper => rowLine(state, shipper, width)),
  empty: ({ image, slices }) =>
    slices.story.story === undefined || soFarOf(image, slices.story.story.stack) !== ''
      ? 'Reading the layers: none hides anything so far.'
      : 'No layer hides anything of another.',
  commands: {
    'matrix.left': state => turn(state, -1),
    'matrix.right': state => turn(state, 1),
    'matrix.enter': (state, { row }) => enter(state, row),
    'matrix.layers': state => [jumpTo(state, { tab: panesOf(state.screen).tab, focus: 'layers' }), []],
  },
  clicked: pickColumn,
  idle: (state, row) => (row === undefined || hiddenInCell(state, row) === 0 ? ['matrix.enter'] : []),
  crumbs: state => {
    const hider = pickedHider(state)
    return ['matrix', ...(hider === undefined ? [] : [`hidden by layer ${hider + 1}`])]
  },
}

/** `t` in the layers: the matrix, its cursor on the layer that the cursor is on and on the one that hides most of it. */
export function openMatrix(state: State): Step<Effect> {
  const table = tableOf(state)
  const layer = selectedLayer(state)?.position ?? 0
  const index = Math.max(0, table.shippers.indexOf(layer))
  const shipper = table.shippers[index] ?? 0
  const hider = mostHiding(table, shipper) ?? 0
  const opened = withSlice(jumpTo(state, { over: 'matrix' }), 'matrix', { hider })
  return [withCursor(opened, 'matrix', { ...START, index }), []]
}

/** The layer that hides most of what `shipper` ships. */
function mostHiding({ hiders, bytes }: Table, shipper: number): number | undefined {
  return hiders.toSorted((one, other) => bytes(shipper, other) - bytes(shipper, one))[0]
}

/** The layer of the picked column; one that hides nothing, as before any layer was read, gives way to the one that hides most of the row. */
function pickedHider(state: State): number | undefined {
  const table = tableOf(state)
  const own = state.slices.matrix?.hider
  if (own !== undefined && table.hiders.includes(own)) return own
  return mostHiding(table, table.shippers[state.cursors.matrix.index] ?? 0)
}

const EMPTY: Table = { shippers: [], hiders: [], bytes: () => 0, most: 0 }

/** The tables of the stories that were told. */
const known = new WeakMap<object, Table>()

function tableOf({ slices: { story } }: State): Table {
  const pairs = story.story?.ledger.pairs
  if (pairs === undefined) return EMPTY
  const found = known.get(pairs)
  if (found !== undefined) return found
  const sums = new Map<string, number>()
  for (const { shippedBy, hiddenBy, bytes } of pairs) {
    const key = `${shippedBy} ${hiddenBy}`
    addTo(sums, key, bytes)
  }
  const positions = (of: 'shippedBy' | 'hiddenBy') => [...new Set(pairs.map(pair => pair[of]))].sort((one, other) => one - other)
  const table: Table = {
    shippers: positions('shippedBy'),
    hiders: positions('hiddenBy'),
    bytes: (shipper, hider) => sums.get(`${shipper} ${hider}`) ?? 0,
    most: Math.max(0, ...sums.values()),
  }
  known.set(pairs, table)
  return table
}

/** Cells of a column: wide enough for a size where there is room, else for the number of the layer. */
function columnsOf(table: Table, picked: number, width: number): { readonly cells: number; readonly shown: readonly number[] } {
  const room = Math.max(8, width - SHIPPER)
  const cells = room >= table.hiders.length * 9 ? 9 : 5
  const count = Math.max(1, Math.floor(room / cells))
  const at = Math.max(0, table.hiders.indexOf(picked))
  const from = Math.max(0, Math.min(at - (count >> 1), table.hiders.length - count))
  return { cells, shown: table.hiders.slice(from, from + count) }
}

/** Cells of the number and the size of the layer that ships. */
const SHIPPER = 16

function headLine(state: State, width: number): Line {
  const table = tableOf(state)
  const hider = pickedHider(state) ?? 0
  const { cells, shown } = columnsOf(table, hider, width)
  const heads = shown.flatMap(each =>
    each === hider ? [span(padStart(`>${each + 1}`, cells), 'accent')] : layerNumber(each, cells),
  )
  return line(span('   #    hidden  ', 'dim'), ...heads)
}

function rowLine(state: State, shipper: number, width: number): Line {
  const table = tableOf(state)
  const hider = pickedHider(state) ?? 0
  const { cells, shown } = columnsOf(table, hider, width)
  const total = table.hiders.reduce((sum, each) => sum + table.bytes(shipper, each), 0)
  return line(
    ...layerNumber(shipper, 4),
    span(`${padStart(formatSize(total), 10)}  `),
    ...shown.flatMap(each => {
      const bytes = table.bytes(shipper, each)
      if (bytes === 0) return [span(padStart(each < shipper ? '' : '·', cells), 'dim')]
      const picked = each === hider
      const text = cells >= 9 ? formatSize(bytes) : shade(bytes / table.most, state.settings.ascii)
      const before = padStart(picked ? '>' : '', cells - text.length)
      return [span(before, 'strong'), span(text, picked && cells >= 9 ? 'strong' : 'waste')]
    }),
  )
}

/** Four steps by tens: a thousandth of the most is visible too. */
function shade(share: number, ascii: boolean): string {
  const step = Math.max(0, Math.min(3, 3 + Math.ceil(Math.log10(Math.max(share, 1e-9)))))
  return (ascii ? '.:+#' : '░▒▓█').charAt(step).repeat(3)
}

function titleLine(state: State): Line {
  const { image, slices } = state
  const { shippers } = tableOf(state)
  return line(
    span('rows ship, columns hide'),
    span(` · ${shippers.length} of ${image?.image.layers.length ?? 0} layers`, 'dim'),
    span(soFarOf(image, slices.story.story?.stack), 'accent'),
  )
}

/** From this many rows of the screen on the picked cell is told in words. */
const HIGH = 14

/** The picked cell in words: its bytes, and the commands of the two layers. */
function pickedLines(state: State, width: number): readonly Line[] {
  const { image, size, cursors } = state
  if (size.rows < HIGH || image === undefined) return []
  const table = tableOf(state)
  const [shipper, hider] = [table.shippers[cursors.matrix.index], pickedHider(state)]
  if (shipper === undefined || hider === undefined) return []
  const words = (layer: number) =>
    cut(commandText(image.image.steps.find(each => each.layer === layer)?.history), Math.max(0, width - NAMES))
  const bytes = table.bytes(shipper, hider)
  const [amount, role] = bytes === 0 ? (['nothing', 'dim'] as const) : ([formatSize(bytes), 'waste'] as const)
  return [
    line(span(padEnd('picked', NAMES - 5), 'dim'), span(amount, role)),
    line(span(padEnd('shipped by', NAMES - 5), 'dim'), ...layerNumber(shipper, 3), span(`  ${words(shipper)}`)),
    line(span(padEnd('hidden by', NAMES - 5), 'dim'), ...layerNumber(hider, 3), span(`  ${words(hider)}`)),
  ]
}

/** Cells before the command of a layer: what it does, its number. */
const NAMES = 17

/** The column of layers under a click. */
function pickColumn(state: State, { column, width }: ClickedCell): Step<Effect> {
  const { cells, shown } = columnsOf(tableOf(state), pickedHider(state) ?? 0, width)
  const hider = shown[Math.floor((column - SHIPPER) / cells)]
  return [column < SHIPPER || hider === undefined ? state : withSlice(state, 'matrix', { hider }), []]
}

function turn(state: State, by: number): Step<Effect> {
  const { hiders } = tableOf(state)
  const at = hiders.indexOf(pickedHider(state) ?? 0)
  const hider = hiders[Math.max(0, Math.min(hiders.length - 1, at + by))]
  const slice: MatrixSlice = hider === undefined ? state.slices.matrix : { hider }
  return [withSlice(state, 'matrix', slice), []]
}

/** Bytes of the layer that the picked column hides. */
function hiddenInCell(state: State, shipper: number): number {
  return tableOf(state).bytes(shipper, pickedHider(state) ?? -1)
}

/** The hidden files of the cell, in the waste. */
function enter(state: State, shipper: number | undefined): Step<Effect> {
  const hider = pickedHider(state)
  const stack = state.image?.analysis?.stack
  if (shipper === undefined || hider === undefined || stack === undefined) return [state, []]
  if (hiddenInCell(state, shipper) === 0) return note(state, `Layer ${hider + 1} hides nothing that layer ${shipper + 1} ships.`)
  const filter = parseFilter(`layer:${shipper + 1} hider:${hider + 1}`, 0)
  if (isFilterError(filter)) return [state, []]
  const jumped = withCursor(jumpTo(state, { tab: 'waste' }), 'waste', START)
  const slice = { ...jumped.slices.waste, filter, by: 'files' } as const
  return [withSlice(jumped, 'waste', slice), [{ type: 'compute', tag: 'waste', job: { kind: 'waste', stack, filter } }]]
}
