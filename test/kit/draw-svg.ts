import type { IBufferCell, Terminal } from '@xterm/headless'

/** Sizes of a cell, pixels, for DejaVu Sans Mono at 14. */
const CELL = { width: 8.43, height: 17, baseline: 13 }
const PADDING = 12
const COLOURS = { text: '#d4d7dd', ground: '#14171c' }
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

/** The screen of a terminal as SVG: one <text> a run of one style; characters outside ASCII each on their own cell. */
export function drawSvg(terminal: Terminal, title: string): string {
  const width = terminal.cols * CELL.width + 2 * PADDING
  const height = terminal.rows * CELL.height + 2 * PADDING
  const rows = Array.from({ length: terminal.rows }, (_, row) => drawRow(terminal, row))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(0)}" height="${height}" viewBox="0 0 ${width.toFixed(0)} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${COLOURS.ground}"/>`,
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

function drawRow(terminal: Terminal, row: number): string {
  const y = PADDING + row * CELL.height
  return runsOf(terminal, row)
    .flatMap(({ column, cells, text, style }) => {
      const x = (PADDING + column * CELL.width).toFixed(2)
      const width = (cells * CELL.width).toFixed(2)
      const back =
        style.back === undefined
          ? []
          : [`<rect x="${x}" y="${y}" width="${width}" height="${CELL.height}" fill="${style.back}"/>`]
      if (text.trim() === '') return back
      const weight = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.6"' : ''}${style.line ? ' text-decoration="underline"' : ''}`
      return [
        ...back,
        `<text x="${x}" y="${y + CELL.baseline}" textLength="${width}" fill="${style.fill}"${weight}>${escapeXml(text)}</text>`,
      ]
    })
    .join('')
}

function runsOf(terminal: Terminal, row: number): readonly Run[] {
  const line = terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)
  const runs: Run[] = []
  for (let column = 0; column < terminal.cols; column++) {
    const cell = line?.getCell(column)
    if (cell === undefined || cell.getWidth() === 0) continue
    const style = styleOf(cell)
    const text = cell.getChars() || ' '
    const last = runs.at(-1)
    const joins = last !== undefined && /^[ -~]+$/.test(text + last.text) && JSON.stringify(last.style) === JSON.stringify(style)
    if (joins && last !== undefined) runs[runs.length - 1] = { ...last, cells: last.cells + 1, text: last.text + text }
    else runs.push({ column, cells: cell.getWidth(), text, style })
  }
  return runs
}

function styleOf(cell: IBufferCell): Style {
  const fore = cell.isFgDefault() ? COLOURS.text : colour(cell.getFgColor(), cell.isFgRGB())
  const back = cell.isBgDefault() ? undefined : colour(cell.getBgColor(), cell.isBgRGB())
  const reverse = cell.isInverse() !== 0
  return {
    fill: reverse ? (back ?? COLOURS.ground) : fore,
    back: reverse ? fore : back,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    line: cell.isUnderline() !== 0,
  }
}

function colour(value: number, rgb: boolean): string {
  if (rgb) return `#${value.toString(16).padStart(6, '0')}`
  if (value < 16) return SIXTEEN[value] ?? COLOURS.text
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
