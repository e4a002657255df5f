import { escapeText } from '../../escape.ts'
import { type Line, line, span } from '../../line/line.ts'
import { padEnd, wrap } from '../../line/text.ts'
import { diagnosticsOf } from '../model/image-diagnostics.ts'
import type { State } from '../model/state.ts'

/** Cells of `error` and `warning` with a blank behind them. */
const SEVERITY_CELLS = 9

/** What is wrong or odd about the image, each where it was found. */
export function diagnosticsLines({ image }: State, width: number): readonly Line[] {
  const found = image === undefined ? [] : diagnosticsOf(image)
  if (found.length === 0) return [line(span('Nothing is wrong with what was read of the image.', 'dim'))]
  const places = Map.groupBy(found, ({ layer }) => layer)
  return [...places].flatMap(([layer, diagnostics]) => [
    line(span(layer === undefined ? 'Documents' : `Layer ${layer + 1}`, 'title')),
    ...diagnostics.flatMap(({ severity, message }) =>
      wrap(escapeText(message), Math.max(20, width - SEVERITY_CELLS - 4)).map((text, row) =>
        line('  ', span(padEnd(row === 0 ? severity : '', SEVERITY_CELLS), severity === 'info' ? 'plain' : severity), text),
      ),
    ),
    line(''),
  ])
}
