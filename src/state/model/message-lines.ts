import { cutLine, type Line, line, lineWidth, type Role, span } from '../../line/line.ts'
import { wrap } from '../../line/text.ts'
import type { State } from './state.ts'

/** Rows that a message may take at the bottom of the screen. */
const MOST_ROWS = 6

/** The rows of the message at the bottom: one most of the time, more where it would be cut; none where there is no message. */
export function messageLines({ message, dialog, size }: State): readonly Line[] {
  if (message === undefined || dialog?.type === 'prompt') return []
  const { columns, rows } = size
  const role: Role = message.severity === 'error' ? 'error' : 'strong'
  const hint = message.hint === undefined ? [] : [span(`  ${message.hint}`, 'dim')]
  const whole = line(span(` ${message.text}`, role), ...hint)
  if (lineWidth(whole) <= columns || dialog !== undefined) return [cutLine(whole, columns)]
  const wrapped = (text: string, of: Role) => wrap(text, columns - 2).map(piece => line(span(` ${piece}`, of)))
  const all = [...wrapped(message.text, role), ...(message.hint === undefined ? [] : wrapped(message.hint, 'dim'))]
  return all.slice(0, Math.max(1, Math.min(MOST_ROWS, rows >> 1)))
}
