import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, parentPath, ROOT } from '../../layer/file-path.ts'
import { type Line, line, lineWidth, type Span, span } from '../../line/line.ts'
import { layerTint, type Tint } from '../../line/tint.ts'
import { hasChildren, pathAt, rowOf } from '../../list/file-table.ts'
import { aliveAt, weightAt } from '../../list/weighed-tree.ts'
import { openFile, openVersions } from '../content/open-file.ts'
import { showInFiles } from '../files/show-file.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import { togglePath } from '../model/marks.ts'
import { soFarOf } from '../model/open-image.ts'
import { pathCopies } from '../model/ranked.ts'
import { rowsOf } from '../model/rows.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { MAP_COLOURS, type MapColours } from '../model/treemap.ts'
import type { ClickedCell, View } from '../model/view.ts'
import { KIND_TINTS } from './file-kind.ts'
import { type Direction, type Tile, tileAt, tileBeside } from './map-layout.ts'
import { mapLines, tileName } from './map-lines.ts'
import { CHANGE_TINTS } from './map-look.ts'
import { openTreemap, pick, pickedPath, receiveTree, shownMap, weigh, withTreemap } from './treemap-open.ts'

/** A directory as rectangles, each as large as its bytes: alive, litter and hidden. */
export const TREEMAP_VIEW: View<Line, CommandsOf<'treemap'> | 'treemap'> = {
  name: 'treemap',
  contexts: ['treemap'],
  picks: false,
  title: state => ({ left: placeLine(state), right: pickedLine(state) }),
  banner: (state, width) => [legend(state, width)],
  rows: (state, width) => {
    const { treemap, marks } = state.slices
    const map = shownMap(state, width)
    const tree = treemap?.tree
    if (map === undefined || tree === undefined || map.tiles.length === 0) return []
    const isMarked = (row: number) => marks.paths.size > 0 && marks.paths.has(pathAt(tree.table, row))
    return rowsOf(mapLines(tree, map, treemap?.picked ?? 0, isMarked), each => each)
  },
  madeOf: ({ slices, settings, size }) => [slices.treemap, slices.marks, settings.ascii, size.rows],
  empty: state => (state.slices.treemap?.tree === undefined ? 'Weighing the files…' : 'Nothing here has any bytes.'),
  commands: {
    treemap: openTreemap,
    'treemap.left': state => go(state, 'left'),
    'treemap.right': state => go(state, 'right'),
    up: state => go(state, 'up'),
    down: state => go(state, 'down'),
    first: state => pickAt(state, 0),
    last: state => pickAt(state, Number.POSITIVE_INFINITY),
    'treemap.lighter': state => pickAt(state, (state.slices.treemap?.picked ?? 0) + 1),
    'treemap.heavier': state => pickAt(state, (state.slices.treemap?.picked ?? 0) - 1),
    'treemap.enter': enter,
    'treemap.around': state => leaveDirectory(state, 0) ?? [state, []],
    'treemap.mark': mark,
    'treemap.colours': turnColours,
    'treemap.tree': state => {
      const [path, { treemap }] = [pickedPath(state), state.slices]
      if (path === undefined || treemap === undefined) return [state, []]
      const layers = state.image?.image.layers.length ?? 1
      return showInFiles(state, path, treemap.scope.kind === 'image' ? layers - 1 : treemap.scope.layer)
    },
    back: state => {
      const entered = state.slices.treemap?.entered ?? 0
      return entered === 0 ? undefined : leaveDirectory(state, entered - 1)
    },
  },
  receive: (state, action) => {
    if (action.type === 'analysed' && action.id === 'shown') return weigh(state)
    return action.type === 'computed' && action.answer.kind === 'weigh' ? receiveTree(state, action.answer) : undefined
  },
  returned: weigh,
  clicked: pickTile,
  idle: state => (pickedTile(state) === undefined ? ['treemap.enter', 'treemap.mark', 'treemap.tree'] : []),
  copies: state => pathCopies(pickedPath(state)),
  crumbs: ({ slices: { treemap } }) => ['map', ...(treemap === undefined ? [] : [`/${displayPath(treemap.path)}`])],
}

function go(state: State, direction: Direction): Step<Effect> {
  const map = shownMap(state)
  const picked = state.slices.treemap?.picked ?? 0
  return [map === undefined ? state : withTreemap(state, { picked: tileBeside(map, picked, direction) }), []]
}

function pickAt(state: State, index: number): Step<Effect> {
  const most = (shownMap(state)?.tiles.length ?? 1) - 1
  return [withTreemap(state, { picked: Math.max(0, Math.min(most, index)) }), []]
}

/** The rectangle at a cell: its upper spot says which. */
function pickTile(state: State, { index, column }: ClickedCell): Step<Effect> {
  const map = shownMap(state)
  const picked = map === undefined ? -1 : tileAt(map, column, index * 2)
  return [picked === -1 ? state : withTreemap(state, { picked }), []]
}

function pickedTile(state: State): Tile | undefined {
  return shownMap(state)?.tiles[state.slices.treemap?.picked ?? 0]
}

/** Into a directory; a file is looked at, and one that is hidden shows its versions. */
function enter(state: State): Step<Effect> {
  const [tile, { treemap }] = [pickedTile(state), state.slices]
  const tree = treemap?.tree
  if (tile === undefined || tree === undefined) return [state, []]
  if (tile.row === undefined) return note(state, `${tile.rows} that are too small to be drawn: t shows them in the tree.`)
  const path = pathAt(tree.table, tile.row)
  if (hasChildren(tree.table, tile.row))
    return [withTreemap(state, { path, picked: 0, entered: (treemap?.entered ?? 0) + 1 }), []]
  return aliveAt(tree, tile.row) > 0 ? openFile(state, tree.table.node(tile.row)) : openVersions(state, path)
}

/** The map of the directory around, with the one that is left picked. */
function leaveDirectory(state: State, entered: number): Step<Effect> | undefined {
  const { treemap } = state.slices
  if (treemap === undefined || treemap.path === ROOT) return undefined
  return [pick(withTreemap(state, { path: parentPath(treemap.path), entered }), treemap.path), []]
}

function mark(state: State): Step<Effect> {
  const path = pickedPath(state)
  if (path === undefined) return [state, []]
  return [withSlice(state, 'marks', togglePath(state.slices.marks, path)), []]
}

function turnColours(state: State): Step<Effect> {
  const { treemap } = state.slices
  if (treemap === undefined) return [state, []]
  const colours = MAP_COLOURS[(MAP_COLOURS.indexOf(treemap.colours) + 1) % MAP_COLOURS.length] ?? 'layer'
  return [withTreemap(state, { colours }), []]
}

/** The directory, and which tree it is of. */
function placeLine({ image, slices: { treemap } }: State): Line {
  if (treemap === undefined) return []
  const { scope, path } = treemap
  const words =
    scope.kind === 'image' ? '' : scope.kind === 'upto' ? ` up to layer ${scope.layer + 1}` : ` layer ${scope.layer + 1} alone`
  return line(span(`/${displayPath(path)}`), span(words, 'dim'), span(soFarOf(image, treemap.tree?.stack), 'accent'))
}

/** The facts of the picked rectangle: name, size, share, hidden bytes, layer and command. */
function pickedLine(state: State): Line {
  const { image, slices } = state
  const [tile, tree] = [pickedTile(state), slices.treemap?.tree]
  if (tile === undefined || tree === undefined || slices.treemap === undefined) return []
  const around = Math.max(1, weightAt(tree, rowOf(tree.table, slices.treemap.path).row))
  const share = Math.round((100 * tile.bytes) / around)
  const hidden = tile.row === undefined ? 0 : (tree.hidden[tile.row] ?? 0)
  const layer = tile.row === undefined || hasChildren(tree.table, tile.row) ? undefined : tree.table.layers[tile.row]
  const step = image?.image.steps.find(each => each.layer === layer)
  const command = state.size.columns < 100 ? '' : ` ${commandText(step?.history).slice(0, 40)}`
  return line(
    span(tileName(tree, tile), 'strong'),
    span(`  ${formatSize(tile.bytes)}  ${share < 1 ? '<1' : share} %`),
    ...(hidden === 0 ? [] : [span(`  ${hidden === tile.bytes ? 'all' : formatSize(hidden)} hidden`, 'waste')]),
    ...(layer === undefined ? [] : [span(`  layer ${layer + 1}${command}`, 'dim')]),
    span(`  ${slices.treemap.picked + 1}/${shownMap(state)?.tiles.length ?? 1}`, 'dim'),
  )
}

/** The meaning of the colours and the shades. */
function legend({ image, slices: { treemap }, settings: { ascii } }: State, width: number): Line {
  const shades = line(
    span(ascii ? '##' : '//', 'waste'),
    span(' hidden  ', 'dim'),
    { ...span(ascii ? '::' : '· '), back: 'grey' },
    span(' litter  by ', 'dim'),
    span(treemap?.colours ?? 'layer', 'strong'),
    span(' ', 'dim'),
  )
  const names = legendOf(treemap?.colours ?? 'layer', image?.image.layers.length ?? 0)
  let room = width - lineWidth(shades)
  const chips: Span[] = []
  for (const [name, tint] of names) {
    room -= name.length + 4
    if (room < 0) break
    chips.push({ ...span('  '), back: tint }, span(` ${name} `, 'dim'))
  }
  return [...shades, ...chips]
}

function legendOf(colours: MapColours, layers: number): readonly (readonly [name: string, tint: Tint])[] {
  if (colours === 'change') return Object.entries(CHANGE_TINTS)
  if (colours === 'kind') return Object.entries(KIND_TINTS)
  return Array.from({ length: layers }, (_, position) => [String(position + 1), layerTint(position)] as const)
}
