import { escapeText } from '../../escape.ts'
import { cutLine, type Line, line, lineWidth, span } from '../../line/line.ts'
import { suffix, widthOf } from '../../line/text.ts'
import type { Field, PromptDialog } from '../model/dialog.ts'

/** Cells in which an offer still says something. */
const LEAST_OFFER = 20

/** The bottom row while text is typed: label, text with its cursor, and what is wrong with it. */
export function promptLine({ label, field, error, hint, offers = [] }: PromptDialog, columns: number): Line {
  if (field.text === '' && hint !== undefined && error === undefined) {
    return cutLine([span(` ${label} `, 'accent'), ...fieldSpans(field, 1), span(hint, 'dim')], columns)
  }
  const next = offers.find(offer => offer !== field.text)
  const offer = next === undefined ? [] : [span(`  Tab: ${escapeText(next)}`, 'dim')]
  const wrong = error === undefined ? offer : [span(`  ${error}`, 'error')]
  const head = span(` ${label} `, 'accent')
  const free = columns - widthOf(head.text) - 4
  // Typed text matters more than what it may become, and less than what is wrong with it.
  const least = error === undefined ? Math.max(LEAST_OFFER, free - widthOf(field.text) - 1) : columns >> 1
  const room = Math.max(10, free - Math.min(lineWidth(wrong), least))
  return cutLine([head, ...fieldSpans(field, room), ...wrong], columns)
}

/** The text around its cursor, the part left of it cut at its start where it is too long. */
export function fieldSpans({ text, cursor }: Field, width: number): Line {
  const points = [...text]
  const before = points.slice(0, cursor).join('')
  const at = points[cursor] ?? ' '
  const after = points.slice(cursor + 1).join('')
  return line(suffix(before, Math.max(1, width - 1)), span(at, 'cursor'), after)
}
