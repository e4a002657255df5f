import { type Rectangle, squarify } from '../../line/squarify.ts'
import { hasChildren } from '../../list/file-table.ts'
import { aliveAt, heavyChildren, type WeighedTree } from '../../list/weighed-tree.ts'
import type { MapColours } from '../model/treemap.ts'
import { GROUND, type Look, lookOfRow, partLook, shadeOf } from './map-look.ts'

/** A rectangle of the map, in spots: a cell has one spot above the other. */
export type Tile = Rectangle & {
  /** Of the table; undefined for what is too small to be drawn alone. */
  readonly row: number | undefined
  readonly bytes: number
  /** How many rows it stands for. */
  readonly rows: number
}

export type MapSize = {
  /** Cells, each one spot wide and two high. */
  readonly columns: number
  readonly rows: number
  /** Spots down that are not divided: 2 where half cells cannot be drawn. */
  readonly step: 1 | 2
}

export type TreeMap = {
  readonly size: MapSize
  /** Heaviest first. */
  readonly tiles: readonly Tile[]
  /** The look of every spot, row by row. */
  readonly spots: Uint8Array
  /** Rectangles inside those of directories that have room for a name. */
  readonly inner: readonly (Rectangle & { readonly row: number })[]
}

/** Children that would get fewer spots than this are drawn as one rectangle. */
const LEAST_SPOTS = 16
const MOST_TILES = 100
/** Inside a rectangle, children with fewer spots are not told apart. */
const LEAST_INNER_SPOTS = 2
const DEEPEST = 48

type Part = Pick<Tile, 'row' | 'bytes' | 'rows'>

type Drawing = {
  readonly tree: WeighedTree
  readonly colours: MapColours
  readonly size: MapSize
  readonly spots: Uint8Array
  readonly inner: (Rectangle & { readonly row: number })[]
}

/** A directory's rectangle of this size has its name above what is in it, and what is in it is set apart. */
const ROOMY = { width: 10, height: 10 }
/** Inside, a name has to have as much room. */
const NAMED = { width: 6, height: 4 }

const last = new WeakMap<WeighedTree, { readonly key: string; readonly map: TreeMap }>()

/** The map of the directory at `row`: the one made last is kept, because moving about in it changes nothing of it. */
export function mapOf(tree: WeighedTree, row: number, size: MapSize, colours: MapColours): TreeMap {
  const key = `${row} ${size.columns} ${size.rows} ${size.step} ${colours}`
  const known = last.get(tree)
  if (known?.key === key) return known.map
  const map = drawMap(tree, row, size, colours)
  last.set(tree, { key, map })
  return map
}

function drawMap(tree: WeighedTree, row: number, size: MapSize, colours: MapColours): TreeMap {
  const area = { x: 0, y: 0, width: size.columns, height: size.rows * 2 }
  const spots = new Uint8Array(area.width * area.height)
  const parts = partsOf(tree, row, area.width * area.height)
  const rectangles = squarify(
    parts.map(({ bytes }) => bytes),
    area,
    size.step,
  )
  const tiles = parts.map((part, index) => ({ ...part, ...(rectangles[index] ?? area) }))
  const drawing: Drawing = { tree, colours, size, spots, inner: [] }
  for (const tile of tiles) {
    const body = withoutGap(tile, size.step)
    if (tile.row === undefined) fill(drawing, body, lookOfRow(tree, row, colours))
    else if (isNested(tree, tile)) drawDirectory(drawing, tile.row, withoutHead(body), 0)
    else drawRow(drawing, tile.row, body, 1)
  }
  snapHidden(drawing)
  return { size, tiles: tiles.filter(({ width, height }) => width > 0 && height > 0), spots, inner: drawing.inner }
}

/** The children that are drawn alone, and one part for all others. */
function partsOf(tree: WeighedTree, row: number, spots: number): readonly Part[] {
  const { rows, weights, otherBytes, others } = heavyChildren(tree, row)
  const total = weights.reduce((sum, weight) => sum + weight, otherBytes)
  const small = weights.findIndex((weight, index) => index >= MOST_TILES || (weight / total) * spots < LEAST_SPOTS)
  // A single small one needs as much room as "other" would.
  const shown = small === -1 || (others === 0 && small === rows.length - 1) ? rows.length : small
  const parts = rows.slice(0, shown).map((child, index): Part => ({ row: child, bytes: weights[index] ?? 0, rows: 1 }))
  const folded = weights.slice(shown).reduce((sum, weight) => sum + weight, otherBytes)
  const count = others + rows.length - shown
  if (count === 0) return parts
  const at = parts.findIndex(({ bytes }) => bytes < folded)
  return parts.toSpliced(at === -1 ? parts.length : at, 0, { row: undefined, bytes: folded, rows: count })
}

/** Whether the name of a rectangle stands above what is in it. */
function isNested({ table }: WeighedTree, { row, width, height }: Tile): boolean {
  return row !== undefined && hasChildren(table, row) && width >= ROOMY.width && height >= ROOMY.height
}

/** The area below the row of cells that has the name. */
function withoutHead({ x, y, width, height }: Rectangle): Rectangle {
  const below = ((y + 1) >> 1) * 2 + 2
  return { x, y: below, width, height: y + height - below }
}

/** Half a cell cannot be hatched: where one half is hidden, the cell looks as its upper half does. */
function snapHidden({ spots, size: { columns, rows } }: Drawing): void {
  for (let row = 0; row < rows * 2; row += 2)
    for (let column = row * columns; column < (row + 1) * columns; column++) {
      const [upper = GROUND, lower = GROUND] = [spots[column], spots[column + columns]]
      if (upper === GROUND || lower === GROUND || upper === lower) continue
      if (shadeOf(upper) === 'hidden' || shadeOf(lower) === 'hidden') spots[column + columns] = upper
    }
}

/** A rectangle without the ground at its right and bottom, where it is large enough to have any. */
function withoutGap({ x, y, width, height }: Rectangle, step: number): Rectangle {
  return { x, y, width: width > 2 ? width - 1 : width, height: height > 2 * step ? height - step : height }
}

function drawRow(drawing: Drawing, row: number, area: Rectangle, depth: number): void {
  const { tree } = drawing
  if (area.width <= 0 || area.height <= 0) return
  if (hasChildren(tree.table, row)) drawDirectory(drawing, row, area, depth)
  else drawFile(drawing, row, area)
}

function drawDirectory(drawing: Drawing, row: number, area: Rectangle, depth: number): void {
  const { tree, colours, size } = drawing
  const spots = area.width * area.height
  const { rows, weights, otherBytes } = heavyChildren(tree, row)
  const total = weights.reduce((sum, weight) => sum + weight, otherBytes)
  const small = weights.findIndex(weight => (weight / total) * spots < LEAST_INNER_SPOTS)
  const shown = small === -1 ? rows.length : small
  if (shown === 0 || depth >= DEEPEST) {
    fill(drawing, area, lookOfRow(tree, row, colours))
    return
  }
  const folded = weights.slice(shown).reduce((sum, weight) => sum + weight, otherBytes)
  const rectangles = squarify([...weights.slice(0, shown), folded], area, size.step)
  rows.slice(0, shown).forEach((child, index) => {
    const rectangle = rectangles[index] ?? area
    const body = depth === 0 ? withoutGap(rectangle, size.step) : rectangle
    drawRow(drawing, child, body, depth + 1)
    if (depth === 0 && body.width >= NAMED.width && body.height >= NAMED.height) drawing.inner.push({ ...body, row: child })
  })
  const rest = rectangles.at(-1)
  if (folded > 0 && rest !== undefined) fill(drawing, rest, lookOfRow(tree, rows[shown] ?? row, colours))
}

/** Draws the readable part of a file beside what is hidden of it. */
function drawFile(drawing: Drawing, row: number, area: Rectangle): void {
  const { tree, colours, size } = drawing
  const bytes = [aliveAt(tree, row), tree.hidden[row] ?? 0]
  squarify(bytes, area, size.step).forEach((part, index) => {
    if (bytes[index] !== 0) fill(drawing, part, partLook(tree, row, index === 1, colours))
  })
}

function fill({ spots, size }: Drawing, { x, y, width, height }: Rectangle, look: Look): void {
  for (let row = y; row < y + height; row++) spots.fill(look, row * size.columns + x, row * size.columns + x + width)
}

/** The look of a spot; the ground beyond the map. */
export function spotAt({ spots, size }: TreeMap, column: number, row: number): Look {
  return spots[row * size.columns + column] ?? GROUND
}

/** The rectangle at a spot; -1 outside all of them. */
export function tileAt({ tiles }: TreeMap, x: number, y: number): number {
  return tiles.findIndex(tile => tile.x <= x && x < tile.x + tile.width && tile.y <= y && y < tile.y + tile.height)
}

export type Direction = 'left' | 'right' | 'up' | 'down'

/** The rectangle beside one, at the height of its middle; itself at the edge of the map. */
export function tileBeside(map: TreeMap, from: number, direction: Direction): number {
  const tile = map.tiles[from]
  if (tile === undefined) return 0
  const [middle, centre] = [tile.x + (tile.width >> 1), tile.y + (tile.height >> 1)]
  const [x, y] = {
    left: [tile.x - 1, centre],
    right: [tile.x + tile.width, centre],
    up: [middle, tile.y - 1],
    down: [middle, tile.y + tile.height],
  }[direction] as [number, number]
  const found = tileAt(map, x, y)
  return found === -1 ? from : found
}
