import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Line, type Role, type Span, span } from '../../line/line.ts'
import type { Rectangle } from '../../line/squarify.ts'
import { cut, padEnd, widthOf } from '../../line/text.ts'
import { hasChildren, nameAt } from '../../list/file-table.ts'
import type { WeighedTree } from '../../list/weighed-tree.ts'
import { spotAt, type Tile, type TreeMap } from './map-layout.ts'
import { GROUND, type Look, shadeOf, tintOf } from './map-look.ts'

/** A name inside its rectangle. */
type Label = { readonly column: number; readonly span: Span; readonly width: number }

/** The map as rows of the screen. `isMarked` says which rows of the table are to leave. */
export function mapLines(tree: WeighedTree, map: TreeMap, picked: number, isMarked: (row: number) => boolean): readonly Line[] {
  const labels = new Map<number, Label[]>()
  const add = (row: number, label: Label | undefined) => {
    if (label !== undefined) labels.set(row, [...(labels.get(row) ?? []), label])
  }
  for (const each of map.inner) add(labelRow(each), innerLabel(tree, map, each))
  map.tiles.forEach((tile, index) => {
    add(labelRow(tile), labelOf(tree, map, tile, index === picked, isMarked))
  })
  return Array.from({ length: map.size.rows }, (_, row) =>
    rowOf(
      map,
      row,
      (labels.get(row) ?? []).sort((one, other) => one.column - other.column),
    ),
  )
}

/** The first row of cells that is the rectangle's alone, else the one it begins in. */
function labelRow({ y, height }: Rectangle): number {
  const whole = (y + 1) >> 1
  return whole * 2 + 2 <= y + height ? whole : y >> 1
}

/** Its name and size where there is room; of the picked one a mark at least. The picked one's is reversed over its width. */
function labelOf(
  tree: WeighedTree,
  map: TreeMap,
  tile: Tile,
  isPicked: boolean,
  isMarked: (row: number) => boolean,
): Label | undefined {
  const row = labelRow(tile)
  const width = tile.width > 2 ? tile.width - 1 : tile.width
  const whole = row * 2 >= tile.y && row * 2 + 2 <= tile.y + tile.height
  if (!isPicked && (!whole || width < 4)) return undefined
  const mark = tile.row !== undefined && isMarked(tile.row) ? '*' : ' '
  const sign = isPicked ? '>' : mark
  const text = `${sign}${tileText(tree, tile, width - 1)}`
  if (isPicked) return { column: tile.x, width, span: span(padEnd(text, width), 'cursor') }
  return { column: tile.x, width: widthOf(text), span: onLook(text, spotAt(map, tile.x, row * 2), 'strong') }
}

/** The name of something inside, without its size. */
function innerLabel(tree: WeighedTree, map: TreeMap, { x, y, width, height, row }: TreeMap['inner'][number]): Label {
  const text = cut(` ${tileName(tree, { x, y, width, height, row, bytes: 0, rows: 1 })} `, width)
  return { column: x, width: widthOf(text), span: onLook(text, spotAt(map, x, labelRow({ x, y, width, height }) * 2), 'plain') }
}

function onLook(text: string, look: Look, role: Role): Span {
  if (look === GROUND) return span(text, role)
  return shadeOf(look) === 'hidden' ? span(text, 'waste') : { ...span(text), back: tintOf(look) }
}

function tileText(tree: WeighedTree, tile: Tile, width: number): string {
  const size = formatSize(tile.bytes)
  const name = tileName(tree, tile)
  return widthOf(name) + 1 + widthOf(size) < width ? `${name} ${size} ` : cut(name, width)
}

/** `lib/`, `passwd`, or how many small ones there are. */
export function tileName({ table }: WeighedTree, { row, rows }: Tile): string {
  if (row === undefined) return `${rows} others`
  return `${displayPath(nameAt(table, row) as never)}${hasChildren(table, row) ? '/' : ''}`
}

function rowOf(map: TreeMap, row: number, labels: readonly Label[]): Line {
  const spans: Span[] = []
  let column = 0
  for (const label of labels) {
    spans.push(...cells(map, row, column, label.column), label.span)
    column = label.column + label.width
  }
  return [...spans, ...cells(map, row, column, map.size.columns)]
}

/** The cells of a row from one column to another, neighbours that look alike in one span. */
function cells(map: TreeMap, row: number, from: number, to: number): readonly Span[] {
  const spans: Span[] = []
  for (let column = from; column < to; ) {
    const [upper, lower] = [spotAt(map, column, row * 2), spotAt(map, column, row * 2 + 1)]
    const start = column
    while (column < to && spotAt(map, column, row * 2) === upper && spotAt(map, column, row * 2 + 1) === lower) column++
    spans.push(cellSpan(upper, lower, start, column, map.size.step === 2))
  }
  return spans
}

function cellSpan(upper: Look, lower: Look, from: number, to: number, ascii: boolean): Span {
  const count = to - from
  if (upper !== lower) {
    if (lower === GROUND) return { ...span('▀'.repeat(count)), fore: tintOf(upper) }
    if (upper === GROUND) return { ...span('▄'.repeat(count)), fore: tintOf(lower) }
    return { ...span('▀'.repeat(count)), fore: tintOf(upper), back: tintOf(lower) }
  }
  if (upper === GROUND) return span(' '.repeat(count))
  switch (shadeOf(upper)) {
    case 'hidden':
      return span((ascii ? '#' : '/').repeat(count), 'waste')
    case 'litter':
      return { ...span(ascii ? ':'.repeat(count) : dots(from, to)), back: tintOf(upper) }
    case 'alive':
      return { ...span(' '.repeat(count)), back: tintOf(upper) }
  }
}

/** A dot in every other cell, one below the other. */
function dots(from: number, to: number): string {
  return (from % 2 === 0 ? '· ' : ' ·').repeat(Math.ceil((to - from) / 2)).slice(0, to - from)
}
