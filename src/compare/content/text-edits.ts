import { decodeText, detectEncoding } from '../../list/text-encoding.ts'
import type { Steps } from '../../overlay/steps.ts'
import { type LineEdits, lineEdits } from './line-edits.ts'

/** The text of a file's bytes without a byte order mark; undefined for what is none. */
function textOf(bytes: Uint8Array): string | undefined {
  const { encoding, mark } = detectEncoding(bytes, true)
  return encoding === 'binary' ? undefined : decodeText(bytes.subarray(mark), encoding)
}

/** How the text of one file becomes that of the other; undefined where one has no text, or where they differ too much (`lineEdits`). */
export function* textEdits(before: Uint8Array, after: Uint8Array): Steps<LineEdits | undefined> {
  const mine = textOf(before)
  yield
  const theirs = mine === undefined ? undefined : textOf(after)
  yield
  return mine === undefined || theirs === undefined ? undefined : yield* lineEdits(mine, theirs)
}
