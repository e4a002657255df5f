import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'

/**
 * The error `INTERNAL` for an error of the language that no connection is the cause of; undefined for any other. `code` is the deepest one of
 * the chain of causes: errors of Node, undici and OpenSSL have one.
 */
export function ownMistake(action: string, thrown: unknown, code: string): ImageError | undefined {
  const isOfLanguage = thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError
  if (!isOfLanguage || code !== '') return undefined
  return new ImageError('INTERNAL', `Cannot ${action}: ${escapeText(reasonOf(thrown))}`, {
    hint: 'This is a mistake in peel; with --verbose it shows where.',
    cause: thrown,
  })
}
