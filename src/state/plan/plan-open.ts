import { mergedEdits } from '../../check/fixes.ts'
import { START } from '../../line/cursor.ts'
import { type Edit, removalOf, removedPath } from '../../rebuild/edit.ts'
import type { Effect } from '../model/effect.ts'
import { isMarked, type Marks, rangesToSquash } from '../model/marks.ts'
import type { OpenImage } from '../model/open-image.ts'
import { panesOf } from '../model/screen.ts'
import { changePlan, type OpenPlan, startPlan, UNMEASURED } from '../model/squash-plan.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import { startingPlatforms } from './plan-platforms.ts'

/** `s`: opens the plan of what is marked; with nothing marked, of squashing everything. The plan of the same marks goes on. */
export function openPlan(state: State): Step<Effect> {
  const { image } = state
  const { marks, plan } = state.slices
  if (image === undefined) return [state, []]
  const onTop = panesOf(state.screen).over.at(-1) === 'plan'
  const isWriting = plan?.run.kind === 'writing'
  if (onTop && (plan?.marks === marks || isWriting)) return [{ ...state, focus: 'main' }, []]
  if (image.image.layers.length === 0) return note(state, 'There is no layer to squash.')
  const edits = editsOf(marks)
  if (edits === undefined)
    return note(state, 'Mark another layer too: a squash takes at least two (Space, then V at the other end).')
  const shown = onTop ? { ...state, focus: 'main' as const } : withCursor(jumpTo(state, { over: 'plan' }), 'plan', START)
  return measure(
    shown,
    plan === undefined
      ? startPlan({ edits: [...edits, ...startingPlatforms(image)] }, marks, suggestedDestination(image))
      : withMarks(plan, marks, edits),
  )
}

/** Other marks change what is squashed and which paths go, unless it is being written; other choices stay, and `u` undoes it. */
function withMarks(plan: OpenPlan, marks: Marks, edits: readonly Edit[]): OpenPlan {
  if (plan.marks === marks || plan.run.kind === 'writing') return plan
  const others = plan.plan.edits.filter(edit => edit.type !== 'squash' && removedPath(edit) === undefined)
  return { ...changePlan(plan, [...edits, ...others]), marks }
}

/** `state` with a changed plan, and the dry run that finds out what it comes to. */
export function measure(state: State, open: OpenPlan): Step<Effect> {
  if (open.measured !== undefined || open.run.kind === 'writing') return [withSlice(state, 'plan', open), []]
  const begun = open.run.kind === 'measuring' ? open : { ...open, ...UNMEASURED }
  return [withSlice(state, 'plan', begun), [dryRun(open)]]
}

function dryRun({ plan }: OpenPlan, atOnce?: true): Effect {
  const wish = { plan, destination: undefined, force: false }
  return { type: 'rebuild', tag: 'measure', ...wish, ...(atOnce && { atOnce }) }
}

/** `r`: measures at once; a dry run that is under way ends, and the figures stay estimated until the plan changes. */
export function turnMeasuring(state: State, open: OpenPlan): Step<Effect> {
  if (open.measured !== undefined) return note(state, 'The figures are measured.')
  if (isUnderWay(open)) {
    const [said, effects] = note(
      withSlice(state, 'plan', { ...open, run: { kind: 'idle' } }),
      'Stopped: the figures stay estimated.',
    )
    return [said, [{ type: 'abort', key: 'rebuild:measure' }, ...effects]]
  }
  return [withSlice(state, 'plan', { ...open, ...UNMEASURED }), [dryRun(open, true)]]
}

/** Whether a dry run has begun: it rests for a moment first. */
function isUnderWay({ run }: OpenPlan): boolean {
  return run.kind === 'measuring' && run.step !== undefined
}

/** Undefined where a single layer is all that is marked. */
function editsOf(marks: Marks): readonly Edit[] | undefined {
  if (!isMarked(marks)) return [{ type: 'squash' }]
  const ranges = rangesToSquash(marks)
  if (ranges.length === 0 && marks.paths.size === 0 && marks.fixes.size === 0) return undefined
  const own = [...ranges.map(range => ({ type: 'squash', ...range }) as const), ...removals(marks)]
  return marks.fixes.size === 0 ? own : mergedEdits([...own, ...[...marks.fixes.values()].flat()])
}

/** An edit for each marked path. */
export function removals({ paths }: Marks): readonly Edit[] {
  return [...paths].map(removalOf)
}

/** A new layout beside the working directory, named after the image: never the place the image came from. */
function suggestedDestination({ source }: OpenImage): string {
  const bare = source.replace(/^(?:oci|oci-archive|docker-archive|docker-daemon|docker):(?:\/\/)?/, '').replace(/@[^/]*$/, '')
  const [, path = bare, tag = 'latest'] = /^(.*?)(?::([^/:]+))?$/.exec(bare) ?? []
  const name = (path.split('/').findLast(each => each !== '' && each !== '.' && each !== '..') ?? 'image')
    .replace(/\.(?:tar|tgz|oci)(?:\.\w+)?$/, '')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return `oci:./${name === '' ? 'image' : name}-squashed:${tag}`
}
