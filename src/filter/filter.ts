import { fieldTerm } from './filter-field.ts'
import type { FilterError, FilterSubject, Term, TermTest } from './filter-term.ts'
import { isFilterError } from './filter-term.ts'
import { globTest, hasGlob, regexTest, substringTest } from './filter-text.ts'
import { type FilterToken, readTokens } from './filter-token.ts'

/**
 * The filter language, the same in the interface (`f`, `/`), `ls --filter` and `squash --remove`. Terms stand side by side and
 * must all hold; ` | ` between them means "or"; `!` before a term negates it.
 * `FILTER_TERMS` (filter-help.ts) has the terms.
 */
export type Filter = {
  readonly text: string
  /** One group of terms must hold entirely. No group at all keeps everything. */
  readonly groups: readonly (readonly Term[])[]
}

/** `now` in milliseconds since the epoch: what `mtime:<7d` counts back from. Never throws: a bad expression is a value. */
export function parseFilter(text: string, now: number): Filter | FilterError {
  const groups: Term[][] = [[]]
  for (const token of readTokens(text)) {
    if (token.kind === 'or') {
      groups.push([])
      continue
    }
    const term = parseTerm(token, now)
    if (isFilterError(term)) return term
    groups.at(-1)?.push(term)
  }
  const filled = groups.filter(group => group.length > 0)
  return { text, groups: filled }
}

export function matchesFilter(filter: Filter, candidate: FilterSubject): boolean {
  return filter.groups.length === 0 || filter.groups.some(group => group.every(term => holds(term, candidate)))
}

export function holds(term: Term, candidate: FilterSubject): boolean {
  return term.test(candidate) !== term.negated
}

/** Whether everything `next` keeps was kept by `previous`, as when a word grows letter by letter: its result may be narrowed. */
export function narrows(previous: Filter, next: Filter): boolean {
  const [before, after] = [previous.groups, next.groups]
  if (before.length === 0) return true
  const [old, fresh] = [before[0], after[0]]
  if (before.length !== 1 || after.length !== 1 || old === undefined || fresh === undefined) return false
  return old.every(one => fresh.some(other => implies(other, one)))
}

/** Whether `narrow` holding means that `wide` holds. */
function implies(narrow: Term, wide: Term): boolean {
  if (narrow.negated !== wide.negated) return false
  if (narrow.source === wide.source) return true
  const [inner, outer] = narrow.negated ? [wide.substring, narrow.substring] : [narrow.substring, wide.substring]
  if (inner === undefined || outer === undefined || outer.anchored) return false
  // A lower-case word finds both cases, so it is never narrower than one with capitals.
  if (outer.exact && !inner.exact) return false
  return (outer.exact ? inner.needle : inner.folded).includes(outer.exact ? outer.needle : outer.folded)
}

function parseTerm(token: FilterToken & { kind: 'term' }, now: number): Term | FilterError {
  const place = { at: token.at, length: token.length }
  if (token.text === '') return { message: 'Nothing follows the "!"', ...place }
  const test = testOf(token, now)
  if ('message' in test) return { message: test.message, at: token.at, length: token.length }
  return { source: token.text + (token.quoted ? '"' : ''), negated: token.negated, ...test }
}

function testOf(token: FilterToken & { kind: 'term' }, now: number): TermTest | { readonly message: string } {
  if (token.quoted) return substringTest(token.text)
  if (token.regex !== undefined) return regexTest(token.regex.source, token.regex.flags)
  const field = fieldTerm(token.text, now)
  if (field !== undefined) return field
  return hasGlob(token.text) ? globTest(token.text) : substringTest(token.text)
}
