import { type Line, span } from './line.ts'
import { layerTint } from './tint.ts'

/** The number of a layer on its tint, 1 first, at the right of `cells`: letters in a tint could not be read on every ground. */
export function layerNumber(position: number, cells: number): Line {
  const text = String(position + 1)
  return [span(' '.repeat(Math.max(0, cells - text.length))), { ...span(text), back: layerTint(position) }]
}
