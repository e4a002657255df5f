import { escapeText } from '../../escape.ts'
import type { Edit, RebaseEdit } from '../../rebuild/edit.ts'
import type { Effect } from '../model/effect.ts'
import { changePlan, type OpenPlan } from '../model/squash-plan.ts'
import type { State, Step } from '../model/state.ts'
import { ask, choice, choose } from './plan-dialogs.ts'
import { measure } from './plan-open.ts'

/** The plan's other base; undefined where it keeps its own. */
function rebaseOf({ plan }: OpenPlan): RebaseEdit | undefined {
  return plan.edits.find(edit => edit.type === 'rebase')
}

/**
 * Asks for the new base and puts it into the plan. A squash of all layers goes, since it would leave no base, and choices of other platforms,
 * which stay where they are; `u` brings them back.
 */
export function rebase(state: State, open: OpenPlan, text: string | undefined): Step<Effect> {
  const before = rebaseOf(open)
  if (text === undefined) {
    const start = [before?.newBase, before?.oldBase].filter(name => name !== undefined).join(' ')
    return ask(state, 'new base', 'plan.rebase', start, {
      hint: 'an image; the old base after it, where the image does not name it',
    })
  }
  const [newBase, oldBase] = text.trim().split(/\s+/)
  if (newBase === undefined || newBase === '') return [state, []]
  const edit: RebaseEdit = { type: 'rebase', newBase, ...(oldBase !== undefined && { oldBase }) }
  return measure(state, changePlan(open, [edit, ...open.plan.edits.filter(staysWithBase)]))
}

function staysWithBase(edit: Edit): boolean {
  if (edit.type === 'squash') return edit.from !== undefined || edit.to !== undefined
  return edit.type !== 'rebase' && edit.type !== 'platforms' && edit.type !== 'attestations'
}

/** Asks before a package database hides the new base's: packages would be told wrongly. Undefined where nothing is refused. */
export function refusedChoice(state: State, open: OpenPlan): Step<Effect> | undefined {
  const [first, ...more] = open.measured?.rebase?.refused ?? []
  if (first === undefined) return undefined
  const rest = more.length === 0 ? '' : ` and ${more.length} more`
  return choose(state, `Its ${escapeText(first)}${rest} would hide the new base’s: packages would be told wrongly`, [
    choice('Leave it', 'plan.nothing'),
    choice('Accept that, and look at the plan again', 'plan.accept'),
  ])
}

/** The same plan with all that was refused accepted. */
export function accept(state: State, open: OpenPlan): Step<Effect> {
  const edit = rebaseOf(open)
  const refused = open.measured?.rebase?.refused ?? []
  if (edit === undefined || refused.length === 0) return [state, []]
  const accepting = { ...edit, accept: [...(edit.accept ?? []), ...refused] }
  return measure(
    state,
    changePlan(
      open,
      open.plan.edits.map(each => (each === edit ? accepting : each)),
    ),
  )
}
