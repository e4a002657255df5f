import type { ColorWhen } from './options.ts'

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
} as const
export type Style = keyof typeof CODES

/** Colours a piece of a result, or leaves it alone. Meaning never rests on colour: the words say it too. */
export type Paint = (style: Style, text: string) => string

/** `auto` colours for a terminal that did not ask for none (no-color.org, `TERM=dumb`). */
export function createPaint(when: ColorWhen, terminal: boolean, environment: NodeJS.ProcessEnv): Paint {
  const wanted = terminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
  if (when === 'never' || (when === 'auto' && !wanted)) return (_, text) => text
  return (style, text) => `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`
}
