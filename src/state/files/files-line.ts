import { CHANGE_ROLES, differencesOf, MARKS, modeText, targetText, timeText } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { cellsLeft, columnHeads, LAST_GAP } from '../../line/column-sort.ts'
import { type Line, line, lineWidth, type Span, span } from '../../line/line.ts'
import { cutMiddle, padEnd, padStart, widthOf } from '../../line/text.ts'
import { isOpen } from '../../list/file-rows.ts'
import { shownName } from '../../list/file-sort.ts'
import { changeOf, hasChildren, isDirectory } from '../../list/file-table.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { pathMark } from '../marks/mark-commands.ts'
import { expansionOf, type FilesSlice, type ShownFiles } from '../model/files.ts'
import type { State } from '../model/state.ts'

const OWNER_CELLS = 9
/** A name is not cut to fewer cells than these. */
const LEAST_NAME = 20
/** From these widths on a column is shown: what is left for the path must tell files apart. */
const FROM = { time: 92, owner: 62, mode: 48, layer: 40 }

/** The names of the columns, the one that sorts marked. */
export function filesHead({ sort }: FilesSlice, width: number): Line {
  const head = columnHeads(sort, 'files.sort-by')
  const before = line(
    head({ column: 'change', text: '', cells: 2 }),
    head({ column: 'mode', cells: width >= FROM.mode ? 11 : 0 }),
    head({ column: 'owner', cells: width >= FROM.owner ? OWNER_CELLS : 0 }),
    head({ column: 'size', cells: 9, right: true }),
    head({ column: 'layer', cells: width >= FROM.layer ? 7 : 0, right: true }),
    head({ column: 'time', text: 'modified', cells: width >= FROM.time ? 16 : 0, gap: 2 }),
  )
  return [...before, head({ column: 'name', text: 'path', cells: cellsLeft(before, width), gap: LAST_GAP })]
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
  const size = node.type === 'file' || isDirectory(table, row) ? formatSize(table.sizes[row] ?? 0) : '·'
  const removed = change === 'removed'
  const start = line(
    span(MARKS[change], role),
    span(pathMark(marks, node.path), 'accent'),
    ...(width >= FROM.mode ? [span(`${modeText(node.type, node.mode)} `, removed ? 'dim' : 'plain')] : []),
    ...(width >= FROM.owner ? [span(padEnd(`${node.uid}:${node.gid}`, OWNER_CELLS), removed ? 'dim' : 'plain')] : []),
    span(padStart(size, 9), removed ? 'dim' : 'number'),
    ...(width >= FROM.layer ? [span(padStart(String(node.layer + 1), 7), 'dim')] : []),
    ...(width >= FROM.time ? [span(`  ${padEnd(timeText(node.mtime), 16)}`, 'dim')] : []),
    span(`  ${'  '.repeat(Math.max(0, table.depths[row] ?? 0))}`),
    span(openMark(slice, shown, row, ascii), 'dim'),
  )
  const choices = remarks(node, change, shown, stack.changesets.length)
  const name = displayPath(shownName(table, row))
  const room = width - lineWidth(start)
  const said = choices.find(each => widthOf(name) + lineWidth(each) <= room) ?? choices.at(-1) ?? []
  // What changed is what one looks for: a long name gives way to it.
  const fitting = change === 'modified' ? cutMiddle(name, Math.max(LEAST_NAME, room - lineWidth(said))) : name
  return [...start, span(fitting, role), ...said]
}

function openMark(slice: FilesSlice, { table }: ShownFiles, row: number, ascii: boolean): string {
  if (!hasChildren(table, row)) return isDirectory(table, row) ? (ascii ? '. ' : '▹ ') : '  '
  const open = isOpen(table, row, expansionOf(slice))
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
