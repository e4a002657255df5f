import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'

/** `SETTINGS_INVALID`: a file of settings cannot be used for what stands on one of its lines, 1 first. */
export function invalidLine(file: string, line: number, why: string, hint?: string): ImageError {
  return new ImageError(
    'SETTINGS_INVALID',
    { action: `use ${escapeText(file)}`, why: `line ${line}: ${escapeText(why)}` },
    hint === undefined ? {} : { hint },
  )
}
