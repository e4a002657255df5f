import { formatCount } from '../../format/count.ts'
import { CHANGE_ROLES, MARKS } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { settle } from '../../line/cursor.ts'
import { type Line, line, lineWidth, type Role, type Span, span } from '../../line/line.ts'
import { padStart, suffix, widthOf } from '../../line/text.ts'
import { changeOf, type FileTable, isDirectory, pathAt } from '../../list/file-table.ts'
import { placesIn } from '../../list/fuzzy-paths.ts'
import type { Dialog, ShownPaths } from '../model/dialog.ts'
import { soFar } from '../model/open-image.ts'
import type { State } from '../model/state.ts'
import { heldText } from '../reading/held-layers.ts'
import { finderHeight } from './file-finder.ts'
import type { PaneLine } from './pane.ts'

type Finder = Extract<Dialog, { type: 'find-file' }>

/** How many paths have the letters that are typed, of how many. */
export function finderCount(state: State, { shown }: Finder): Line {
  if (shown === undefined) return []
  const { table, text, count } = shown.found
  const all = formatCount(table.count - 1)
  const amount = text.trim() === '' ? `${all} ${all === '1' ? 'path' : 'paths'}` : `${formatCount(count)} of ${all}`
  return line(span(` ${amount}${soFar(state.image)} `, 'dim'))
}

/** The paths that were found, the best first; where there are none, why. */
export function finderRows(state: State, { shown, cursor }: Finder): readonly PaneLine[] {
  const { columns } = state.size
  if (shown === undefined || shown.found.rows.length === 0) {
    return [{ spans: line(span(`   ${emptyText(state, shown)}`, 'dim')), selected: false }]
  }
  const { table, rows, text } = shown.found
  const height = finderHeight(state)
  const { top, index } = settle(cursor, rows.length, height)
  return rows.slice(top, top + height).map((row, offset) => {
    const under = top + offset === index
    return { spans: foundLine(table, row, text, under, columns - 1), selected: under }
  })
}

function emptyText(state: State, shown: ShownPaths | undefined): string {
  const { image } = state
  if (shown !== undefined && shown.found.text.trim() !== '') return 'No path has these letters in this order.'
  if (shown !== undefined) return 'Letters of a path in their order; several words in any order.'
  if (image !== undefined && image.image.layers.length === 0) return 'This image has no layers.'
  return (image === undefined ? undefined : heldText(image)) ?? 'Reading the layers…'
}

/** The size, what became of it, and the path with its found letters; of a long path the end. */
function foundLine(table: FileTable, row: number, text: string, under: boolean, width: number): Line {
  const change = changeOf(table, row)
  const isCounted = table.node(row).type === 'file' || isDirectory(table, row)
  const start = line(
    span(under ? ' > ' : '   ', 'accent'),
    span(padStart(isCounted ? formatSize(table.sizes[row] ?? 0) : '·', 9), change === 'removed' ? 'dim' : 'plain'),
    span(` ${MARKS[change]} `, CHANGE_ROLES[change]),
  )
  const path = marked(pathAt(table, row), placesIn(table, row, text), CHANGE_ROLES[change])
  const end = isDirectory(table, row) ? [span('/', CHANGE_ROLES[change])] : []
  return [...start, ...endOf([...path, ...end], width - lineWidth(start))]
}

/** The path in runs of bytes that are among `places` and such that are not. */
function marked(path: FilePath, places: ReadonlySet<number>, role: Role): readonly Span[] {
  const spans: Span[] = []
  for (let from = 0; from < path.length; ) {
    let to = from + 1
    while (to < path.length && places.has(to) === places.has(from)) to++
    spans.push(span(displayPath(path.slice(from, to) as FilePath), places.has(from) ? 'match' : role))
    from = to
  }
  return spans
}

/** The last `width` cells of a line, after a sign of omission where something is left out. */
function endOf(spans: Line, width: number): Line {
  if (lineWidth(spans) <= width) return spans
  const kept: Span[] = []
  let left = width - 1
  for (const each of spans.toReversed()) {
    kept.unshift({ ...each, text: suffix(each.text, left) })
    left -= widthOf(each.text)
    if (left <= 0) break
  }
  return [span('…', 'dim'), ...kept]
}
