import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'

/**
 * `SOURCE_DATE_EPOCH` (reproducible-builds.org) as RFC 3339; undefined when it is not set.
 * @throws ImageError `SOURCE_DATE_INVALID`
 */
export function sourceDate(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const seconds = Number(text)
  if (/^\d{1,11}$/.test(text)) return new Date(seconds * 1000).toISOString().replace(/\.000Z$/, 'Z')
  throw new ImageError('SOURCE_DATE_INVALID', `Cannot use SOURCE_DATE_EPOCH "${escapeText(text)}": it is not whole seconds`, {
    hint: 'For example: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
  })
}
