/** The ways Go prints lists into a history. */

/** Strings in quotes as `%q` prints them, or as JSON; undefined where the text is not such a list through and through. */
export function quotedList(text: string): readonly string[] | undefined {
  const inner = /^\[(.*)\]$/s.exec(text.trim())?.[1]
  if (inner === undefined) return undefined
  const list = inner.trim()
  const words: string[] = []
  let at = 0
  for (const [whole, word = ''] of list.matchAll(/"((?:[^"\\]|\\.)*)"\s*,?\s*/gsy)) {
    words.push(unquoted(word))
    at += whole.length
  }
  return at === list.length ? words : undefined
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' }

/** The text between Go's quotes (strconv.Unquote). */
function unquoted(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
    (_, byte, short, long, letter: string) => {
      const code = byte ?? short ?? long
      if (code !== undefined) return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(code, 16)))
      return ESCAPES[letter] ?? letter
    },
  )
}

/** `[80/tcp 443/tcp]`, `map[80/tcp:{}]` and `80/tcp 443/tcp`: words without blanks. */
export function plainList(text: string): readonly string[] {
  const inner = /^(?:map)?\[(.*)\]$/s.exec(text.trim())?.[1] ?? text
  return inner
    .split(/\s+/)
    .map(word => word.replace(/:\{\}$/, ''))
    .filter(word => word !== '')
}

/** A number of nanoseconds as Go and Dockerfiles write durations: `30s`, `1m30s`, `1.5s`, `250ms`. */
export function durationText(nanoseconds: number): string {
  if (nanoseconds % 1_000_000_000 !== 0)
    return nanoseconds % 1_000_000 === 0 ? `${nanoseconds / 1_000_000}ms` : `${nanoseconds}ns`
  const seconds = nanoseconds / 1_000_000_000
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60]
  const text = `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${rest > 0 ? `${rest}s` : ''}`
  return text === '' ? '0s' : text
}
