/** One way to authenticate that a server offers. */
export type Challenge = {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string
  /** Keys in lower case. */
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"=]+))[ \t]*(?=,|$)/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y
const SPACE = /[\s,]*/y
const BLANK = /[ \t]*/y

/**
 * The challenges of all `WWW-Authenticate` headers: several headers, several challenges in one, commas inside quotes,
 * any case (RFC 9110 11.6.1). An unreadable part ends the header it stands in.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap(parseHeader)
}

function parseHeader(header: string): Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = []
  let position = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    const match = pattern.exec(header)
    if (match !== null) position = pattern.lastIndex
    return match
  }
  for (;;) {
    take(SPACE)
    if (position >= header.length) return found
    const current = found.at(-1)
    const parameter = current === undefined ? null : take(PARAMETER)
    if (current !== undefined && parameter !== null) {
      const [, key = '', quoted, plain = ''] = parameter
      // Object.defineProperty would be needed for __proto__; such a key is never asked for.
      current.parameters[key.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain
      continue
    }
    const scheme = take(TOKEN)
    if (scheme === null) return found
    found.push({ scheme: scheme[0].toLowerCase(), parameters: {} })
    // Not a comma: behind it the next challenge begins.
    take(BLANK)
    PARAMETER.lastIndex = position
    if (!PARAMETER.test(header)) take(TOKEN68)
  }
}

/** The challenge peel answers: bearer before basic, everything else ignored. */
export function preferredChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters['realm'] !== undefined)
  return bearer ?? challenges.find(({ scheme }) => scheme === 'basic')
}

/** Several scopes may hide in one parameter, separated by spaces (registry.md 3.4). */
export function challengeScopes(challenge: Challenge): readonly string[] {
  return (challenge.parameters['scope'] ?? '').split(' ').filter(Boolean)
}
