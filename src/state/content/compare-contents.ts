import type { ContentFact } from '../../compare/content/content-facts.ts'
import { textEdits } from '../../compare/content/text-edits.ts'
import { formatSize } from '../../format/size.ts'
import type { Steps } from '../../overlay/steps.ts'
import type { WorldAction } from '../model/action.ts'
import { DIFFERENCE_BYTES, differenceLines } from '../model/difference.ts'
import { binaryFacts, partFacts } from './difference-facts.ts'

/** The reason why a file has no lines, in words. */
const TOO_LARGE = `larger than ${formatSize(DIFFERENCE_BYTES)}: not compared line by line`

/** The lines of two contents whose parts are known, in small steps; of those that have none where the bytes first differ. */
export function* comparingContents(
  before: Uint8Array,
  after: Uint8Array,
  parts: readonly ContentFact[],
): Steps<Extract<WorldAction, { type: 'difference-found' }>> {
  const isLarge = Math.max(before.byteLength, after.byteLength) > DIFFERENCE_BYTES
  const edits = isLarge ? undefined : yield* textEdits(before, after)
  const lines = edits && (yield* differenceLines(edits))
  const bytes = lines === undefined ? [...(isLarge ? [TOO_LARGE] : []), ...binaryFacts(before, after)] : []
  return { type: 'difference-found', facts: [...partFacts(parts), ...bytes], edits, lines: lines ?? [] }
}
