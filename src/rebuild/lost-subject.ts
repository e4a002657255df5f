import type { Diagnostic } from '../error.ts'
import { escapeText } from '../escape.ts'
import { fromRaw, isRawObject, member, rawJson } from './raw-json.ts'

/**
 * Tells of the `subject` that a manifest or index had and the one rewritten from it has not: the result is no longer found as
 * something about that image (semantics.md, "Writing a squashed layer", rules 8 and 10).
 */
export function lostSubject(before: Uint8Array, after: Uint8Array): readonly Diagnostic[] {
  const subject = before === after ? undefined : member(rawJson(before), 'subject')
  if (!isRawObject(subject) || isRawObject(member(rawJson(after), 'subject'))) return []
  const digest = member(subject, 'digest')
  const which = digest === undefined ? 'the image it refers to' : escapeText(String(fromRaw(digest)))
  const message = `The result does not refer to its subject any more (${which})`
  return [{ code: 'SUBJECT_DROPPED', severity: 'warning', message }]
}
