import type { Command } from '../keys/keys.ts'
import { VIEW_IDS, type ViewId } from '../keys/view-id.ts'
import type { Effect } from '../model/effect.ts'
import type { State, Step } from '../model/state.ts'
import type { Guard } from '../model/view.ts'
import { VIEWS } from './views.ts'

const GUARDED: readonly (readonly [ViewId, Guard])[] = VIEW_IDS.flatMap(id => {
  const { guard } = VIEWS[id]
  return guard === undefined ? [] : [[id, guard] as const]
})

/** The step that a guard puts in a command's place. */
export function heldCommand(state: State, command: Command): Step<Effect> | undefined {
  for (const [, guard] of GUARDED) {
    const step = has(state, guard) ? guard.before?.(state, command) : undefined
    if (step !== undefined) return step
  }
  return undefined
}

/** The step of a command, as the guards leave it. */
export function guardedCommand(before: State, step: Step<Effect>): Step<Effect> {
  return GUARDED.reduce((now, [, guard]) => (isAbout(guard, before, now) ? guard.command?.(before, now) : undefined) ?? now, step)
}

/** Any step, as the guards leave it. */
export function guardedStep(before: State, step: Step<Effect>): Step<Effect> {
  return GUARDED.reduce((now, [, guard]) => (isAbout(guard, before, now) ? guard.step?.(before, now) : undefined) ?? now, step)
}

/** The work that Esc cancels, and the view that has it. */
export function workingView(state: State): { readonly id: ViewId; readonly text: string } | undefined {
  for (const [id, guard] of GUARDED) {
    const text = has(state, guard) ? guard.working?.(state) : undefined
    if (text !== undefined) return { id, text }
  }
  return undefined
}

function isAbout(guard: Guard, before: State, [after]: Step<Effect>): boolean {
  return has(before, guard) || has(after, guard)
}

function has({ slices }: State, { slice }: Guard): boolean {
  return slice === undefined || slices[slice] !== undefined
}
