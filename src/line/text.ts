import stringWidth from 'string-width'

/**
 * Widths of text on a terminal. Everything here expects text that was escaped already: `escapeText` leaves no
 * character whose width terminals disagree about, apart from some emoji.
 */

/** Cells that `text` takes. */
export function widthOf(text: string): number {
  return SINGLE.test(text) ? text.length : stringWidth(text)
}

/** `text` in at most `width` cells, ending in `…` when something was cut. */
export function cut(text: string, width: number): string {
  if (width <= 0) return ''
  if (widthOf(text) <= width) return text
  return `${prefix(text, width - 1)}…`
}

/** `text` in at most `width` cells, keeping its start and its end. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 4) return cut(text, width)
  const tail = Math.floor((width - 1) / 2)
  return `${prefix(text, width - 1 - tail)}…${suffix(text, tail)}`
}

/** A path in at most `width` cells: its first name tells where it is, its last ones which file, those between can be missed. */
export function cutPath(path: string, width: number): string {
  if (widthOf(path) <= width) return path
  const head = /^\/?[^/]*\//.exec(path)?.[0] ?? ''
  const kept = widthOf(head) <= width / 4 ? head : prefix(head, Math.floor(width / 4))
  return width < 8 ? cutMiddle(path, width) : `${kept}…${suffix(path, width - 1 - widthOf(kept))}`
}

/** `text` cut or filled with spaces to exactly `width` cells, at the left. */
export function padEnd(text: string, width: number): string {
  const shown = cut(text, width)
  return shown + ' '.repeat(Math.max(0, width - widthOf(shown)))
}

/** `text` cut or filled with spaces to exactly `width` cells, at the right. */
export function padStart(text: string, width: number): string {
  const shown = cut(text, width)
  return ' '.repeat(Math.max(0, width - widthOf(shown))) + shown
}

/** The pieces of `text` of at most `width` cells each, broken at spaces where that loses no more than a third of a row. */
export function wrap(text: string, width: number): readonly string[] {
  if (width <= 0) return []
  const rows: string[] = []
  let rest = text
  while (widthOf(rest) > width) {
    const piece = prefix(rest, width)
    const space = rest[piece.length] === ' ' ? piece.length : piece.lastIndexOf(' ')
    const end = space > width * 0.66 ? space : Math.max(1, piece.length)
    rows.push(rest.slice(0, end))
    rest = rest.slice(end).replace(/^ /, '')
  }
  return [...rows, rest]
}

/** The longest start of `text` of at most `width` cells. */
export function prefix(text: string, width: number): string {
  if (SINGLE.test(text)) return text.slice(0, Math.max(0, width))
  let used = 0
  let end = 0
  for (const { segment } of graphemes(text)) {
    used += widthOf(segment)
    if (used > width) break
    end += segment.length
  }
  return text.slice(0, end)
}

/** The longest end of `text` of at most `width` cells. */
export function suffix(text: string, width: number): string {
  if (SINGLE.test(text)) return text.slice(Math.max(0, text.length - width))
  let used = 0
  const kept: string[] = []
  for (const { segment } of [...graphemes(text)].reverse()) {
    used += widthOf(segment)
    if (used > width) break
    kept.unshift(segment)
  }
  return kept.join('')
}

let segmenter: Intl.Segmenter | undefined

/** Made when a text must be taken apart: it takes longer than many frames. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** Characters of one cell and one code unit that join no other: all of most texts, which need not be taken apart to be measured. */
const SINGLE = /^[ -~À-ÿ–—‘’“”…›←↑→↓⏎−─-▟▸▾·]*$/

/** A bar of eighths of a cell; in ASCII of whole ones. */
export function bar(share: number, cells: number, ascii: boolean): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * cells * 8)
  const full = Math.floor(eighths / 8)
  if (ascii && cells === 1) return share <= 0 ? ' ' : '.:|#'.charAt(Math.min(3, Math.floor(share * 4)))
  if (ascii) return '#'.repeat(share > 0 ? Math.max(1, full) : 0).padEnd(cells)
  if (cells === 1) return share <= 0 ? ' ' : '▁▂▃▄▅▆▇█'.charAt(Math.min(7, Math.floor(share * 8)))
  const rest = eighths % 8 === 0 ? '' : '▏▎▍▌▋▊▉'.charAt((eighths % 8) - 1)
  const drawn = '█'.repeat(full) + rest
  return (drawn === '' && share > 0 ? '▏' : drawn).padEnd(cells)
}
