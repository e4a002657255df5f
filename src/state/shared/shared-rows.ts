import { shortDigest } from '../../blob/digest.ts'
import {
  recompressedContents,
  recompressedTwice,
  type SharedGroup,
  type SharedLayer,
  sharedGroups,
} from '../../compare/shared-layers.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { rangesText } from '../../format/ranges.ts'
import { formatSize } from '../../format/size.ts'
import { type Line, line, lineWidth, type Span, span } from '../../line/line.ts'
import { cut, cutMiddle, padEnd, padStart, wrap } from '../../line/text.ts'
import type { FoundSet, SharedPage } from '../model/shared.ts'

/** The subject of a row of the page of shared layers. */
export type SharedRow =
  | { readonly kind: 'text'; readonly line: Line }
  /** An image, by its place among those asked for. */
  | { readonly kind: 'image'; readonly index: number; readonly line: Line }
  | { readonly kind: 'group'; readonly key: string; readonly line: Line }
  | { readonly kind: 'layer'; readonly layer: SharedLayer; readonly line: Line }

/** Cells of a size. */
const SIZE_CELLS = 9
const BAR_CELLS = 16
/** From this width on each image has a bar. */
const BAR_FROM = 64
const TEXT: SharedRow = { kind: 'text', line: [] }

/** The images with what each weighs alone, then the layers by the images that have them, as a picture of one column an image. */
export function sharedRows(page: SharedPage, width: number, ascii: boolean): readonly SharedRow[] {
  const { found } = page
  if (found === undefined) return []
  return [
    ...totals(found, width),
    TEXT,
    title(
      `${padStart('#', 4)} ${padStart('size', SIZE_CELLS)} ${padStart('alone', SIZE_CELLS)}  ${width < BAR_FROM ? '' : padEnd(barLegend(ascii), BAR_CELLS + 2)}image`,
    ),
    ...imageRows(page, found, width, ascii),
    TEXT,
    ...groupRows(page, found, width, ascii),
  ]
}

function title(text: string): SharedRow {
  return { kind: 'text', line: line(span(text, 'dim')) }
}

/** The cost of the set with and without sharing. */
function totals({ shared }: FoundSet, width: number): readonly SharedRow[] {
  const { total, stored, images } = shared
  if (images.length < 2)
    return ['One image shares nothing with itself: mark another one with Space.'].map(text => ({
      kind: 'text',
      line: line(span(text)),
    }))
  const twice = recompressedTwice(shared)
  const texts = [
    `${formatSize(total)} one by one, ${formatSize(stored)} where each layer is stored once: sharing saves ${formatSize(total - stored)} (${percent(total - stored, total)} %)`,
    ...(twice === 0 ? [] : [`${formatSize(twice)} more would be shared if the same layers were compressed in one way`]),
  ]
  return texts.flatMap(text => wrap(text, width).map(piece => ({ kind: 'text', line: line(span(piece)) })))
}

export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 100)
}

function imageRows({ asked }: SharedPage, found: FoundSet, width: number, ascii: boolean): readonly SharedRow[] {
  const { shared, indexes, failed } = found
  const largest = Math.max(1, ...shared.images.map(({ size }) => size))
  const images = new Map(indexes.map((index, position) => [index, shared.images[position]]))
  const errors = new Map(failed.map(({ index, error }) => [index, error]))
  return asked.map(({ label }, index): SharedRow => {
    const image = images.get(index)
    const number = span(padStart(String(index + 1), 4), 'dim')
    if (image === undefined) {
      const { message = 'not read', hint = '' } = errors.get(index) ?? {}
      const why = escapeText((hint === '' ? message : `${message}. ${hint}`).replaceAll('\n', ' '))
      return { kind: 'image', index, line: line(number, span(` ${cut(`${label}: ${why}`, width - 5)}`, 'error')) }
    }
    const { size, unique } = image
    const bar = width < BAR_FROM ? [] : [...sizeBar(size / largest, size === 0 ? 0 : unique / size, ascii), span('  ')]
    const start = line(
      number,
      span(` ${padStart(formatSize(size), SIZE_CELLS)}`, 'number'),
      span(` ${padStart(unique === 0 ? '·' : formatSize(unique), SIZE_CELLS)}  `, unique === 0 ? 'dim' : 'accent'),
      ...bar,
    )
    return { kind: 'image', index, line: [...start, span(cutMiddle(label, Math.max(8, width - lineWidth(start))))] }
  })
}

function barLegend(ascii: boolean): string {
  return ascii ? '. shared # alone' : '░ shared █ alone'
}

/** As long as the image is large; the part that it has alone is solid. */
function sizeBar(share: number, alone: number, ascii: boolean): readonly Span[] {
  const cells = Math.max(share > 0 ? 1 : 0, Math.round(share * BAR_CELLS))
  const solid = Math.min(cells, alone > 0 ? Math.max(1, Math.round(alone * cells)) : 0)
  const [light, full] = ascii ? ['.', '#'] : ['░', '█']
  return [span(light.repeat(cells - solid), 'dim'), span(full.repeat(solid), 'accent'), span(' '.repeat(BAR_CELLS - cells))]
}

function groupRows(page: SharedPage, found: FoundSet, width: number, ascii: boolean): readonly SharedRow[] {
  const { shared, indexes } = found
  const recompressed = recompressedContents(shared)
  const columns = indexes.length + START_CELLS + LEAST_WORDS <= width ? indexes : []
  // The last digit of each image's number, so that a column is found again among the images above.
  const digits = columns.map(index => String((index + 1) % 10)).join('')
  return [
    title(`${padStart('size', SIZE_CELLS + 2)}  ${padStart('layers', 6)}  ${digits === '' ? 'images' : digits}`),
    ...sharedGroups(shared).flatMap(group => {
      const key = group.images.join(' ')
      const isOpen = page.open.has(key)
      const row: SharedRow = { kind: 'group', key, line: groupLine(group, columns, found, { isOpen, width, ascii }) }
      const layerRow = (layer: SharedLayer): SharedRow => ({
        kind: 'layer',
        layer,
        line: layerLine(layer, found, layer.diffId !== null && recompressed.has(layer.diffId), width),
      })
      return isOpen ? [row, ...group.layers.map(layerRow)] : [row]
    }),
  ]
}

/** Cells before the columns of images, and those that words behind them need. */
const START_CELLS = SIZE_CELLS + 2 + 8 + 2
const LEAST_WORDS = 14

function groupLine(
  { images, layers, size }: SharedGroup,
  columns: readonly number[],
  { indexes, shared }: FoundSet,
  { isOpen, width, ascii }: { readonly isOpen: boolean; readonly width: number; readonly ascii: boolean },
): Line {
  const triangle = ascii ? (isOpen ? '- ' : '+ ') : isOpen ? '▾ ' : '▸ '
  const owners = new Set(images)
  const [has, lacks] = ascii ? ['#', '.'] : ['■', '·']
  const isShared = images.length > 1
  const cells = columns.map((_, position) =>
    owners.has(position) ? span(has, isShared ? 'good' : 'accent') : span(lacks, 'dim'),
  )
  const start = line(
    span(triangle, 'dim'),
    span(padStart(formatSize(size), SIZE_CELLS), 'number'),
    span(`  ${padStart(formatCount(layers.length), 6)}  `),
    ...cells,
    ...(cells.length === 0 ? [] : [span('  ')]),
  )
  const numbers = images.map(position => indexes[position] ?? position)
  const words =
    images.length === shared.images.length && isShared
      ? 'all of them'
      : isShared
        ? `${formatCount(images.length)} of them: ${rangesText(numbers)}`
        : `only ${(numbers[0] ?? 0) + 1}`
  return [...start, span(cut(words, Math.max(0, width - lineWidth(start))), 'dim')]
}

function layerLine({ digest, size }: SharedLayer, { commands }: FoundSet, isRecompressed: boolean, width: number): Line {
  const start = line(
    span(padStart(formatSize(size), SIZE_CELLS + 2), 'dim'),
    span(`  ${padEnd(shortDigest(digest), 13)}`, 'dim'),
    ...(isRecompressed ? [span('compressed in two ways  ', 'warning')] : []),
  )
  return [...start, span(cut(commands.get(digest) ?? '', Math.max(0, width - lineWidth(start))))]
}
