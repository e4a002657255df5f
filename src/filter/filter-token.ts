/** A piece of a filter expression, with its place in the text (UTF-16 offsets). */
export type FilterToken =
  | { readonly kind: 'or' }
  | {
      readonly kind: 'term'
      /** Without the `!` and the quotes. */
      readonly text: string
      readonly at: number
      readonly length: number
      readonly negated: boolean
      /** The whole term stood in quotes: nothing in it has a meaning. */
      readonly quoted: boolean
      readonly regex: { readonly source: string; readonly flags: string } | undefined
    }

/** Cuts an expression at its spaces; quotes and `/…/` hold their spaces. A quote that is still open ends with the text. */
export function readTokens(text: string): readonly FilterToken[] {
  const tokens: FilterToken[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++
      continue
    }
    if (/^\|(?:\s|$)/.test(text.slice(at, at + 2))) {
      tokens.push({ kind: 'or' })
      at++
      continue
    }
    const token = readTerm(text, at)
    tokens.push(token)
    at += token.length
  }
  return tokens
}

function readTerm(text: string, at: number): FilterToken & { kind: 'term' } {
  const negated = text[at] === '!'
  const start = negated ? at + 1 : at
  const rest = text.slice(start)
  const regex = REGEX.exec(rest)
  if (regex !== null) {
    const [whole, source = '', flags = ''] = regex
    return { kind: 'term', text: whole, at, length: start - at + whole.length, negated, quoted: false, regex: { source, flags } }
  }
  const [word = ''] = WORD.exec(rest) ?? []
  return {
    kind: 'term',
    text: word.replaceAll('"', ''),
    at,
    length: Math.max(1, start - at + word.length),
    negated,
    quoted: word.startsWith('"') && word.length > 1,
    regex: undefined,
  }
}

/** `/…/` or `/…/i` up to a space or the end; a slash inside is written `\/`, or stands where no space follows. */
const REGEX = /^\/((?:\\.|[^\\])+?)\/(i?)(?=\s|$)/su
/** Up to a space outside quotes. */
const WORD = /^(?:"[^"]*"?|[^\s"])+/u
