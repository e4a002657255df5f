import type { Finding } from '../../check/finding.ts'
import { type Fix, fixesFor, mergedEdits } from '../../check/fixes.ts'
import type { FilePath } from '../../layer/file-path.ts'
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
  /** Those of them that do not leave already with the layers that are squashed. */
  readonly more: number
  readonly edits: readonly Edit[]
  /** Where it lies, where its edits do not say so: hidden paths, each with the layer that ships it. */
  readonly hidden: readonly HiddenPath[]
  readonly isChosen: boolean
  /** A secret, or another thing that is no matter of bytes. */
  readonly isUrgent: boolean
  /** Bytes that are alive and that no run needs. */
  readonly isLitter: boolean
}

type HiddenPath = { readonly path: FilePath; readonly layer: number }

/** The bytes that leave by the plan and those that could: hidden bytes of its ranges, then what findings can be mended by, the most bytes first. */
export function leavingOf(
  image: OpenImage,
  { plan }: OpenPlan,
  findings: State['slices']['story']['findings'],
): readonly Leaving[] {
  const there = new Set(plan.edits.map(edit => JSON.stringify(edit)))
  const fixes = leavingFixes(findings).map((fix): Leaving => {
    const { title, bytes, edits, severity, findings: found } = fix
    const more = found.reduce((sum, each) => sum + each.bytes - squashedAway(image, plan.edits, each), 0)
    const isChosen = edits.every(edit => there.has(JSON.stringify(edit)) || coverOf(image, plan.edits, edit) !== undefined)
    const hidden = found.flatMap(({ path, layer, hiddenBy }) =>
      path === null || layer === null || hiddenBy === null ? [] : [{ path, layer }],
    )
    return { title, bytes, more, edits, hidden, isChosen, isUrgent: severity === 'error', isLitter: isLitter(fix) }
  })
  const byBytes = (one: Leaving, other: Leaving) => Number(other.isUrgent) - Number(one.isUrgent) || other.more - one.more
  const open = fixes.filter(each => each.isUrgent || each.isChosen || each.more > 0 || each.bytes === 0)
  return [...rangesOf(image, plan.edits), ...open.toSorted(byBytes)]
}

/** Fixes by the findings they are made of: the footer asks with every frame. */
const known = new WeakMap<readonly Finding[], readonly Fix[]>()

/** The fixes that take something out. */
function leavingFixes(findings: readonly Finding[]): readonly Fix[] {
  const found =
    known.get(findings) ??
    fixesFor(findings).filter(({ id, edits }) => id.startsWith('secret/') || edits.every(({ type }) => type === 'remove'))
  known.set(findings, found)
  return found
}

function isLitter({ id }: Fix): boolean {
  return id.startsWith('waste/')
}

/** Whether there is litter to take out. */
export function hasLitter(findings: readonly Finding[]): boolean {
  return leavingFixes(findings).some(isLitter)
}

/** The squash among the edits that makes one layer of all that another one does. */
function coverOf({ image }: OpenImage, edits: readonly Edit[], inner: Edit): Edit | undefined {
  if (inner.type !== 'squash') return undefined
  const last = image.layers.length - 1
  const [from, to] = [inner.from ?? 0, inner.to ?? last]
  return edits.find(edit => edit.type === 'squash' && (edit.from ?? 0) <= from && (edit.to ?? last) >= to)
}

/** The bytes of a finding that are not there any more once the layers from the one that ships them to the one that hides them are one. */
function squashedAway(open: OpenImage, edits: readonly Edit[], { layer, hiddenBy, hiddenBytes }: Finding): number {
  if (layer === null || hiddenBytes === 0) return 0
  const range: Edit = { type: 'squash', from: layer, to: hiddenBy ?? open.image.layers.length - 1 }
  return coverOf(open, edits, range) === undefined ? 0 : hiddenBytes
}

/** The hidden bytes of each range that is squashed. */
function rangesOf({ image, analysis }: OpenImage, edits: readonly Edit[]): readonly Leaving[] {
  return edits.flatMap(edit => {
    if (edit.type !== 'squash' || analysis?.complete !== true) return []
    const [from, to] = [edit.from ?? 0, edit.to ?? image.layers.length - 1]
    const bytes = hiddenWithin(analysis.stack, [from, to]).reduce((sum, each) => sum + each.bytes, 0)
    return [{ title: `hidden in layers ${from + 1}–${to + 1}`, bytes, more: bytes, edits: [edit], hidden: [], ...CHOSEN }]
  })
}

const CHOSEN = { isChosen: true, isUrgent: false, isLitter: false } as const

/** Space on a check box: its edits come into the plan, or go out of it; `u` undoes that. */
export function toggleLeaving(state: State, open: OpenPlan, { edits, isChosen }: Leaving): Step<Effect> {
  const { image } = state
  if (image === undefined) return [state, []]
  const own = new Set(edits.map(edit => JSON.stringify(edit)))
  const others = open.plan.edits.filter(edit => !own.has(JSON.stringify(edit)))
  const uncovered = edits.filter(edit => coverOf(image, others, edit) === undefined)
  if (!isChosen) return measure(state, changePlan(open, withEdits(others, uncovered)))
  if (uncovered.length < edits.length)
    return note(state, 'It leaves with the layers that are squashed: without that squash it stays.')
  return measure(state, changePlan(open, others))
}

/** The edits with more of them: ranges of layers that overlap are squashed as one. */
function withEdits(edits: readonly Edit[], more: readonly Edit[]): readonly Edit[] {
  const isRange = ({ type }: Edit) => type === 'squash'
  if (!more.some(isRange)) return [...edits, ...more]
  const all = [...edits, ...more]
  return [...mergedEdits(all.filter(isRange)), ...all.filter(each => !isRange(each))]
}

/** All litter into the plan; where all of it is in already, out of it. */
export function takeLitter(state: State, open: OpenPlan): Step<Effect> {
  const { image, slices } = state
  const litter = image === undefined ? [] : leavingOf(image, open, slices.story.findings).filter(each => each.isLitter)
  if (litter.length === 0) return note(state, slices.story.checked ? 'No litter was found.' : 'Litter is still being looked for.')
  const isOut = litter.every(({ isChosen }) => isChosen)
  const own = new Set(litter.flatMap(({ edits }) => edits.map(edit => JSON.stringify(edit))))
  const others = open.plan.edits.filter(edit => !own.has(JSON.stringify(edit)))
  return measure(state, changePlan(open, isOut ? others : [...others, ...litter.flatMap(({ edits }) => edits)]))
}
