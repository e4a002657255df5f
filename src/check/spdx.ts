import deprecated from 'spdx-license-ids/deprecated.json' with { type: 'json' }
import current from 'spdx-license-ids/index.json' with { type: 'json' }

const IDS: ReadonlySet<string> = new Set([...current, ...deprecated].map(id => id.toLowerCase()))

/** Nested parentheses that are read. */
const DEPTH_LIMIT = 50

/**
 * Whether a text is a license expression (SPDX specification, annex D): known ids, `LicenseRef-`, `+`, WITH, AND, OR, parentheses. Ids are
 * compared without case, operators as well, as annex D allows since version 3.
 */
export function isSpdxExpression(text: string): boolean {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? []
  if (tokens.length === 0 || text.length > 10_000) return false
  const end = expression(tokens, 0, 0)
  return end === tokens.length
}

/** Where the expression that begins at `at` ends; -1 where none does. */
function expression(tokens: readonly string[], at: number, depth: number): number {
  let end = operand(tokens, at, depth)
  while (end >= 0 && /^(?:and|or)$/i.test(tokens[end] ?? '')) end = operand(tokens, end + 1, depth)
  return end
}

function operand(tokens: readonly string[], at: number, depth: number): number {
  const token = tokens[at]
  if (token === '(') {
    const end = depth > DEPTH_LIMIT ? -1 : expression(tokens, at + 1, depth + 1)
    return end >= 0 && tokens[end] === ')' ? end + 1 : -1
  }
  if (token === undefined || !isLicense(token)) return -1
  if (!/^with$/i.test(tokens[at + 1] ?? '')) return at + 1
  return /^[A-Za-z0-9.-]+$/.test(tokens[at + 2] ?? '') ? at + 3 : -1
}

function isLicense(token: string): boolean {
  if (/^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/.test(token)) return true
  return token === 'NONE' || token === 'NOASSERTION' || IDS.has(token.replace(/\+$/, '').toLowerCase())
}
