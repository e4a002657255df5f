import type { Timestamp } from '../layer/entry.ts'

type TimeTest = (time: Timestamp) => boolean
/** Seconds since the epoch, the end not included. */
type Span = { readonly from: number; readonly to: number }

/**
 * A test of a time, all in UTC: `2024-05` in that month, `>2024-05-01` after that day, `2023..2024`, `7d` or `<7d` within the last
 * seven days, `>1y` older; `before:`, `after:` and `within:` say the same in words. The reason when it is none of these.
 */
export function timeTest(text: string, now: number): TimeTest | string {
  const [, word, rest = ''] = /^(before|after|within|since)[:=](.*)$/s.exec(text) ?? []
  if (word !== undefined) return wordTest(word, rest, now)
  const [, operator = '', value = ''] = /^(>=|<=|>|<|=)?(.*)$/s.exec(text) ?? []
  const age = ageSeconds(value)
  if (age !== undefined) {
    const limit = now / 1000 - age
    return operator.startsWith('>') ? time => time.seconds < limit : time => time.seconds >= limit
  }
  const range = operator === '' ? /^(.*?)\.\.(.*)$/s.exec(value) : null
  if (range !== null) return rangeTest(range[1] ?? '', range[2] ?? '')
  const span = dateSpan(value)
  return typeof span === 'string' ? span : spanTest(operator, span)
}

function spanTest(operator: string, { from, to }: Span): TimeTest {
  if (operator === '>') return time => time.seconds >= to
  if (operator === '>=') return time => time.seconds >= from
  if (operator === '<') return time => time.seconds < from
  if (operator === '<=') return time => time.seconds < to
  return time => time.seconds >= from && time.seconds < to
}

function wordTest(word: string, value: string, now: number): TimeTest | string {
  const age = ageSeconds(value)
  if (age !== undefined) {
    const limit = now / 1000 - age
    return word === 'before' ? time => time.seconds < limit : time => time.seconds >= limit
  }
  const span = dateSpan(value)
  if (typeof span === 'string') return span
  return spanTest({ before: '<', after: '>', since: '>=' }[word] ?? '=', span)
}

function rangeTest(low: string, high: string): TimeTest | string {
  const first = low === '' ? { from: Number.NEGATIVE_INFINITY } : dateSpan(low)
  const last = high === '' ? { to: Number.POSITIVE_INFINITY } : dateSpan(high)
  if (typeof first === 'string') return first
  if (typeof last === 'string') return last
  return time => time.seconds >= first.from && time.seconds < last.to
}

const AGE_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  mo: 2_629_746,
  y: 31_556_952,
}

function ageSeconds(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,9})(s|m|h|d|w|mo|y)$/.exec(text) ?? []
  const seconds = AGE_SECONDS[unit]
  return number === undefined || seconds === undefined ? undefined : Number(number) * seconds
}

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?)?)?)?$/

/** The year, month, day, minute or second that `text` names. */
function dateSpan(text: string): Span | string {
  const wrong = `"${text}" is not a time such as 2024, 2024-05-01T12:30 or 7d`
  const match = DATE.exec(text)
  if (match === null) return wrong
  const given = match.slice(1).filter(part => part !== undefined).length
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(part => (part === undefined ? undefined : Number(part)))
  const start = new Date(0)
  start.setUTCFullYear(year, month - 1, day)
  start.setUTCHours(hour, minute, second, 0)
  const kept = start.getUTCMonth() === month - 1 && start.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  if (!kept) return wrong
  const end = new Date(start)
  if (given === 1) end.setUTCFullYear(year + 1)
  else if (given === 2) end.setUTCMonth(month)
  else if (given === 3) end.setUTCDate(day + 1)
  else end.setTime(start.getTime() + (given === 5 ? 60_000 : 1000))
  return { from: start.getTime() / 1000, to: end.getTime() / 1000 }
}
