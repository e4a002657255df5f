import type { ImageError } from '../../error.ts'
import type { Edit } from '../../rebuild/edit.ts'
import type { Plan } from '../../rebuild/plan.ts'
import type { Marks } from './marks.ts'
import type { RebuildStep, RebuildSummary } from './rebuild-summary.ts'

/** The work in the background: the dry run behind the figures, or the writing itself. */
type PlanRun =
  | { readonly kind: 'measuring' | 'writing'; readonly step: RebuildStep | undefined }
  | { readonly kind: 'idle' }
  | { readonly kind: 'failed'; readonly error: ImageError }

/** The plan of a rebuild while it is on the screen: a value, the values before it, and where the result goes. */
export type PlanSlice =
  | {
      readonly plan: Plan
      /** Plans before each change, the newest last. */
      readonly before: readonly Plan[]
      /** DEST as the command line takes it. */
      readonly destination: string
      /** The marks it was made from. */
      readonly marks: Marks
      /** The figures of the dry run of exactly this plan; undefined until it has. */
      readonly measured: RebuildSummary | undefined
      readonly run: PlanRun
      /** Whether every layer has its row, however many one thing happens to. */
      readonly isUnfolded: boolean
    }
  | undefined

export type OpenPlan = NonNullable<PlanSlice>

export function startPlan(plan: Plan, marks: Marks, destination: string): OpenPlan {
  return { plan, before: [], destination, marks, isUnfolded: false, ...UNMEASURED }
}

/** A dry run that has just begun. */
export const UNMEASURED: Pick<OpenPlan, 'run' | 'measured'> = { run: { kind: 'measuring', step: undefined }, measured: undefined }

/** The plan with another list of edits; its measurements are dropped. */
export function changePlan(open: OpenPlan, edits: readonly Edit[]): OpenPlan {
  return { ...open, plan: { edits }, before: [...open.before, open.plan], ...UNMEASURED }
}

/** The plan before the last change; undefined when nothing was changed. */
export function undoPlan(open: OpenPlan): OpenPlan | undefined {
  const plan = open.before.at(-1)
  return plan === undefined ? undefined : { ...open, plan, before: open.before.slice(0, -1), ...UNMEASURED }
}

/** The plan once it is no more being written: its dry run goes on where it has not ended. */
export function withoutWriting(open: OpenPlan): OpenPlan {
  return open.measured === undefined ? { ...open, ...UNMEASURED } : { ...open, run: { kind: 'idle' } }
}

/** Edits of which the newest alone counts. */
const SINGLE: ReadonlySet<Edit['type']> = new Set(['compress', 'format', 'platforms', 'clamp-times', 'attestations'])

/** The edits with one more; it takes the place of what it overrides. */
export function addEdit(edits: readonly Edit[], edit: Edit): readonly Edit[] {
  return SINGLE.has(edit.type) ? [...edits.filter(({ type }) => type !== edit.type), edit] : [...edits, edit]
}

/** Leaves a layer out, or takes it in again. */
export function toggleDrop(edits: readonly Edit[], position: number): readonly Edit[] {
  const others = edits.filter(edit => edit.type !== 'drop-layer' || edit.position !== position)
  return others.length < edits.length ? others : [...edits, { type: 'drop-layer', position }]
}
