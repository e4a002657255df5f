import type { IBufferCell, Terminal } from '@xterm/headless'

/** Sizes of a cell, pixels, for DejaVu Sans Mono at 14. */
const CELL = { width: 8.43, height: 17, baseline: 13 }
const PADDING = 12
/** The terminal's own foreground and background. */
type Ground = { readonly text: string; readonly ground: string }
const DARK: Ground = { text: '#d4d7dd', ground: '#14171c' }
/** For themes that are made for a light terminal. */
export const LIGHT: Ground = { text: '#24292f', ground: '#fbfaf6' }
/** The sixteen colours, as a calm dark terminal has them. */
const SIXTEEN = [
  '#1c2026',
  '#e06c75',
  '#8fbf7f',
  '#d9a75f',
  '#6ea3e6',
  '#c187d8',
  '#56b6c2',
  '#c8ccd4',
  '#6b7280',
  '#ff8a93',
  '#a9d99a',
  '#f0c27b',
  '#8fbcff',
  '#d9a5ee',
  '#7bd3de',
  '#ffffff',
] as const

/**
 * The screen of a terminal as SVG: one <text> a run of one style; characters outside ASCII each on their own cell. Grounds and
 * bars are rectangles of whole stretches: cells beside each other would show seams.
 */
export function drawSvg(terminal: Terminal, title: string, own: Ground = DARK): string {
  const width = terminal.cols * CELL.width + 2 * PADDING
  const height = terminal.rows * CELL.height + 2 * PADDING
  const rows = Array.from({ length: terminal.rows }, (_, row) => drawRow(terminal, row, own))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(0)}" height="${height}" viewBox="0 0 ${width.toFixed(0)} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${own.ground}"/>`,
    `<g font-family="DejaVu Sans Mono" font-size="14" xml:space="preserve">`,
    ...rows,
    '</g></svg>',
    '',
  ].join('\n')
}

type Style = {
  readonly fill: string
  readonly back: string | undefined
  readonly bold: boolean
  readonly dim: boolean
  readonly line: boolean
}
type Run = { readonly column: number; readonly cells: number; readonly text: string; readonly style: Style }

function drawRow(terminal: Terminal, row: number, own: Ground): string {
  const y = PADDING + row * CELL.height
  const runs = runsOf(terminal, row, own)
  const texts = runs.flatMap(({ column, cells, text, style }) => {
    if (text.trim() === '' || barOf(text) !== undefined) return []
    const x = (PADDING + column * CELL.width).toFixed(2)
    const width = (cells * CELL.width).toFixed(2)
    const weight = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.6"' : ''}${style.line ? ' text-decoration="underline"' : ''}`
    return [
      `<text x="${x}" y="${y + CELL.baseline}" textLength="${width}" fill="${style.fill}"${weight}>${escapeXml(text)}</text>`,
    ]
  })
  return [...grounds(runs).map(rect => drawRect(rect, y)), ...bars(runs).map(rect => drawRect(rect, y)), ...texts].join('')
}

/** A filled part of a row; `top` and `height` are shares of the cell's height. */
type Rect = {
  readonly column: number
  readonly cells: number
  readonly top: number
  readonly height: number
  readonly fill: string
  readonly dim: boolean
}

function grounds(runs: readonly Run[]): readonly Rect[] {
  return joined(
    runs.flatMap(({ column, cells, style }) =>
      style.back === undefined ? [] : [{ column, cells, top: 0, height: 1, fill: style.back, dim: false }],
    ),
  )
}

/** The block elements that bars and sparklines are made of. */
function bars(runs: readonly Run[]): readonly Rect[] {
  return joined(
    runs.flatMap(({ column, text, style: { fill, dim } }) => {
      const part = barOf(text)
      return part === undefined ? [] : [{ column, cells: part.width, top: 1 - part.height, height: part.height, fill, dim }]
    }),
  )
}

function barOf(text: string): { readonly width: number; readonly height: number } | undefined {
  const [wide, high] = ['▏▎▍▌▋▊▉█'.indexOf(text), '▁▂▃▄▅▆▇'.indexOf(text)]
  if (text.length !== 1 || (wide < 0 && high < 0)) return undefined
  return wide >= 0 ? { width: (wide + 1) / 8, height: 1 } : { width: 1, height: (high + 1) / 8 }
}

function joined(rects: readonly Rect[]): readonly Rect[] {
  const all: Rect[] = []
  for (const rect of rects) {
    const last = all.at(-1)
    const alike =
      last !== undefined &&
      last.column + last.cells === rect.column &&
      [last.top === rect.top, last.height === rect.height, last.fill === rect.fill, last.dim === rect.dim].every(Boolean)
    if (alike) all[all.length - 1] = { ...last, cells: last.cells + rect.cells }
    else all.push(rect)
  }
  return all
}

function drawRect({ column, cells, top, height, fill, dim }: Rect, y: number): string {
  const [x, width] = [PADDING + column * CELL.width, cells * CELL.width].map(each => each.toFixed(2))
  const faint = dim ? ' opacity="0.6"' : ''
  const [from, tall] = [y + top * CELL.height, height * CELL.height].map(each => each.toFixed(2))
  return `<rect x="${x}" y="${from}" width="${width}" height="${tall}" fill="${fill}"${faint}/>`
}

function runsOf(terminal: Terminal, row: number, own: Ground): readonly Run[] {
  const line = terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)
  const runs: Run[] = []
  for (let column = 0; column < terminal.cols; column++) {
    const cell = line?.getCell(column)
    if (cell === undefined || cell.getWidth() === 0) continue
    const style = styleOf(cell, own)
    const text = cell.getChars() || ' '
    const last = runs.at(-1)
    const joins = last !== undefined && /^[ -~]+$/.test(text + last.text) && JSON.stringify(last.style) === JSON.stringify(style)
    if (joins && last !== undefined) runs[runs.length - 1] = { ...last, cells: last.cells + 1, text: last.text + text }
    else runs.push({ column, cells: cell.getWidth(), text, style })
  }
  return runs
}

function styleOf(cell: IBufferCell, own: Ground): Style {
  const fore = cell.isFgDefault() ? own.text : colour(cell.getFgColor(), cell.isFgRGB())
  const back = cell.isBgDefault() ? undefined : colour(cell.getBgColor(), cell.isBgRGB())
  const reverse = cell.isInverse() !== 0
  return {
    fill: reverse ? (back ?? own.ground) : fore,
    back: reverse ? fore : back,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    line: cell.isUnderline() !== 0,
  }
}

function colour(value: number, rgb: boolean): string {
  if (rgb) return `#${value.toString(16).padStart(6, '0')}`
  if (value < 16) return SIXTEEN[value] ?? DARK.text
  if (value >= 232) return grey(8 + (value - 232) * 10)
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40)
  const [red, green, blue] = [Math.floor((value - 16) / 36), Math.floor((value - 16) / 6) % 6, (value - 16) % 6]
  return `rgb(${level(red)},${level(green)},${level(blue)})`
}

function grey(level: number): string {
  return `rgb(${level},${level},${level})`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
