import { formatCount } from '../../format/count.ts'
import { CHANGE_ROLES, differencesOf, MARKS, modeText, targetText, timeText } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, type FilePath, parentPath } from '../../layer/file-path.ts'
import { columnHeads, headsWithLast } from '../../line/column-sort.ts'
import { type Line, line, lineWidth, type Span, span } from '../../line/line.ts'
import { bar, cutMiddle, cutPath, padEnd, padStart, widthOf } from '../../line/text.ts'
import { chainStart, listLevel } from '../../list/directory-chain.ts'
import type { Fold } from '../../list/empty-rows.ts'
import { type Expansion, isOpen } from '../../list/file-rows.ts'
import { shownName } from '../../list/file-sort.ts'
import { changeOf, type FileTable, hasChildren, isDirectory, pathAt, rowOf } from '../../list/file-table.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { pathMark } from '../marks/mark-commands.ts'
import { expansionOf, type FilesSlice, type ShownFiles } from '../model/files.ts'
import type { Marks } from '../model/marks.ts'
import type { State } from '../model/state.ts'

const OWNER_CELLS = 9
/** A name is not cut to fewer cells than these. */
const LEAST_NAME = 20
/** Levels that are indented; the title of the pane has the directory of what lies deeper. */
const INDENTED = 8

/** The directory around the entry of a row that lies deeper than what is indented; undefined where the indentation tells it. */
export function deepDirectory({ table }: ShownFiles, row: number): FilePath | undefined {
  return listLevel(table, row, INDENTED + 1) > INDENTED ? parentPath(pathAt(table, row)) : undefined
}

/** From this width on there is room for every column and for names. */
const ROOM_FOR_ALL = 112

/** Cells of each column, 0 where it is not shown: a path must have room enough to tell files apart. */
type Cells = {
  readonly mode: number
  readonly owner: number
  readonly layer: number
  readonly time: number
  readonly bar: number
  readonly share: number
}

function cellsOf({ columns }: FilesSlice, width: number): Cells {
  // Columns that were asked for take the room of the bar before that of the names.
  const isFull = columns === 'all' && width < ROOM_FOR_ALL
  const asked = (set: 'mode' | 'all', from: number) => (columns === 'all' || columns === set) && width >= from
  return {
    mode: asked('mode', 48) ? 11 : 0,
    owner: asked('all', 62) ? OWNER_CELLS : 0,
    layer: asked('all', 56) ? 7 : 0,
    time: asked('all', 92) ? 16 : 0,
    bar: isFull ? 0 : width >= 96 ? 10 : width >= 44 ? 8 : 0,
    share: !isFull && width >= 52 ? 6 : 0,
  }
}

/** The names of the columns, the one that sorts marked; one that is not shown is named behind them. */
export function filesHead(slice: FilesSlice, width: number): Line {
  const head = columnHeads(slice.sort, 'files.sort-by')
  const { mode, owner, layer, time, bar: barCells, share } = cellsOf(slice, width)
  const before = line(
    head({ column: 'change', text: '', cells: 2 }),
    head({ column: 'mode', cells: mode }),
    head({ column: 'owner', cells: owner }),
    head({ column: 'size', cells: 9, right: true }),
    span(' '.repeat((barCells === 0 ? 0 : barCells + 1) + share)),
    head({ column: 'layer', cells: layer, right: true }),
    head({ column: 'time', text: 'modified', cells: time, gap: 2 }),
  )
  return headsWithLast(before, { column: 'name', text: 'path' }, slice.sort, 'files.sort-by', width)
}

/** One row of the tree. */
export function fileLine(
  { slices: { files: slice, marks }, settings: { ascii } }: State,
  shown: ShownFiles,
  row: number,
  width: number,
): Line {
  const { table, stack } = shown
  const node = table.node(row)
  const change = changeOf(table, row)
  const role = CHANGE_ROLES[change]
  const counted = node.type === 'file' || isDirectory(table, row)
  const bytes = table.sizes[row] ?? 0
  const removed = change === 'removed'
  const cells = cellsOf(slice, width)
  const mark = pathMark(marks, node.path)
  const start = line(
    span(MARKS[change], role),
    mark === ' ' ? ' ' : span(mark, 'accent'),
    ...(cells.mode === 0 ? [] : [span(`${modeText(node.type, node.mode)} `, removed ? 'dim' : 'plain')]),
    ...(cells.owner === 0 ? [] : [span(padEnd(`${node.uid}:${node.gid}`, OWNER_CELLS), removed ? 'dim' : 'plain')]),
    ...sizeSpans(counted ? bytes : undefined, table.sizes[0] ?? 0, cells, removed, ascii),
    ...(cells.layer === 0 ? [] : [span(padStart(String(node.layer + 1), 7), 'dim')]),
    ...(cells.time === 0 ? [] : [span(`  ${padEnd(timeText(node.mtime), 16)}`, 'dim')]),
    span(indent(table, row)),
    hasChildren(table, row)
      ? { ...span(openMark(table, row, expansionOf(slice), ascii), 'dim'), click: { command: 'files.enter' } }
      : span(openMark(table, row, expansionOf(slice), ascii), 'dim'),
  )
  const choices = remarks(node, change, shown, stack.changesets.length)
  const name = nameOnList(table, row, node.path)
  const room = width - lineWidth(start)
  const said = choices.find(each => widthOf(name) + lineWidth(each) <= room) ?? choices.at(-1) ?? []
  const left = Math.max(LEAST_NAME, room - lineWidth(said))
  // The change matters more than the whole name: a long name gives way to it. Of a chain the last directory matters.
  const fitting = change === 'modified' ? cutMiddle(name, left) : isDirectory(table, row) ? cutPath(name, left) : name
  return [...start, span(fitting, role), ...said]
}

/** The row of a fold: as many of its names as there is room for, and how many there are. */
export function foldLine(
  { slices: { files: slice, marks }, settings: { ascii } }: State,
  shown: ShownFiles,
  fold: Fold,
  width: number,
): Line {
  const { table } = shown
  const cells = cellsOf(slice, width)
  const change = fold.added ? 'added' : 'unchanged'
  const mark = foldMark(marks, table, fold)
  const start = line(
    span(MARKS[change], CHANGE_ROLES[change]),
    mark === ' ' ? ' ' : span(mark, 'accent'),
    ' '.repeat(cells.mode + cells.owner),
    ...sizeSpans(0, table.sizes[0] ?? 0, cells, false, ascii),
    ' '.repeat(cells.layer + (cells.time === 0 ? 0 : cells.time + 2)),
    span(indent(table, fold.rows[0] ?? 0)),
    span(ascii ? '+ ' : '▸ ', 'dim'),
  )
  const amount = `${formatCount(fold.rows.length)} empty`
  const names = foldedNames(table, fold, width - lineWidth(start) - amount.length - 2)
  return [...start, span(names === '' ? amount : `${names}  ${amount}`, 'dim')]
}

/** `boot/ home/ mnt/ …`; nothing where there is no room for a name. */
function foldedNames(table: FileTable, { rows }: Fold, room: number): string {
  let names = ''
  for (const [index, row] of rows.entries()) {
    const name = `${displayPath(shownName(table, row))}${isDirectory(table, row) ? '/' : ''}`
    const more = names === '' ? name : `${names} ${name}`
    // The sign of omission needs room too, unless this name is the last.
    if (widthOf(more) + (index === rows.length - 1 ? 0 : 2) > room) return names === '' ? '' : `${names} …`
    names = more
  }
  return names
}

/** The mark of the entries: `*` where one of them is marked itself. */
function foldMark(marks: Marks, table: FileTable, { rows }: Fold): string {
  const first = pathAt(table, rows[0] ?? 0)
  const around = parentPath(first)
  for (const path of marks.paths) {
    if (parentPath(path) === around && rows.includes(rowOf(table, path).row)) return '*'
  }
  return pathMark(marks, first)
}

/** Names of a chain of directories that are shown, the last ones. */
const MOST_NAMES = 32

/** `usr/share/doc/` where each directory has nothing but the next one; a file's bare name. */
export function nameOnList(table: FileTable, row: number, path: FilePath): string {
  if (row === 0 || !isDirectory(table, row)) return displayPath(shownName(table, row))
  const names = row - chainStart(table, row) + 1
  if (names === 1) return `${displayPath(shownName(table, row))}/`
  return `${names > MOST_NAMES ? '…/' : ''}${displayPath(path.split('/').slice(-Math.min(names, MOST_NAMES)).join('/') as FilePath)}/`
}

/** The blanks before the triangle of a row. */
export function indent(table: FileTable, row: number): string {
  return ' '.repeat(2 + 2 * listLevel(table, row, INDENTED))
}

/** From this share of the whole on a size stands out. */
const HEAVY = 0.1

/** The size, its bar and its share of the whole tree; a row without bytes is dim. */
function sizeSpans(bytes: number | undefined, total: number, cells: Cells, removed: boolean, ascii: boolean): Line {
  const share = bytes === undefined || total === 0 ? 0 : bytes / total
  const role = removed || bytes === undefined || bytes === 0 ? 'dim' : share >= HEAVY ? 'strong' : 'plain'
  const text = bytes === undefined ? '·' : formatSize(bytes)
  const drawn = cells.bar === 0 ? '' : ` ${bar(removed ? 0 : share, cells.bar, ascii)}`
  const percent = removed || bytes === undefined || bytes === 0 ? '' : share < 0.005 ? '<1 %' : `${Math.round(share * 100)} %`
  const shown = `${drawn}${padStart(percent, cells.share)}`
  // One colour for bar and share, and none for blanks: each change of colour costs a slow line ten bytes a row.
  return shown.trim() === ''
    ? line(span(padStart(text, 9) + shown, role))
    : line(span(padStart(text, 9), role), span(shown, 'accent'))
}

/** The triangle before the name of a directory: whether it is open. Two cells, blank before a file. */
export function openMark(table: FileTable, row: number, expansion: Expansion, ascii: boolean): string {
  if (!hasChildren(table, row)) return isDirectory(table, row) ? (ascii ? '. ' : '▹ ') : '  '
  const open = isOpen(table, row, expansion)
  return ascii ? (open ? '- ' : '+ ') : open ? '▾ ' : '▸ '
}

/** After the name: a link's target, a device's numbers, other names, what changed and what it hides; then with less said. */
function remarks(node: TreeNode, change: string, { stack }: ShownFiles, layers: number): readonly Line[] {
  const parts: Span[] = []
  if (node.target !== undefined) parts.push(span(` → ${targetText(node.target)}`, 'dim'))
  if (node.device !== undefined) parts.push(span(`  device ${node.device.join(', ')}`, 'dim'))
  if (node.links > 1 && node.type === 'file') parts.push(span(`  ${node.links} names`, 'dim'))
  if (change === 'removed') {
    const by = removedBy(node, stack, layers)
    return ['  removed', ...(by === undefined ? [] : [`  removed by ${by + 1}`])]
      .map(text => [...parts, span(text, 'removed')])
      .reverse()
  }
  if (change !== 'modified') return [parts]
  const below = stack.snapshot(node.layer).node(node.id)
  const what = below === undefined ? [] : differencesOf(below, node)
  const hides = node.type === 'directory' || below === undefined ? '' : `, hides ${below.layer + 1}`
  const changed = `  ${what.length === 0 ? 'the same again' : what.join(', ')}`
  return [`${changed}${hides}`, changed].map(text => [...parts, span(text, 'modified')])
}

/** The layer after which the name was gone. */
function removedBy(node: TreeNode, stack: ShownFiles['stack'], layers: number): number | undefined {
  for (let layer = node.layer + 1; layer < layers; layer++) {
    if (stack.snapshot(layer + 1).node(node.id) === undefined) return layer
  }
  return undefined
}
