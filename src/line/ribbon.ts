import { type Click, type Line, type Role, span } from './line.ts'
import { padEnd } from './text.ts'
import type { Tint } from './tint.ts'

/** One stretch of a ribbon: so many bytes, of which `hidden` cannot be read any more and `litter` need not be there. */
export type RibbonPart = {
  readonly label: string
  readonly bytes: number
  readonly hidden: number
  readonly litter: number
  readonly tint: Tint
  /** The action of a click on it. */
  readonly click?: Click
}

/** How much of a stretch each shade takes, in whole cells. */
type Cells = { readonly alive: number; readonly litter: number; readonly hidden: number }

/**
 * Stretches side by side, each as wide as its bytes, its hidden part in the waste colour: the row of labels above the row of
 * shades, both `width` cells. Cells go to the largest remainders, so that the widths add up; where there are more stretches than
 * cells, those that share a cell are drawn as one, never dropped.
 */
export function ribbon(stretches: readonly RibbonPart[], width: number, ascii: boolean): readonly [labels: Line, shades: Line] {
  const groups = stretches.length > width ? resampled(stretches, width) : stretches
  const widths = shares(
    groups.map(({ bytes }) => bytes),
    width,
    groups.length <= width / 2 ? 1 : 0,
  )
  const labels = groups.map(({ label }, index) => {
    const cells = widths[index] ?? 0
    return label.length < cells || cells >= 3 ? padEnd(label.slice(0, Math.max(0, cells - 1)), cells) : ' '.repeat(cells)
  })
  const shades = groups.flatMap((each, index) => shadesOf(each, widths[index] ?? 0, ascii))
  return [[span(labels.join(''), 'dim')], shades]
}

/** A bar for one of several: `most` bytes take all the cells. A little is drawn too. */
export function ribbonBar(part: RibbonPart, most: number, cells: number, ascii: boolean): Line {
  if (cells <= 0) return []
  const filled = Math.min(cells, Math.round((cells * part.bytes) / Math.max(1, most)))
  const drawn =
    filled > 0 ? shadesOf(part, filled, ascii) : part.bytes > 0 ? [{ ...span(ascii ? '.' : '▏'), fore: part.tint }] : []
  return [...drawn, span(' '.repeat(cells - Math.max(filled, drawn.length)))].filter(({ text }) => text !== '')
}

const SHADES = { alive: ['░', '.'], litter: ['▒', ':'], hidden: ['█', '#'] } as const

/** Legend of the shades, for the row above. */
export function ribbonLegend(ascii: boolean): Line {
  const sign = (kind: keyof typeof SHADES) => SHADES[kind][ascii ? 1 : 0]
  return [
    span(`${sign('alive')} alive `, 'dim'),
    span(sign('hidden'), 'waste'),
    span(' hidden ', 'dim'),
    span(sign('litter'), 'litter'),
    span(' litter', 'dim'),
  ]
}

function shadesOf(stretch: RibbonPart, cells: number, ascii: boolean): Line {
  const { alive, litter, hidden } = cellsOf(stretch, cells)
  const click = stretch.click === undefined ? {} : { click: stretch.click }
  const part = (kind: keyof typeof SHADES, count: number, role: Role) => ({
    ...span(SHADES[kind][ascii ? 1 : 0].repeat(count), role),
    ...click,
  })
  return [
    { ...part('alive', alive, 'plain'), fore: stretch.tint },
    part('litter', litter, 'litter'),
    part('hidden', hidden, 'waste'),
  ].filter(({ text }) => text !== '')
}

/** A part that is there takes a cell at least, if the stretch has more than one. */
function cellsOf({ bytes, hidden, litter }: RibbonPart, cells: number): Cells {
  if (bytes === 0 || cells === 0) return { alive: cells, litter: 0, hidden: 0 }
  const share = (part: number) =>
    Math.min(cells, Math.max(part > 0.02 * bytes && cells > 1 ? 1 : 0, Math.round((part / bytes) * cells)))
  const hiddenCells = share(hidden)
  const litterCells = Math.min(cells - hiddenCells, share(litter))
  return { hidden: hiddenCells, litter: litterCells, alive: cells - hiddenCells - litterCells }
}

/** Whole cells for each of `values`, `least` at least where there is anything, `width` together. */
function shares(values: readonly number[], width: number, least: number): readonly number[] {
  const total = values.reduce((sum, value) => sum + value, 0)
  const base = values.map(value => (value > 0 ? least : 0))
  const free = Math.max(0, width - base.reduce((sum, cells) => sum + cells, 0))
  if (total === 0) return values.map((_, index) => (index === 0 ? width : 0))
  const exact = values.map(value => (value / total) * free)
  const cells = exact.map((each, index) => Math.floor(each) + (base[index] ?? 0))
  const left = width - cells.reduce((sum, each) => sum + each, 0)
  const byRemainder = exact.map((each, index) => ({ index, rest: each - Math.floor(each) })).sort((a, b) => b.rest - a.rest)
  for (const { index } of byRemainder.slice(0, Math.max(0, left))) cells[index] = (cells[index] ?? 0) + 1
  return cells
}

const NOTHING: RibbonPart = { label: '', bytes: 0, hidden: 0, litter: 0, tint: 'grey' }

/** Neighbours joined until there are `count`: each joined stretch has its parts' bytes. */
function resampled(stretches: readonly RibbonPart[], count: number): readonly RibbonPart[] {
  return Array.from({ length: count }, (_, index) => {
    const part = stretches.slice(
      Math.floor((index * stretches.length) / count),
      Math.floor(((index + 1) * stretches.length) / count),
    )
    const sum = (value: (each: RibbonPart) => number) => part.reduce((all, each) => all + value(each), 0)
    const largest = part.reduce((most, each) => (each.bytes > most.bytes ? each : most), part[0] ?? NOTHING)
    return {
      label: '',
      tint: largest.tint,
      ...(largest.click !== undefined && { click: largest.click }),
      bytes: sum(each => each.bytes),
      hidden: sum(each => each.hidden),
      litter: sum(each => each.litter),
    }
  })
}
