import { RE2JS } from 're2js'

/** A longer expression would take memory by the size of what it is unfolded to. */
const LONGEST_SOURCE = 2000

/**
 * A regular expression as JavaScript writes it, matched in time linear in the text: expressions and texts come from strangers, and the
 * engine of the language needs centuries for `(a+)+$` over one long name (issue 18). Syntax that no automaton can match is refused: lookahead,
 * lookbehind, references back. `\d`, `\w`, `\s` and `\b` are those of ASCII.
 */
export function compileLinear(
  source: string,
  { ignoreCase = false, dotAll = false }: { readonly ignoreCase?: boolean; readonly dotAll?: boolean } = {},
): ((text: string) => boolean) | { readonly message: string } {
  if (source.length > LONGEST_SOURCE) return { message: `The expression is longer than ${LONGEST_SOURCE} characters` }
  if (UNSUPPORTED.test(source.replace(/\\\\/gu, '')))
    return { message: 'Expressions have no (?=…), (?!…), (?<=…), (?<!…) and \\1: they are matched in linear time' }
  try {
    const flags = (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (dotAll ? RE2JS.DOTALL : 0)
    const expression = RE2JS.compile(RE2JS.translateRegExp(source), flags)
    return text => expression.test(text)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    return { message: `The expression is not complete: ${reason.replace(/^error parsing regexp: /u, '')}` }
  }
}

const UNSUPPORTED = /\(\?<?[=!]|\\[1-9]|\\k</u
