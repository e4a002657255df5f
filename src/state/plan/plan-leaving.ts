import { fixesFor } from '../../check/fixes.ts'
import type { Edit } from '../../rebuild/edit.ts'
import { hiddenWithin } from '../../space/hiding-pairs.ts'
import type { Effect } from '../model/effect.ts'
import type { OpenImage } from '../model/open-image.ts'
import { changePlan, type OpenPlan } from '../model/squash-plan.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { measure } from './plan-open.ts'

/** Something that can leave the image, with a check box: the plan takes it out where it has all its edits. */
export type Leaving = {
  readonly title: string
  readonly bytes: number
  readonly edits: readonly Edit[]
  readonly isChosen: boolean
  /** A secret, or another thing that is no matter of bytes. */
  readonly isUrgent: boolean
  /** Bytes that are alive and that no run needs. */
  readonly isLitter: boolean
}

/** The bytes that leave by the plan and those that could: hidden bytes of its ranges, then what findings can be mended by, the most bytes first. */
export function leavingOf(
  image: OpenImage,
  { plan }: OpenPlan,
  findings: State['slices']['story']['findings'],
): readonly Leaving[] {
  const there = new Set(plan.edits.map(edit => JSON.stringify(edit)))
  const fixes = fixesFor(findings)
    .filter(({ edits }) => edits.every(({ type }) => type === 'remove'))
    .map(({ id, title, bytes, edits, severity }): Leaving => {
      const isChosen = edits.every(edit => there.has(JSON.stringify(edit)))
      return { title, bytes, edits, isChosen, isUrgent: severity === 'error', isLitter: id.startsWith('waste/') }
    })
  const byBytes = (one: Leaving, other: Leaving) => Number(other.isUrgent) - Number(one.isUrgent) || other.bytes - one.bytes
  return [...rangesOf(image, plan.edits), ...fixes.toSorted(byBytes)]
}

/** The hidden bytes of each range that is squashed. */
function rangesOf({ image, analysis }: OpenImage, edits: readonly Edit[]): readonly Leaving[] {
  return edits.flatMap(edit => {
    if (edit.type !== 'squash' || analysis?.complete !== true) return []
    const [from, to] = [edit.from ?? 0, edit.to ?? image.layers.length - 1]
    const bytes = hiddenWithin(analysis.stack, [from, to]).reduce((sum, each) => sum + each.bytes, 0)
    return [
      { title: `hidden in layers ${from + 1}–${to + 1}`, bytes, edits: [edit], isChosen: true, isUrgent: false, isLitter: false },
    ]
  })
}

/** Space on a check box: its edits come into the plan, or go out of it; `u` undoes that. */
export function toggleLeaving(state: State, open: OpenPlan, leaving: Leaving): Step<Effect> {
  const own = new Set(leaving.edits.map(edit => JSON.stringify(edit)))
  const others = open.plan.edits.filter(edit => !own.has(JSON.stringify(edit)))
  return measure(state, changePlan(open, leaving.isChosen ? others : [...others, ...leaving.edits]))
}

/** All litter into the plan; where all of it is in already, out of it. */
export function takeLitter(state: State, open: OpenPlan): Step<Effect> {
  const { image, slices } = state
  const litter = image === undefined ? [] : leavingOf(image, open, slices.story.findings).filter(({ isLitter }) => isLitter)
  if (litter.length === 0) return note(state, slices.story.checked ? 'No litter was found.' : 'Litter is still being looked for.')
  const isOut = litter.every(({ isChosen }) => isChosen)
  const own = new Set(litter.flatMap(({ edits }) => edits.map(edit => JSON.stringify(edit))))
  const others = open.plan.edits.filter(edit => !own.has(JSON.stringify(edit)))
  return measure(state, changePlan(open, isOut ? others : [...others, ...litter.flatMap(({ edits }) => edits)]))
}
