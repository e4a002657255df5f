import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'

/**
 * `SOURCE_DATE_EPOCH` (reproducible-builds.org) as RFC 3339; undefined when it is not set.
 * @throws ImageError `SOURCE_DATE_INVALID`
 */
export function sourceDate(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const seconds = Number(text)
  if (/^\d{1,11}$/.test(text)) return rfc3339(seconds * 1000)
  throw new ImageError('SOURCE_DATE_INVALID', `Cannot use SOURCE_DATE_EPOCH "${escapeText(text)}": it is not whole seconds`, {
    hint: 'For example: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
  })
}

/** The time that something is written at, as RFC 3339 in whole seconds: now, or `SOURCE_DATE_EPOCH`. @throws ImageError `SOURCE_DATE_INVALID` */
export function writingTime(): string {
  return sourceDate(process.env['SOURCE_DATE_EPOCH']) ?? rfc3339(Date.now())
}

function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}
