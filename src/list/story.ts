import type { Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import { type Acts, actsSteps } from '../space/acts.ts'
import { type Duplicate, duplicateSteps } from '../space/duplicates.ts'
import { type WasteLedger, wasteSteps } from '../space/waste.ts'

/** The content of the first page: the layers that hid files of others, and contents that lie in the image more than once. */
export type Story = {
  /** The layers it is about: those that were read by then. */
  readonly stack: Stack
  readonly ledger: WasteLedger
  readonly acts: Acts
  /** The most extra bytes first. */
  readonly twice: readonly Duplicate[]
  /** Bytes of all copies but one of each content, those that are not listed included. */
  readonly twiceBytes: number
}

const LISTED = 50

export function* storySteps(stack: Stack): Steps<Story> {
  const ledger = yield* wasteSteps(stack)
  const acts = yield* actsSteps(stack, ledger)
  const duplicates = yield* duplicateSteps(stack.snapshot(stack.changesets.length))
  const twiceBytes = duplicates.reduce((sum, { extra }) => sum + extra, 0)
  return { stack, ledger, acts, twice: duplicates.slice(0, LISTED), twiceBytes }
}
